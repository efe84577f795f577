//! Waiting where many write the same item.

use std::time::Duration;

use crate::error::StoreError;

/// How often is waited, each time up to twice as long: some two seconds in all.
const ROUNDS: u32 = 9;
const FIRST: Duration = Duration::from_millis(8);

/// Waits of one writer, spread by a seed that others do not have.
#[derive(Debug)]
pub(crate) struct Backoff {
    seed: u64,
    round: u32,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, round: 0 }
    }

    /// Waits once more.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`]: it was waited long enough.
    pub(crate) async fn wait(&mut self, code: String) -> Result<(), StoreError> {
        if self.round == ROUNDS {
            return Err(StoreError::Busy { code });
        }
        self.round += 1;
        tokio::time::sleep(self.length()).await;
        Ok(())
    }

    /// From a half to the whole of what the round allows.
    fn length(&self) -> Duration {
        let longest = FIRST * (1 << (self.round - 1));
        let mixed = (self.seed ^ u64::from(self.round)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let share = u32::from(mixed.to_be_bytes()[0]);
        longest / 2 + longest * share / 512
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, FIRST, ROUNDS};

    #[test]
    fn writers_wait_longer_and_longer_and_not_all_the_same() {
        let lengths = |seed| {
            let round = |round| Backoff { seed, round }.length();
            (1..=ROUNDS).map(round).collect::<Vec<_>>()
        };
        let (one, other) = (lengths(1), lengths(2));
        assert_ne!(one, other);
        for (index, length) in one.iter().enumerate() {
            let longest = FIRST * (1 << index);
            assert!(*length >= longest / 2 && *length <= longest, "{index}");
        }
        assert!(one.iter().sum::<std::time::Duration>().as_secs() <= 4);
    }
}

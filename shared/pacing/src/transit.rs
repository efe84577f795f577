//! How unevenly requests are under way.

use std::time::Duration;

/// More than this is not allowed for: beyond it, what it costs is more than what it spares.
pub const MOST_UNEVEN: Duration = Duration::from_millis(20);
/// So many of the latest answers are looked at.
const LATEST: usize = 40;
/// With fewer nothing is known.
const ENOUGH: usize = 8;
/// One in so many, of the fastest and of the slowest, says nothing.
const OUTLIERS: usize = 20;

/// How long the latest answers took.
///
/// Teams counts what arrives. Two requests that were sent a second apart arrive closer together when the later one is
/// faster on its way; how much closer can be seen by how unevenly the answers come.
#[derive(Clone, Debug, Default)]
pub struct Transit {
    took: Vec<Duration>,
    next: usize,
}

impl Transit {
    /// Another answer came, after this long.
    pub fn note(&mut self, took: Duration) {
        match self.took.get_mut(self.next) {
            Some(oldest) => *oldest = took,
            None => self.took.push(took),
        }
        self.next = (self.next + 1) % LATEST;
    }

    /// How much closer together than they were sent requests may arrive: what nine in ten answers differ by, since those that
    /// take very long do so in Teams and not on their way. At most [`MOST_UNEVEN`]; nothing as long as nothing is known.
    #[must_use]
    pub fn unevenness(&self) -> Duration {
        if self.took.len() < ENOUGH {
            return Duration::ZERO;
        }
        let mut took = self.took.clone();
        took.sort_unstable();
        let outliers = took.len() / OUTLIERS;
        let (fast, slow) = (took[outliers], took[took.len() - 1 - outliers]);
        (slow - fast).min(MOST_UNEVEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(millis: impl IntoIterator<Item = u64>) -> Duration {
        let mut transit = Transit::default();
        for took in millis {
            transit.note(Duration::from_millis(took));
        }
        transit.unevenness()
    }

    #[test]
    fn nothing_is_allowed_for_until_something_is_known() {
        assert_eq!(after([]), Duration::ZERO);
        assert_eq!(after([100, 119, 100, 100, 100, 100, 100]), Duration::ZERO);
        assert_eq!(
            after([100, 119, 100, 100, 100, 100, 100, 100]),
            Duration::from_millis(19)
        );
    }

    #[test]
    fn a_few_slow_answers_say_nothing_of_the_way() {
        let mostly = (0..40).map(|n| if n % 20 == 0 { 900 } else { 100 });
        assert_eq!(after(mostly), Duration::ZERO);
        let spread = (0..40).map(|n| 100 + n % 10);
        assert_eq!(after(spread), Duration::from_millis(9));
        assert_eq!(after((0..40).map(|n| 100 + 2 * n)), MOST_UNEVEN);
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let then = (0..40).map(|n| 100 + n);
        assert_eq!(after(then.chain([100; 40])), Duration::ZERO);
    }
}

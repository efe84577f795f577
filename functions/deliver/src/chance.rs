//! Chance, where it needs to be no better than different in each process.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers that no other process has.
///
/// The standard library seeds its hash maps from the system; that is enough for names of workers and for spreading
/// waits, and costs no dependency. Nothing secret may depend on it.
#[derive(Debug, Default)]
pub struct Chance {
    seed: RandomState,
    drawn: AtomicU64,
}

impl Chance {
    fn draw(&self) -> u64 {
        self.seed
            .hash_one(self.drawn.fetch_add(1, Ordering::Relaxed))
    }

    /// A name that nobody else uses.
    pub fn name(&self) -> String {
        format!("{:016x}", self.draw())
    }

    /// A number from 0 to 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "32 bits fit into a double exactly"
    )]
    pub fn fraction(&self) -> f64 {
        (self.draw() >> 32) as f64 / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_workers_have_one_name() {
        let (one, other) = (Chance::default(), Chance::default());
        let names = std::collections::BTreeSet::from([one.name(), one.name(), other.name()]);
        assert_eq!(names.len(), 3);
        assert!((0.0..=1.0).contains(&one.fraction()));
    }
}

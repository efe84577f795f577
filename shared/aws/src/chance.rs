//! Chance, where it needs to be no better than different in each process.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers that no other process has. Nothing secret may depend on them.
///
/// The standard library seeds its hash maps from the system: enough to spread waits and to name requests.
#[derive(Debug, Default)]
pub(crate) struct Chance {
    seed: RandomState,
    drawn: AtomicU64,
}

impl Chance {
    pub(crate) fn draw(&self) -> u64 {
        self.seed
            .hash_one(self.drawn.fetch_add(1, Ordering::Relaxed))
    }

    /// A number from 0 to 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "32 bits fit into a double exactly"
    )]
    pub(crate) fn fraction(&self) -> f64 {
        (self.draw() >> 32) as f64 / f64::from(u32::MAX)
    }
}

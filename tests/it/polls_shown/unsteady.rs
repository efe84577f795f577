//! Futures that get on now and then, in an order that a seed decides, and may be killed where they wait.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Random numbers, the same for the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Runs a future, and lets others run first now and then: so that any interleaving may happen.
pub(super) async fn unsteady<F: Future>(seed: u64, future: F) -> F::Output {
    let mut dice = Dice::new(seed);
    let mut future = pin!(future);
    poll_fn(|context| {
        if dice.below(3) == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        future.as_mut().poll(context)
    })
    .await
}

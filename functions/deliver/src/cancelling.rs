//! Whether a notification was cancelled, as far as this environment has looked.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;
use startup::logging::chain;

use crate::handler::Deliver;
use crate::letter::Letter;

/// For how long what was read is believed.
const BELIEVED: i64 = 2_000;

/// Whether a notification was cancelled, and when that was last looked at. Once cancelled, it stays so.
#[derive(Debug, Default)]
pub(crate) struct Cancellation {
    cancelled: AtomicBool,
    /// In milliseconds.
    seen: AtomicI64,
}

impl Cancellation {
    /// Notes what the table says.
    pub(crate) fn note(&self, cancelled: bool, now: Timestamp) {
        self.cancelled.fetch_or(cancelled, Ordering::Relaxed);
        self.seen.fetch_max(now.as_millisecond(), Ordering::Relaxed);
    }

    pub(crate) fn is_noted(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Whether what is noted is believed.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        let seen = self.seen.load(Ordering::Relaxed);
        self.is_noted() || now.as_millisecond().saturating_sub(seen) < BELIEVED
    }

    /// Whether the table has to be asked. True for one asker: the others go by what is noted until that one knows.
    fn is_due(&self, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        let seen = self.seen.load(Ordering::Relaxed);
        now.saturating_sub(seen) >= BELIEVED
            && self
                .seen
                .compare_exchange(seen, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Deliver {
    /// Whether a notification was cancelled, as of two seconds ago at most. While the table is away, as it was last seen:
    /// sending goes on.
    pub(crate) async fn is_cancelled(&self, letter: &Letter) -> bool {
        let cancellation = &letter.cancellation;
        let now = self.clock.now();
        if !cancellation.is_noted() && cancellation.is_due(now) {
            // Boxed: most sends do not ask, and must not carry the state of asking.
            let ledger = self.store.ledger();
            match Box::pin(ledger.cancelled(&letter.frozen.key)).await {
                Ok(at) => cancellation.note(at.is_some(), now),
                Err(error) => tracing::warn!(
                    error = chain(&error),
                    "whether a notification was cancelled could not be read"
                ),
            }
        }
        cancellation.is_noted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_asks_every_two_seconds() {
        let at = |ms| Timestamp::from_millisecond(ms).expect("a time");
        let cancellation = Cancellation::default();
        assert!(cancellation.is_due(at(10_000)));
        assert!(!cancellation.is_due(at(10_000)), "somebody is at it");
        assert!(!cancellation.is_due(at(11_999)));
        assert!(cancellation.is_due(at(12_000)));
        cancellation.note(true, at(12_000));
        cancellation.note(false, at(13_000));
        assert!(cancellation.is_noted(), "what was cancelled stays so");
    }
}

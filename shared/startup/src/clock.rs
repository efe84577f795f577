//! Time as a value that is passed in.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Tells the time and waits.
///
/// Code that reasons about time takes the time as an argument; what must read or await it takes a `Clock`.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns when `wait` has passed.
    async fn sleep(&self, wait: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// A clock that moves only when told to, for tests and simulated time.
///
/// Clones share one time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    time: watch::Sender<Timestamp>,
    skips: bool,
}

impl ManualClock {
    /// A clock that stands at `start`; a sleeper waits until somebody calls [`advance`](Self::advance).
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self {
            time: watch::Sender::new(start),
            skips: false,
        }
    }

    /// A clock on which sleeping takes no time: whoever sleeps moves it to the end of its wait.
    #[must_use]
    pub fn skipping(start: Timestamp) -> Self {
        Self {
            skips: true,
            ..Self::new(start)
        }
    }

    /// Moves the time forward and wakes whoever is due.
    pub fn advance(&self, by: Duration) {
        self.time.send_modify(|now| *now = later(*now, by));
    }

    /// Moves the time to `to`; going back is allowed, as it is on a real machine.
    pub fn set(&self, to: Timestamp) {
        self.time.send_replace(to);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.time.borrow()
    }

    async fn sleep(&self, wait: Duration) {
        let until = later(self.now(), wait);
        if self.skips {
            self.time.send_modify(|now| *now = until.max(*now));
            tokio::task::yield_now().await;
            return;
        }
        let mut time = self.time.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        if time.wait_for(|now| *now >= until).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_whoever_is_due() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let sleeper = clock.sleep(Duration::from_secs(5));
        let mover = async {
            clock.advance(Duration::from_secs(4));
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(1));
        };
        tokio::join!(sleeper, mover);
        assert_eq!(clock.now().as_second(), 5);
    }

    #[tokio::test]
    async fn sleeping_on_a_skipping_clock_moves_it() {
        let clock = ManualClock::skipping(Timestamp::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(3600)).await;
        assert_eq!(clock.now().as_second(), 3600);
    }

    #[test]
    fn time_beyond_the_calendar_stops_at_its_end() {
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
    }
}

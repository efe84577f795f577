//! Time that passes when nobody has anything to do.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use startup::Clock;
use tokio::sync::oneshot;

/// How many rounds of the scheduler in a row must bring nothing before the clock moves. A call of the table takes five:
/// caller, connection, server, connection, caller; each round looks for what has come through a socket.
const QUIET_ROUNDS: u32 = 24;

/// A clock that moves to the next moment for which somebody waits, when nobody has anything to do until then.
///
/// Only while [`drive`](Self::drive) runs, and only on a runtime of one thread on which everything runs that anybody
/// waits for: elsewhere it cannot be seen that nothing happens.
#[derive(Clone, Debug)]
pub struct SimulatedClock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Counts what is seen to happen.
    activity: AtomicU64,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    number: u64,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl SimulatedClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                now: start,
                number: 0,
                sleepers: BTreeMap::new(),
            }),
            activity: AtomicU64::new(0),
        }))
    }

    /// Runs `work` to its end, and lets time pass whenever nothing can be done without.
    pub async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.quiet() => {
                    if !self.step() {
                        // Somebody waits for the machine: for a retry, or for a connection.
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
            }
        }
    }

    /// Says that something happens, so that time stands still a while longer.
    pub fn stir(&self) {
        self.0.activity.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns when nothing has happened for a while.
    async fn quiet(&self) {
        let activity = || self.0.activity.load(Ordering::Relaxed);
        let (mut before, mut rounds) = (activity(), 0);
        while rounds < QUIET_ROUNDS {
            tokio::task::yield_now().await;
            let now = activity();
            rounds = if now == before { rounds + 1 } else { 0 };
            before = now;
        }
    }

    /// Moves on to the next moment for which somebody waits, and wakes all who wait for it; `false` if nobody waits.
    fn step(&self) -> bool {
        let mut state = self.state();
        let Some(at) = state.sleepers.keys().next().map(|(at, _)| *at) else {
            return false;
        };
        state.now = state.now.max(at);
        while let Some(entry) = state.sleepers.first_entry() {
            if entry.key().0 > at {
                break;
            }
            // Whoever gave up waiting hears nothing.
            entry.remove().send(()).ok();
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    async fn sleep(&self, wait: Duration) {
        self.stir();
        if wait.is_zero() {
            return tokio::task::yield_now().await;
        }
        let (wake, woken) = oneshot::channel();
        let key = {
            let mut state = self.state();
            state.number += 1;
            let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
            let until = state.now.checked_add(wait).unwrap_or(Timestamp::MAX);
            let key = (until, state.number);
            state.sleepers.insert(key, wake);
            key
        };
        let waits = Waits { clock: self, key };
        // The sender is dropped by nobody but `waits`.
        woken.await.ok();
        drop(waits);
        self.stir();
    }
}

/// Who gives up waiting is waited for no more: time does not stop for them.
struct Waits<'a> {
    clock: &'a SimulatedClock,
    key: (Timestamp, u64),
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.clock.state().sleepers.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join3;

    use super::*;

    fn clock() -> SimulatedClock {
        SimulatedClock::new(Timestamp::UNIX_EPOCH)
    }

    #[tokio::test]
    async fn waits_pass_side_by_side_and_in_order() {
        let clock = clock();
        let woken = Mutex::new(Vec::new());
        let wait = async |seconds: u64| {
            clock.sleep(Duration::from_secs(seconds)).await;
            woken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((seconds, clock.now().as_second()));
        };
        clock.drive(join3(wait(3_600), wait(1), wait(60))).await;
        let woken = woken.into_inner().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(woken, [(1, 1), (60, 60), (3_600, 3_600)]);
    }

    #[tokio::test]
    async fn time_stands_still_while_somebody_is_busy() {
        let clock = clock();
        let busy = async {
            for _ in 0..1_000 {
                clock.stir();
                tokio::task::yield_now().await;
            }
            clock.now()
        };
        let sleeper = clock.sleep(Duration::from_secs(1));
        let (at, ()) = clock.drive(futures_util::future::join(busy, sleeper)).await;
        assert_eq!(at, Timestamp::UNIX_EPOCH);
    }

    #[tokio::test]
    async fn who_gives_up_is_not_waited_for() {
        let clock = clock();
        let work = async {
            tokio::select! {
                () = clock.sleep(Duration::from_secs(3_600)) => {}
                () = clock.sleep(Duration::from_secs(1)) => {}
            }
            clock.sleep(Duration::from_secs(1)).await;
            clock.now().as_second()
        };
        assert_eq!(clock.drive(work).await, 2);
    }
}

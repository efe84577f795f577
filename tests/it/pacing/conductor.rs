//! Simulated time for many workers at once: it passes only when nobody has anything else to do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use startup::{Clock, ManualClock};
use tokio::sync::oneshot;

/// After so many rounds in which nothing happened, everybody waits.
const QUIET: u32 = 16;

/// The time of a [`ManualClock`], which it moves from one sleeper to the next.
#[derive(Clone, Debug)]
pub(super) struct Conductor {
    hand: ManualClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    sleepers: BinaryHeap<Reverse<(Timestamp, u64)>>,
    alarms: Vec<(u64, oneshot::Sender<()>)>,
    slept: u64,
    looked: u64,
}

impl Conductor {
    pub(super) fn new(hand: ManualClock) -> Self {
        Self {
            hand,
            state: Arc::default(),
        }
    }

    /// Does this work. `busy` says whether something is under way that is not on this clock.
    pub(super) async fn conduct<T>(
        &self,
        work: impl Future<Output = T>,
        busy: impl Fn() -> bool,
    ) -> T {
        let mut work = pin!(work);
        let (mut quiet, mut looked) = (0, 0);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::task::yield_now() => {}
            }
            let now_looked = self.state().looked;
            quiet = match now_looked == looked && !busy() {
                true => quiet + 1,
                false => 0,
            };
            looked = now_looked;
            if quiet > QUIET {
                self.pass();
                quiet = 0;
            }
        }
    }

    /// Wakes who wakes next.
    fn pass(&self) {
        let mut state = self.state();
        let Some(Reverse((next, _))) = state.sleepers.peek().copied() else {
            return;
        };
        let now = self.hand.now().max(next);
        self.hand.set(now);
        while let Some(Reverse((until, id))) = state.sleepers.peek().copied() {
            if until > now {
                break;
            }
            state.sleepers.pop();
            let place = state.alarms.iter().position(|(of, _)| *of == id);
            let (_, alarm) = state.alarms.swap_remove(place.expect("it was put there"));
            // Whoever was dropped sleeps no more.
            let (Ok(()) | Err(())) = alarm.send(());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with it locked")
    }
}

#[async_trait]
impl Clock for Conductor {
    fn now(&self) -> Timestamp {
        self.state().looked += 1;
        self.hand.now()
    }

    async fn sleep(&self, wait: Duration) {
        let until = self.hand.now() + wait;
        let (alarm, rings) = oneshot::channel();
        {
            let mut state = self.state();
            let id = state.slept;
            state.slept += 1;
            state.looked += 1;
            state.sleepers.push(Reverse((until, id)));
            state.alarms.push((id, alarm));
        }
        rings
            .await
            .expect("the conductor lives as long as the test");
    }
}

//! Who dies when, and what their death left open.

use std::sync::{Mutex, MutexGuard};

use notifications::RecipientKey;
use tokio::sync::Notify;

use super::chance::Chance;
use super::worker::Trade;

/// Decides who dies, and writes the deaths down.
pub(super) struct Reaper {
    state: Mutex<State>,
    flaw: Notify,
}

struct State {
    chance: Chance,
    /// How many of `notify`, of `deliver` and of `tasks` are still to die.
    to_die: [u32; 3],
    deaths: Vec<Death>,
}

/// A process that was killed during an invocation.
#[derive(Clone, Debug)]
pub(super) struct Death {
    pub(super) trade: Trade,
    pub(super) cause: Cause,
    /// The recipients without a recorded outcome in the chunks that were claimed.
    pub(super) unrecorded: Vec<RecipientKey>,
}

/// Why an invocation did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It was its turn.
    Killed,
    /// It took longer than it may, so that Lambda would have ended it.
    OutOfTime,
    /// Something is wrong with the function.
    Flaw(String),
}

/// So many of `tasks` die.
const TASKS_TO_DIE: u32 = 3;

/// So many events, about, are seen around an invocation: requests and answers.
const EVENTS_OF_NOTIFY: u64 = 40;
const EVENTS_OF_DELIVER: u64 = 140;
const EVENTS_OF_TASKS: u64 = 30;
/// No invocation of `tasks` has fewer: one that is chosen at the first dies for certain.
const FIRST_OF_TASKS: u64 = 6;

impl Reaper {
    pub(super) fn new(chance: Chance, people: u32) -> Self {
        let thousands = people.div_ceil(1_000);
        let state = State {
            chance,
            to_die: [3, 2 + 4 * thousands, TASKS_TO_DIE],
            deaths: Vec::new(),
        };
        Self {
            state: Mutex::new(state),
            flaw: Notify::new(),
        }
    }

    /// With which event from now on a process dies that begins an invocation, if it is chosen.
    pub(super) fn chooses(&self, trade: Trade) -> Option<u64> {
        let mut state = self.lock();
        let spared = match trade {
            Trade::Notify | Trade::Tasks => false,
            Trade::Deliver => state.chance.below(3) == 0,
        };
        if state.to_die[trade as usize] == 0 || spared {
            return None;
        }
        let within = match trade {
            Trade::Notify => EVENTS_OF_NOTIFY,
            Trade::Deliver => EVENTS_OF_DELIVER,
            Trade::Tasks if state.to_die[trade as usize] == TASKS_TO_DIE => FIRST_OF_TASKS,
            Trade::Tasks => EVENTS_OF_TASKS,
        };
        Some(1 + state.chance.below(within))
    }

    pub(super) fn died(&self, death: Death) {
        let mut state = self.lock();
        match death.cause {
            Cause::Killed => {
                let left = &mut state.to_die[death.trade as usize];
                *left = left.saturating_sub(1);
            }
            Cause::Flaw(_) => self.flaw.notify_one(),
            Cause::OutOfTime => {}
        }
        state.deaths.push(death);
    }

    /// From now on so many more of `deliver` die, and so many of `tasks`, whoever of them died before.
    pub(super) fn goes_on(&self) {
        let mut state = self.lock();
        state.to_die[Trade::Deliver as usize] += 3;
        state.to_die[Trade::Tasks as usize] = TASKS_TO_DIE;
    }

    pub(super) fn deaths(&self) -> Vec<Death> {
        self.lock().deaths.clone()
    }

    /// Resolves when somebody died who should not have.
    pub(super) async fn flaw(&self) {
        self.flaw.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it locked")
    }
}

//! One send in twenty goes wrong.

use std::sync::{Mutex, MutexGuard};

use simulator::{Call, Fault, Faults, Operation, Reply};
use tokio::sync::watch;

use super::chance::Chance;

/// One send in twenty goes wrong, in each of the ways after the other; and a log of it.
pub(super) struct OneInTwenty {
    state: Mutex<State>,
    /// Counts every request, for whoever waits for one.
    pub(super) requests: watch::Sender<u64>,
}

struct State {
    chance: Chance,
    log: Vec<Injected>,
}

/// A fault that was injected.
#[derive(Clone, Debug)]
pub(super) struct Injected {
    /// The conversation that was sent to.
    pub(super) conversation: String,
    /// Whether whoever sent cannot know if the message arrived.
    pub(super) ambiguous: bool,
}

impl OneInTwenty {
    pub(super) fn new(chance: Chance) -> Self {
        let log = Vec::new();
        Self {
            state: Mutex::new(State { chance, log }),
            requests: watch::Sender::new(0),
        }
    }

    pub(super) fn log(&self) -> Vec<Injected> {
        self.lock().log.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it locked")
    }
}

impl Faults for OneInTwenty {
    fn before(&self, call: &Call) -> Option<Fault> {
        self.requests.send_modify(|requests| *requests += 1);
        if call.operation != Operation::Send {
            return None;
        }
        let mut state = self.lock();
        if state.chance.below(20) != 0 {
            return None;
        }
        let (ambiguous, fault) = match state.log.len() % 8 {
            0 => (false, Fault::Answer(Reply::throttled(Some(1)))),
            1 => (true, Fault::AcceptThenAnswer(Reply::gateway_error(502))),
            2 => (true, Fault::Answer(Reply::gateway_error(503))),
            3 => (true, Fault::AcceptThenCut),
            4 => (false, Fault::Answer(Reply::precondition_failed())),
            5 => (true, Fault::Answer(Reply::gateway_error(504))),
            6 => (true, Fault::Cut),
            _ => (true, Fault::AcceptThenAnswer(Reply::gateway_error(504))),
        };
        let conversation = call.conversation.clone();
        state.log.push(Injected {
            conversation: conversation.expect("a send has a conversation"),
            ambiguous,
        });
        Some(fault)
    }
}

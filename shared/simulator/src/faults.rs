//! Where things go wrong on purpose.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::{Operation, Reply};

/// One request that the simulator is about to serve.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// What is asked for.
    pub operation: Operation,
    /// The conversation (or team, or meeting) in the address, if there is one.
    pub conversation: Option<String>,
    /// When the request came.
    pub at: Timestamp,
}

/// Decides what goes wrong.
///
/// Asked once before each request to the Connector, to Entra and for signing
/// keys. It must not wait: an answer that takes long is [`Fault::Delay`].
pub trait Faults: Send + Sync {
    /// What goes wrong with this request, if anything does.
    fn before(&self, call: &Call) -> Option<Fault>;
}

impl fmt::Debug for dyn Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

/// Something that goes wrong with one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The request has no effect, and this is the answer.
    Answer(Reply),
    /// The request takes effect, and this is the answer all the same.
    AcceptThenAnswer(Reply),
    /// The request is served after this time.
    Delay(Duration),
    /// The request has no effect, and the connection breaks in the middle of the answer.
    Cut,
    /// The request takes effect, and the connection breaks in the middle of the answer.
    AcceptThenCut,
}

/// Faults that a test lines up: each is used once, by the first request that fits.
#[derive(Default)]
pub(crate) struct Script {
    lines: Mutex<VecDeque<(Operation, Option<String>, Fault)>>,
}

impl Script {
    pub(crate) fn push(&self, operation: Operation, conversation: Option<String>, fault: Fault) {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back((operation, conversation, fault));
    }

    pub(crate) fn take(&self, call: &Call) -> Option<Fault> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let at = lines.iter().position(|(operation, conversation, _)| {
            *operation == call.operation
                && (conversation.is_none() || *conversation == call.conversation)
        })?;
        lines.remove(at).map(|(_, _, fault)| fault)
    }

    pub(crate) fn left(&self) -> usize {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    pub(crate) fn clear(&self) {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

//! What to do after an operation failed: a pure decision.
//!
//! [`decide`] follows the table of statuses and codes that Microsoft documents
//! (protocol reference §5.4): 412, 429, 502, 503 and 504 may be tried again,
//! 500 never, and each 403 and 404 code has its own end. What may have arrived
//! is repeated only if that doubles nothing, or if the [`Policy`] accepts it.
//!
//! It does not wait, count or send: the caller keeps the number of tries where
//! it lasts, and says how much time is left and what random number to use.

mod end;
mod schedule;

use std::time::Duration;

pub use end::End;
pub use schedule::Schedule;

/// What it means to do an operation twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The same as once: `GET`, `PUT`, `DELETE`, and to create a personal
    /// conversation without a message.
    Idempotent,
    /// Twice: the Connector has no idempotency key.
    Post,
}

/// What to do about a message that may have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Send it again: it may be doubled, and is not lost.
    #[default]
    AtLeastOnce,
    /// Leave it: it may be lost, and is not doubled.
    AtMostOnce,
}

/// What became of an operation that has no result. An error
/// [tells](crate::ConnectorError::outcome).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No connection: nothing was written.
    NotSent,
    /// There is no token for now: nothing was written.
    NoToken,
    /// It was not tried, and will not be.
    Refused(End),
    /// Written, or perhaps, and not answered.
    Unanswered,
    /// Done, by its status, but the answer is not what it should be.
    Unreadable,
    /// Answered, and not done.
    Rejected(Meaning),
}

/// What an answer of refusal means. A [`Rejection`](crate::Rejection) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Trying again gives the same answer.
    Final(End),
    /// Something else happens in the conversation at this moment (412).
    Busy,
    /// Too many requests (429).
    Throttled,
    /// A dependency failed, or did not answer in time (502, 503, 504).
    Unavailable,
    /// The request took too long to come (408), which is not on the table of
    /// what may be tried again.
    TimedOut,
}

/// A try that failed, and what the decision depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// What became of it.
    pub outcome: Outcome,
    /// What doing it twice means.
    pub effect: Effect,
    /// What to do when it may have arrived.
    pub policy: Policy,
    /// How often it was tried, this try included. Tries are counted across
    /// invocations, or there is no end to them.
    pub attempt: u32,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// How long this invocation can still wait, the time for another try
    /// already taken off.
    pub time_left: Duration,
    /// A random number from 0 to 1, so that many senders do not come back at
    /// the same moment.
    pub jitter: f64,
}

impl Attempt {
    /// Whether a message may have arrived although there is no result. If it is
    /// sent again, it is possibly doubled.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.effect == Effect::Post
            && matches!(
                self.outcome,
                Outcome::Unanswered
                    | Outcome::Unreadable
                    | Outcome::Rejected(Meaning::Unavailable | Meaning::TimedOut)
            )
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing more: this is the end.
    Stop(End),
    /// Wait here, then try again.
    Wait(Duration),
    /// Give the work back, to be tried again after this time: the wait does not
    /// fit here.
    HandBack {
        /// The least time until the next try.
        after: Duration,
    },
}

/// Decides with the default [`Schedule`].
#[must_use]
pub fn decide(attempt: &Attempt) -> Decision {
    Schedule::default().decide(attempt)
}

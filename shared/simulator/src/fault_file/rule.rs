//! One rule: for which requests, and what then.

use std::fmt;
use std::time::Duration;

use super::{End, Happening};
use crate::Operation;

/// One rule of a fault file.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(super) line: usize,
    pub(super) requests: Requests,
    pub(super) effect: Effect,
}

/// For which requests a rule is.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    /// Of these kinds; empty means all of the Connector.
    pub(super) operations: Vec<Operation>,
    /// About one of these; empty means whatever it is about.
    pub(super) about: Vec<About>,
    /// From so long after the file was put to use.
    pub(super) after: Duration,
    /// Until then.
    pub(super) until: Option<Duration>,
    /// Each of this number.
    pub(super) every: Option<u64>,
    /// This share of them.
    pub(super) rate: Option<Share>,
    /// At most so many in all.
    pub(super) first: Option<u64>,
    /// At most so many of each conversation.
    pub(super) first_each: Option<u64>,
}

/// Whom or what a request is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum About {
    /// A person, by any of their names; or a conversation id.
    Person { name: String, line: usize },
    /// A conversation, by id or name.
    Conversation { name: String, line: usize },
    /// So many of the people, the same in each run.
    People(Share),
}

/// A part of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share(pub(super) f64);

impl Share {
    /// Whether a number that is as likely as any other falls in this share.
    pub(super) fn has(self, number: u64) -> bool {
        // The upper 53 bits are what a float holds exactly.
        ((number >> 11) as f64) < self.0 * (1_u64 << 53) as f64
    }
}

/// What a rule does.
#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    pub(super) happens: Option<Happening>,
    pub(super) delay: Option<Duration>,
    /// Answers 412 if another request about the conversation came this shortly before.
    pub(super) race: Option<Duration>,
    pub(super) end: End,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(happening) = self.happens {
            parts.push(happening.to_string());
        }
        if let Some(delay) = self.delay {
            parts.push(format!("slow by {delay:?}"));
        }
        if self.race.is_some() {
            parts.push("two at once, answered 412".to_owned());
        }
        match &self.end {
            End::Serve => {}
            End::Answer { reply, accepted } => {
                let code = reply.code().map(|code| format!(" {code}"));
                let code = code.unwrap_or_default();
                let accepted = if *accepted { " after accepting" } else { "" };
                parts.push(format!("answered {}{code}{accepted}", reply.status));
            }
            End::Reset { accepted: true } => parts.push("reset after accepting".to_owned()),
            End::Reset { accepted: false } => parts.push("reset".to_owned()),
        }
        f.write_str(&parts.join(", "))
    }
}

//! Faults that are written down: a file of rules, read once, asked before each request.

mod plan;
mod reading;
mod rule;
mod words;

use std::fmt;
use std::time::Duration;

use serde::Serialize;

pub(crate) use plan::{Asked, Plan};
use rule::Rule;

use crate::{Fault, Limits, Reply};

/// Faults that are written down in YAML (or JSON, which is YAML too).
///
/// `docs/simulator.md` explains the words; `events/faults` has an example. The
/// same seed chooses the same people and, for each of them, the same requests,
/// whatever the order in which requests of different people come.
#[derive(Clone, Debug)]
pub struct FaultFile {
    seed: u64,
    limits: Option<Limits>,
    rules: Vec<Rule>,
}

/// What is wrong in a fault file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: found {found}, expected {expected}")]
#[non_exhaustive]
pub struct FaultFileError {
    /// The line, from 1.
    pub line: usize,
    /// What is there.
    pub found: String,
    /// What could be there.
    pub expected: String,
}

impl FaultFile {
    /// Reads a file's text. People and conversations are looked up when the
    /// file is used.
    ///
    /// # Errors
    ///
    /// [`FaultFileError`]: the first mistake.
    pub fn read(text: &str) -> Result<Self, FaultFileError> {
        reading::read(text)
    }

    /// The same with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The limits that the file sets, if it sets any.
    #[must_use]
    pub fn limits(&self) -> Option<&Limits> {
        self.limits.as_ref()
    }

    /// How many rules it has.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.rules.len()
    }
}

/// How often a rule of a fault file was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultsMet {
    /// The line of the rule.
    pub line: usize,
    /// What the rule does, in a few words.
    pub what: String,
    /// How often it did.
    pub times: u64,
}

/// What goes wrong with one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble {
    /// What happens before it is served.
    pub(crate) happens: Vec<Happening>,
    /// How long it waits.
    pub(crate) delay: Duration,
    /// How it ends.
    pub(crate) end: End,
}

/// How a request ends.
#[derive(Clone, Debug, Default)]
pub(crate) enum End {
    /// It is served.
    #[default]
    Serve,
    /// It is answered with this, and took effect or did not.
    Answer { reply: Reply, accepted: bool },
    /// Its answer breaks off, and it took effect or did not.
    Reset { accepted: bool },
}

/// Something that happens in the world at the moment of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    PersonBlocks,
    PersonBlocksConversation,
    PersonUnblocks,
    PersonDeletesChat,
    PersonLeaves,
    AdminDisables,
    AdminEnables,
    TokensExpire,
    KeysRotate,
    KeysRotateAtOnce,
}

impl Happening {
    pub(crate) fn is_about_a_person(self) -> bool {
        match self {
            Self::PersonBlocks
            | Self::PersonBlocksConversation
            | Self::PersonUnblocks
            | Self::PersonDeletesChat
            | Self::PersonLeaves => true,
            Self::AdminDisables
            | Self::AdminEnables
            | Self::TokensExpire
            | Self::KeysRotate
            | Self::KeysRotateAtOnce => false,
        }
    }
}

impl Trouble {
    pub(crate) fn is_none(&self) -> bool {
        self.happens.is_empty() && self.delay.is_zero() && matches!(self.end, End::Serve)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let (delay, end) = match fault {
            Fault::Answer(reply) => {
                let accepted = false;
                (Duration::ZERO, End::Answer { reply, accepted })
            }
            Fault::AcceptThenAnswer(reply) => {
                let accepted = true;
                (Duration::ZERO, End::Answer { reply, accepted })
            }
            Fault::Delay(delay) => (delay, End::Serve),
            Fault::Cut => (Duration::ZERO, End::Reset { accepted: false }),
            Fault::AcceptThenCut => (Duration::ZERO, End::Reset { accepted: true }),
        };
        Self {
            happens: Vec::new(),
            delay,
            end,
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PersonBlocks => "somebody blocks the bot",
            Self::PersonBlocksConversation => "somebody blocks the conversation",
            Self::PersonUnblocks => "somebody unblocks the bot",
            Self::PersonDeletesChat => "somebody deletes the chat",
            Self::PersonLeaves => "somebody removes the bot",
            Self::AdminDisables => "the admin disables the bot",
            Self::AdminEnables => "the admin enables the bot",
            Self::TokensExpire => "all app tokens expire",
            Self::KeysRotate => "signing keys rotate, the old one stays",
            Self::KeysRotateAtOnce => "signing keys rotate, the old one goes",
        })
    }
}

//! Counting outcomes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use notifications::{FailureCode, Outcome, SkipReason};

use super::{ChunkProgress, RecipientProgress, RecipientState};

/// How many recipients ended how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The message is in Teams; those that may be there twice are among them.
    pub sent: u64,
    /// Those of `sent` that may have it twice.
    pub maybe_twice: u64,
    /// Nothing was sent, and why.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// It could not be sent, and why.
    pub failed: BTreeMap<FailureCode, u64>,
    /// It may have arrived or not.
    pub unknown: u64,
    /// They wait until they have the app: no outcome.
    pub waiting_for_install: u64,
    /// When the first of them ended.
    pub first: Option<Timestamp>,
    /// When the last of them ended.
    pub last: Option<Timestamp>,
}

impl Tally {
    /// Counts whoever has ended in a chunk.
    #[must_use]
    pub fn of(progress: &ChunkProgress) -> Self {
        let mut tally = Self::default();
        for one in progress.recipients() {
            tally.count(one);
        }
        tally
    }

    /// Counts one recipient, if they have ended or wait for the app.
    pub fn count(&mut self, one: &RecipientProgress) {
        let (outcome, at) = match &one.state {
            RecipientState::Open | RecipientState::InDoubt => return,
            RecipientState::Waiting { .. } => {
                self.waiting_for_install += 1;
                return;
            }
            RecipientState::Ended { outcome, at } => (outcome, at),
        };
        match outcome {
            Outcome::Sent { maybe_twice, .. } => {
                self.sent += 1;
                self.maybe_twice += u64::from(*maybe_twice);
            }
            Outcome::Skipped(reason) => *self.skipped.entry(*reason).or_default() += 1,
            Outcome::Failed(code) => *self.failed.entry(code.clone()).or_default() += 1,
            Outcome::Unknown => self.unknown += 1,
        }
        self.first = earlier(self.first, Some(*at));
        self.last = self.last.max(Some(*at));
    }

    /// Adds another count to this one.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.maybe_twice += other.maybe_twice;
        for (reason, count) in &other.skipped {
            *self.skipped.entry(*reason).or_default() += count;
        }
        for (code, count) in &other.failed {
            *self.failed.entry(code.clone()).or_default() += count;
        }
        self.unknown += other.unknown;
        self.waiting_for_install += other.waiting_for_install;
        self.first = earlier(self.first, other.first);
        self.last = self.last.max(other.last);
    }

    /// How many ended, in whatever way.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.sent + self.all_skipped() + self.all_failed() + self.unknown
    }

    /// How many were skipped, for whatever reason.
    #[must_use]
    pub fn all_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// How many failed, for whatever reason.
    #[must_use]
    pub fn all_failed(&self) -> u64 {
        self.failed.values().sum()
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

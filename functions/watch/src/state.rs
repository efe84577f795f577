//! What is remembered of a source between two looks.

use jiff::{SignedDuration, Timestamp};
use notifications::Notification;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sources::Cursor;

use crate::fetch::Validators;
use crate::patience::Failing;

/// How long a look may go unwritten when nothing changed: a write costs more than the look.
const UNWRITTEN: SignedDuration = SignedDuration::from_hours(1);

/// What is remembered of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What it held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// What to ask with.
    #[serde(default)]
    pub validators: Validators,
    /// When it was read last, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Timestamp>,
    /// When it last held something new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Timestamp>,
    /// How it fails, when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// What is new and perhaps not queued yet: written with the cursor, so that a crash between the two loses nothing, and
    /// queued again as it is, so that the ledger knows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outbox: Vec<Value>,
}

impl State {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cursor: None,
            validators: Validators::default(),
            read: None,
            new: None,
            failing: None,
            outbox: Vec::new(),
        }
    }

    /// Puts something into the outbox.
    pub(crate) fn tell(&mut self, news: &Notification) {
        self.outbox.extend(serde_json::to_value(news));
    }

    /// Notes that the source was read.
    pub(crate) fn note_read(&mut self, now: Timestamp) {
        let is_old = self
            .read
            .is_none_or(|read| now.duration_since(read) >= UNWRITTEN);
        if is_old {
            self.read = Some(now);
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

//! The buttons of polls.

use notifications::durations;
use polls::OccurrenceId;
use serde_json::{Value, json};
use std::time::Duration;

/// A button of a poll that somebody pressed.
///
/// What it carries is the occurrence and what is wanted. Who pressed is taken
/// from the activity, whether they may from the poll and the ledger; answers
/// stand beside it in the data, as the inputs of the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollPress {
    /// Vote with what the inputs hold (`polls::Answers::read`).
    Vote(OccurrenceId),
    /// Show the questions again, with the answers given.
    Change(OccurrenceId),
    /// Show the poll as it is now for the reader; also what cards send by
    /// themselves when they come into view.
    Refresh(OccurrenceId),
    /// Show the results.
    Results(OccurrenceId),
    /// Show where a choice can be added.
    Adding(OccurrenceId),
    /// Add what the inputs hold (`super::added`).
    Add(OccurrenceId),
    /// Show the owner's card.
    Manage(OccurrenceId),
    /// Take no more votes.
    Close(OccurrenceId),
    /// Close so much later.
    Extend(OccurrenceId, Duration),
    /// Take votes again.
    Reopen(OccurrenceId),
    /// Ask whether it is to be deleted.
    Deleting(OccurrenceId),
    /// Delete it.
    Delete(OccurrenceId),
    /// Ask the same again.
    Clone(OccurrenceId),
    /// Open the form (`task/fetch`).
    Form,
    /// Make a poll of what the form's inputs hold (`task/submit`).
    Create,
}

/// What the verbs of polls begin with, behind `tidings.`.
const POLL: &str = "poll.";

impl PollPress {
    /// Reads what stands behind `tidings.` in a verb, and the occurrence.
    pub(crate) fn read(own: &str, occurrence: Option<&str>) -> Option<Self> {
        let verb = own.strip_prefix(POLL)?;
        match verb {
            "form" => return Some(Self::Form),
            "create" => return Some(Self::Create),
            _ => {}
        }
        let on: OccurrenceId = occurrence?.parse().ok()?;
        Some(match verb.split_once(':').unwrap_or((verb, "")) {
            ("vote", "") => Self::Vote(on),
            ("change", "") => Self::Change(on),
            ("refresh", "") => Self::Refresh(on),
            ("results", "") => Self::Results(on),
            ("adding", "") => Self::Adding(on),
            ("add", "") => Self::Add(on),
            ("manage", "") => Self::Manage(on),
            ("close", "") => Self::Close(on),
            ("extend", longer) => Self::Extend(on, durations::parse(longer)?),
            ("reopen", "") => Self::Reopen(on),
            ("deleting", "") => Self::Deleting(on),
            ("delete", "") => Self::Delete(on),
            ("clone", "") => Self::Clone(on),
            _ => return None,
        })
    }

    /// The word that the press is known by, with the `tidings.` of all of ours.
    pub(crate) fn verb(&self) -> String {
        let word = match self {
            Self::Vote(_) => "vote",
            Self::Change(_) => "change",
            Self::Refresh(_) => "refresh",
            Self::Results(_) => "results",
            Self::Adding(_) => "adding",
            Self::Add(_) => "add",
            Self::Manage(_) => "manage",
            Self::Close(_) => "close",
            Self::Extend(_, longer) => {
                return format!("tidings.{POLL}extend:{}", durations::print(*longer));
            }
            Self::Reopen(_) => "reopen",
            Self::Deleting(_) => "deleting",
            Self::Delete(_) => "delete",
            Self::Clone(_) => "clone",
            Self::Form => "form",
            Self::Create => "create",
        };
        format!("tidings.{POLL}{word}")
    }

    /// The occurrence that the button stood on.
    #[must_use]
    pub fn occurrence(&self) -> Option<&OccurrenceId> {
        match self {
            Self::Vote(on)
            | Self::Change(on)
            | Self::Refresh(on)
            | Self::Results(on)
            | Self::Adding(on)
            | Self::Add(on)
            | Self::Manage(on)
            | Self::Close(on)
            | Self::Extend(on, _)
            | Self::Reopen(on)
            | Self::Deleting(on)
            | Self::Delete(on)
            | Self::Clone(on) => Some(on),
            Self::Form | Self::Create => None,
        }
    }

    /// Whether the press asks for something to be shown and changes nothing,
    /// so that a card may send it by itself.
    #[must_use]
    pub fn only_shows(&self) -> bool {
        matches!(self, Self::Refresh(_) | Self::Results(_))
    }

    /// The button.
    pub(crate) fn button(self, title: &str) -> Value {
        crate::Press::Poll(self).button(title)
    }

    /// A button that leaves the card's inputs alone: it works before they are
    /// filled in.
    pub(crate) fn button_beside_inputs(self, title: &str) -> Value {
        let mut button = self.button(title);
        button["associatedInputs"] = "none".into();
        button["fallback"]["associatedInputs"] = "none".into();
        button
    }

    /// The button that opens the form, as a dialog of Teams.
    pub(crate) fn dialog_button(title: &str) -> Value {
        let mut data = crate::Press::Poll(Self::Form).data();
        data["msteams"] = json!({ "type": "task/fetch" });
        json!({ "type": "Action.Submit", "title": title, "data": data })
    }
}

//! What is done to the chunks of a notification.

use notifications::NotificationKey;
use work_items::ChunkKey;

use crate::keys::{self, Key};

/// Which of the things that are done to a chunk: each is claimed and recorded
/// by itself, so that a recall does not touch what the ledger says of sending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Track {
    /// It is sent.
    #[default]
    Delivery,
    /// What was sent is deleted. *Sent* means: it is gone.
    Recall,
    /// What was sent is replaced by the text of this revision. *Sent* means:
    /// it is replaced.
    Revision(String),
}

impl Track {
    pub(super) fn state(&self, notification: &NotificationKey, chunk: &ChunkKey) -> Key {
        match self {
            Self::Delivery => keys::chunk_state(notification, chunk),
            Self::Recall => keys::chunk_recall(notification, chunk),
            Self::Revision(id) => keys::chunk_revision(notification, id, chunk),
        }
    }

    /// What the sort keys of all its states begin with.
    pub(super) fn states(&self) -> String {
        match self {
            Self::Delivery => keys::STATES.to_owned(),
            Self::Recall => keys::RECALLS.to_owned(),
            Self::Revision(id) => keys::revision_states(id),
        }
    }
}

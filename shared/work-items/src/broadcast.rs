//! The next step of a broadcast, on its way back to `notify`.

use notifications::NotificationKey;
use serde::{Deserialize, Serialize};

use crate::envelope::{self, WorkItemError};
use crate::plan::{self, PlanPage};

const KIND: &str = "broadcast-step";

/// Asks `notify` to look at a broadcast and to do what comes next: ask for the
/// approval, queue the next page of its chunks, judge its canary, end it.
///
/// What comes next is on the ledger, not in this message: a copy that arrives
/// late or twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroadcastStep {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// The page of its chunks that comes next, from 0. What is queued for a
    /// page that is done already has nothing to do.
    pub page: u32,
}

impl BroadcastStep {
    /// Reads a message body.
    ///
    /// # Errors
    ///
    /// [`WorkItemError`]: no later attempt can succeed.
    pub fn parse(body: &str) -> Result<Self, WorkItemError> {
        envelope::parse(KIND, body)
    }

    /// The message body.
    #[must_use]
    pub fn to_body(&self) -> String {
        envelope::write(KIND, self)
    }
}

/// What `notify` sends itself through the notification queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planning {
    /// The next page of a plan.
    Page(PlanPage),
    /// The next step of a broadcast.
    Broadcast(BroadcastStep),
}

impl Planning {
    /// Reads a body of the notification queue; `None` when it is no work item of
    /// ours, so that it is a sender's event.
    ///
    /// # Errors
    ///
    /// [`WorkItemError`], when it is one that this version cannot read: no later
    /// attempt can succeed.
    pub fn read(body: &str) -> Option<Result<Self, WorkItemError>> {
        match envelope::kind(body)?.as_str() {
            plan::KIND => Some(PlanPage::parse(body).map(Self::Page)),
            KIND => Some(BroadcastStep::parse(body).map(Self::Broadcast)),
            _ => None,
        }
    }
}

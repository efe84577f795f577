//! The next page of planning, on its way back to `notify`.

use notifications::NotificationKey;
use serde::{Deserialize, Serialize};

use crate::envelope::{self, WorkItemError};

pub(crate) const KIND: &str = "plan-page";

/// Asks `notify` to go on planning a notification.
///
/// Where planning stands is on the ledger, not in this message: a copy that
/// arrives late or twice finds the page done and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanPage {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// The page to plan, from 0.
    pub page: u32,
}

impl PlanPage {
    /// Whether a body says that it is a plan page, of whatever version.
    ///
    /// The notification queue carries senders' events too; this tells ours
    /// apart before either is parsed.
    #[must_use]
    pub fn is_one(body: &str) -> bool {
        envelope::kind(body).as_deref() == Some(KIND)
    }

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

//! Why an event did not become deliveries.

use aws::QueueError;
use aws::batch::{Hopeless, Verdict};
use lambda_runtime::Diagnostic;
use notifications::ContractErrors;
use startup::logging::chain;
use store::StoreError;
use work_items::WorkItemError;

/// Why an event did not become deliveries.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// It breaks the contract. Its sender must mend it.
    #[error(transparent)]
    Contract(#[from] ContractErrors),
    /// Its source used the id for a notification with another content before. Its sender must choose another id.
    #[error(
        "id: found one that this source used for another notification, expected an id of its own"
    )]
    IdReused,
    /// It is one of our own work items, and this version cannot read it.
    #[error("failed to read a page of planning")]
    WorkItem(#[from] WorkItemError),
    /// It asks to plan a notification that is not on the ledger (any more).
    #[error("failed to find the notification that is to be planned")]
    NotOnLedger,
    /// The table did not do what was asked.
    #[error("failed to use the table")]
    Store(#[from] StoreError),
    /// A message could not be queued.
    #[error("failed to queue what follows")]
    Queue(#[from] QueueError),
}

impl NotifyError {
    /// The stable word for alarms, dead letters and a direct invocation's error.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Contract(_) => "Contract",
            Self::IdReused => "IdReused",
            Self::WorkItem(error) => error.error_type(),
            Self::NotOnLedger => "NotOnLedger",
            Self::Store(error) => error.error_type(),
            Self::Queue(QueueError::TooLarge { .. }) => "QueueMessageTooLarge",
            Self::Queue(QueueError::Refused { .. }) => "QueueRefused",
            Self::Queue(_) => "QueueUnavailable",
        }
    }

    /// Where in the event the fault is; empty if it is not in the event.
    #[must_use]
    pub fn error_path(&self) -> String {
        match self {
            Self::Contract(errors) => errors.paths(),
            Self::IdReused => "id".to_owned(),
            Self::WorkItem(error) => error.error_path(),
            Self::NotOnLedger => "notification".to_owned(),
            Self::Store(_) | Self::Queue(_) => String::new(),
        }
    }

    /// Whether the same event may succeed later: the fault is not in it.
    ///
    /// A missing table or queue counts: an operator can mend that while the queue keeps the message.
    #[must_use]
    pub fn can_be_tried_again(&self) -> bool {
        match self {
            Self::Contract(_) | Self::IdReused | Self::WorkItem(_) | Self::NotOnLedger => false,
            Self::Store(error) => !matches!(error, StoreError::TooLarge),
            Self::Queue(error) => !matches!(error, QueueError::TooLarge { .. }),
        }
    }

    /// What is to become of a record with this error.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.can_be_tried_again() {
            Verdict::Retry(chain(self))
        } else {
            Verdict::Never(Hopeless {
                error_type: self.error_type(),
                error_path: self.error_path(),
                message: chain(self),
            })
        }
    }
}

impl From<NotifyError> for Diagnostic {
    fn from(error: NotifyError) -> Self {
        Self {
            error_type: error.error_type().to_owned(),
            error_message: chain(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_with_the_event_itself_is_hopeless() {
        let missing = NotifyError::Store(StoreError::TableMissing {
            table: "tidings".to_owned(),
        });
        let Verdict::Retry(reason) = missing.verdict() else {
            panic!("an operator can mend a missing table");
        };
        assert_eq!(
            reason,
            "failed to use the table: failed to find the table \"tidings\""
        );
        let Verdict::Never(hopeless) = NotifyError::IdReused.verdict() else {
            panic!("nobody but the sender can mend a reused id");
        };
        assert_eq!(
            (hopeless.error_type, &*hopeless.error_path),
            ("IdReused", "id")
        );
    }

    #[test]
    fn a_direct_invocation_is_told_every_field() {
        let broken = notifications::Notification::parse(b"{}").expect_err("nothing is there");
        let diagnostic = Diagnostic::from(NotifyError::from(broken));
        assert_eq!(diagnostic.error_type, "Contract");
        for field in ["topic", "what", "item", "actor"] {
            assert!(diagnostic.error_message.contains(field), "{field}");
        }
    }
}

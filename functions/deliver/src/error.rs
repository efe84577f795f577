//! Why a chunk did not come to its end in this invocation.

use aws::QueueError;
use aws::batch::{Hopeless, Verdict};
use polls_in_table::PollViewError;
use startup::logging::chain;
use store::StoreError;
use work_items::WorkItemError;

/// Why a chunk did not come to its end in this invocation.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The body is no chunk that this version reads.
    #[error("failed to read a chunk")]
    WorkItem(#[from] WorkItemError),
    /// The chunk is of a notification that is not on the ledger (any more).
    #[error("failed to find the notification of a chunk")]
    NotOnLedger,
    /// There was no token for so long that somebody has to look. Nobody was sent anything: a redriven chunk goes on.
    #[error("failed to get a token for hours, last because of: {reason}")]
    NoToken {
        /// What the last try said.
        reason: String,
    },
    /// The code itself failed over a recipient. The others have their outcomes; the queue gives up on this one after
    /// some tries.
    #[error("failed to deliver to some recipients: the code panicked")]
    Panicked,
    /// The table did not do what was asked.
    #[error("failed to use the table")]
    Store(#[from] StoreError),
    /// The notification is of a poll of which something cannot be read.
    #[error("failed to write the message of a poll")]
    Poll(#[source] Box<PollViewError>),
    /// A copy of the chunk could not be queued for later.
    #[error("failed to queue a chunk for later")]
    Queue(#[from] QueueError),
}

impl From<PollViewError> for DeliverError {
    fn from(error: PollViewError) -> Self {
        match error {
            PollViewError::Store(error) => Self::Store(error),
            unreadable @ PollViewError::Unreadable { .. } => Self::Poll(Box::new(unreadable)),
        }
    }
}

impl DeliverError {
    /// The stable word for alarms and dead letters.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::WorkItem(error) => error.error_type(),
            Self::NotOnLedger => "NotOnLedger",
            Self::NoToken { .. } => "NoToken",
            Self::Panicked => "Panicked",
            Self::Store(error) => error.error_type(),
            Self::Poll(_) => "PollUnreadable",
            Self::Queue(QueueError::TooLarge { .. }) => "QueueMessageTooLarge",
            Self::Queue(QueueError::Refused { .. }) => "QueueRefused",
            Self::Queue(_) => "QueueUnavailable",
        }
    }

    /// Where in the message the fault is; empty if it is not in the message.
    #[must_use]
    pub fn error_path(&self) -> String {
        match self {
            Self::WorkItem(error) => error.error_path(),
            Self::NotOnLedger => "/notification".to_owned(),
            Self::NoToken { .. }
            | Self::Panicked
            | Self::Store(_)
            | Self::Poll(_)
            | Self::Queue(_) => String::new(),
        }
    }

    /// Whether the same message may succeed when the queue shows it again.
    #[must_use]
    pub fn can_be_tried_again(&self) -> bool {
        match self {
            Self::WorkItem(_) | Self::NotOnLedger | Self::NoToken { .. } | Self::Poll(_) => false,
            Self::Panicked => true,
            Self::Store(error) => {
                !matches!(error, StoreError::TooLarge | StoreError::Unreadable { .. })
            }
            Self::Queue(error) => !matches!(error, QueueError::TooLarge { .. }),
        }
    }

    /// What is to become of the message.
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

//! Why an activity was not handled.

use aws::QueueError;
use aws::bus::BusError;
use connector::ConnectorError;
use polls_in_table::PollViewError;
use store::StoreError;

/// Why an activity was not handled: Teams should send it again.
///
/// What cannot be helped by sending again (the sender blocks the bot, the channel is gone) is not among these: it is
/// noted, and the activity counts as handled.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table did not do what was asked.
    #[error("failed at the table")]
    Store(#[from] StoreError),
    /// Work for later could not be queued.
    #[error("failed to queue a task")]
    Queue(#[from] QueueError),
    /// What is in the table of a poll cannot be read.
    #[error("failed to read a poll")]
    Poll(#[source] PollViewError),
    /// An event could not be published.
    #[error("failed to publish an event")]
    Bus(#[from] BusError),
    /// There is nowhere to publish events.
    #[error("failed to publish an event: no event bus is named")]
    NoBus,
    /// The answer could not be sent, and did not arrive.
    #[error("failed to answer")]
    Answer(#[source] ConnectorError),
    /// The time that Teams waits is nearly over.
    #[error("failed to finish in time")]
    OutOfTime,
}

impl From<PollViewError> for Failure {
    fn from(error: PollViewError) -> Self {
        match error {
            PollViewError::Store(error) => Self::Store(error),
            unreadable @ PollViewError::Unreadable { .. } => Self::Poll(unreadable),
        }
    }
}

impl Failure {
    /// The stable word for logs and alarms.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Store(error) => error.error_type(),
            Self::Queue(QueueError::Refused { .. }) => "TaskQueueRefused",
            Self::Queue(_) => "TaskQueueUnavailable",
            Self::Poll(_) => "PollUnreadable",
            Self::Bus(BusError::Refused { .. }) => "EventRefused",
            Self::Bus(BusError::Unavailable(_)) => "EventBusUnavailable",
            Self::NoBus => "NoEventBus",
            Self::Answer(ConnectorError::Token(error)) if !error.is_retryable() => {
                "CredentialsRefused"
            }
            Self::Answer(_) => "AnswerNotSent",
            Self::OutOfTime => "OutOfTime",
        }
    }

    /// Whether nothing of it can still be under way, so that the next delivery may begin afresh at once.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !matches!(self, Self::OutOfTime)
    }
}

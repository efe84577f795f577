//! Why something was not done.

use aws::bus::BusError;
use aws::{QueueError, ScheduleError};
use lambda_runtime::Diagnostic;
use notifications::ContractErrors;
use polls::Refusal;
use startup::logging::chain;
use store::StoreError;

/// Why something was not done, and may be done later.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table did not do what was asked.
    #[error("failed to use the table")]
    Store(#[from] StoreError),
    /// A message could not be queued.
    #[error("failed to queue what follows")]
    Queue(#[from] QueueError),
    /// A schedule could not be set or removed.
    #[error("failed to set a schedule")]
    Schedule(#[from] ScheduleError),
    /// That a poll has closed could not be told.
    #[error("failed to publish an event")]
    Bus(#[from] BusError),
    /// A definition in the table is one that this version cannot read.
    #[error("failed to read a stored definition")]
    Definition(#[source] ContractErrors),
    /// Others were faster again and again.
    #[error("failed to change what others change all the time")]
    Contended,
    /// Some of what is overdue could not be done.
    #[error("failed to do {0} things that are overdue")]
    Overdue(usize),
}

impl Failure {
    /// The stable word for logs and alarms.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Store(error) => error.error_type(),
            Self::Queue(QueueError::TooLarge { .. }) => "QueueMessageTooLarge",
            Self::Queue(QueueError::Refused { .. }) => "QueueRefused",
            Self::Queue(_) => "QueueUnavailable",
            Self::Schedule(ScheduleError::Refused { .. }) => "ScheduleRefused",
            Self::Schedule(ScheduleError::Unavailable(_)) => "SchedulerUnavailable",
            Self::Bus(BusError::Refused { .. }) => "EventRefused",
            Self::Bus(BusError::Unavailable(_)) => "EventBusUnavailable",
            Self::Definition(_) => "DefinitionUnreadable",
            Self::Contended => "Contended",
            Self::Overdue(_) => "Overdue",
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(error: Failure) -> Self {
        Self {
            error_type: error.error_type().to_owned(),
            error_message: chain(&error),
        }
    }
}

/// Why what somebody wants can never be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It breaks the contract.
    #[error(transparent)]
    Contract(#[from] ContractErrors),
    /// The id belongs to another poll.
    #[error("id: found one that another poll has, expected an id of its own")]
    IdReused,
    /// The poll does not allow it.
    #[error("{0}")]
    Command(Refusal),
}

impl Refused {
    /// The stable word for alarms and dead letters.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Contract(_) => "Contract",
            Self::IdReused => "IdReused",
            Self::Command(Refusal::NotAnOwner) => "NotAnOwner",
            Self::Command(Refusal::NoSuchPoll) => "NoSuchPoll",
            Self::Command(_) => "CommandRefused",
        }
    }

    /// Where in the event the fault is.
    #[must_use]
    pub fn error_path(&self) -> String {
        match self {
            Self::Contract(errors) => errors.paths(),
            Self::IdReused => "id".to_owned(),
            Self::Command(Refusal::NotAnOwner) => "by".to_owned(),
            Self::Command(Refusal::NoSuchPoll) => "poll".to_owned(),
            Self::Command(_) => "do".to_owned(),
        }
    }
}

//! Why a task did not end, and what becomes of it.

use aws::QueueError;
use aws::batch::{Hopeless, Verdict};
use aws::bus::BusError;
use aws::task_token::TokenError;
use connector::ConnectorError;
use connector::retry::End;
use inbound_auth::KeysUnavailable;
use startup::logging::chain;
use store::StoreError;
use work_items::WorkItemError;

/// Why a task did not end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The message is no task that this version knows.
    #[error("failed to read a task")]
    Unknown(#[from] WorkItemError),
    /// What the task is about is not on the ledger.
    #[error("failed to find on the ledger what the task is about")]
    NotOnLedger,
    /// What is to be sent again has not ended, or another request is at it.
    #[error("failed to send again what has not ended")]
    NotEnded,
    /// The table did not do what was asked.
    #[error("failed at the table")]
    Store(#[from] StoreError),
    /// What is left could not be queued.
    #[error("failed to queue what is left")]
    Queue(#[from] QueueError),
    /// The event could not be published.
    #[error("failed to publish an event")]
    Bus(#[from] BusError),
    /// The execution that waits for a click could not be answered.
    #[error("failed to answer a task token")]
    TaskToken(#[from] TokenError),
    /// Teams did not do what was asked, and may later.
    #[error("failed to get an answer from Teams")]
    Teams(#[source] ConnectorError),
    /// Teams refused for good.
    #[error("failed because Teams refused: {end}")]
    Refused {
        /// What the refusal means.
        end: End,
        /// What Teams answered.
        #[source]
        source: ConnectorError,
    },
    /// The signing keys could not be fetched.
    #[error("failed to refresh the signing keys")]
    Keys(#[from] KeysUnavailable),
    /// Another try is at it.
    #[error("failed to begin: another try is at it")]
    UnderWay,
}

impl Failure {
    /// The stable word for logs, alarms and dead letters.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Unknown(error) => error.error_type(),
            Self::NotOnLedger => "NotOnLedger",
            Self::NotEnded => "NotEnded",
            Self::Store(error) => error.error_type(),
            Self::Queue(QueueError::Refused { .. }) => "QueueRefused",
            Self::Queue(_) => "QueueUnavailable",
            Self::Bus(BusError::Refused { .. }) => "EventRefused",
            Self::Bus(BusError::Unavailable(_)) => "EventBusUnavailable",
            Self::TaskToken(TokenError::Refused { .. }) => "TaskTokenRefused",
            Self::TaskToken(TokenError::Unavailable(_)) => "StepFunctionsUnavailable",
            Self::Teams(_) => "TeamsUnavailable",
            Self::Refused { end, .. } => match end {
                End::Misconfigured => "CredentialsRefused",
                _ => "TeamsRefused",
            },
            Self::Keys(_) => "SigningKeysUnavailable",
            Self::UnderWay => "UnderWay",
        }
    }

    /// What becomes of the message: shown again, unless no try can ever succeed.
    ///
    /// What an operator can mend (a missing table, a refused credential) is shown again too: the queue gives up on it
    /// only after some hours, and a redrive brings it back.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Unknown(error) => Verdict::Never(self.hopeless(error.error_path())),
            Self::NotOnLedger
            | Self::NotEnded
            | Self::Store(StoreError::Unreadable { .. } | StoreError::TooLarge) => {
                Verdict::Never(self.hopeless(String::new()))
            }
            Self::Refused { end, .. } if *end != End::Misconfigured => {
                Verdict::Never(self.hopeless(String::new()))
            }
            _ => Verdict::Retry(chain(self)),
        }
    }

    fn hopeless(&self, error_path: String) -> Hopeless {
        Hopeless {
            error_type: self.error_type(),
            error_path,
            message: chain(self),
        }
    }
}

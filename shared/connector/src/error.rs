use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use entra::TokenError;
use http_client::{HttpError, StatusCode};

use crate::prepared::TooLarge;
use crate::rejection::Rejection;
use crate::retry::{End, Outcome};
use crate::transport::TransportError;

/// Why an operation has no result. Cheap to clone.
///
/// What to do about it is decided by [`retry::decide`](crate::retry::decide),
/// which takes the [`outcome`](ConnectorError::outcome).
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConnectorError {
    /// The host may not have the bot's token. No token was fetched, nothing was
    /// sent. Somebody tampered with a reference, or the operator must list the
    /// host.
    #[error("failed to call the Connector: {host} is not a trusted host")]
    UntrustedServiceUrl {
        /// The host of the service URL.
        host: String,
    },
    /// An id is empty or is a dot segment, and would make another path. Nothing
    /// was sent.
    #[error("failed to call the Connector: an id is empty or not an id")]
    BadId,
    /// The activity is too large. Nothing was sent.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// There is no token. Nothing was sent.
    #[error("failed to call the Connector: no app token")]
    Token(#[source] TokenError),
    /// The Connector answered, and did not do it.
    #[error("failed to call the Connector: it answered {0}")]
    Rejected(Box<Rejection>),
    /// No connection came about: the request was not written. Trying again
    /// doubles nothing.
    #[error("failed to connect to the Connector")]
    NotSent(#[source] Arc<dyn Error + Send + Sync>),
    /// The request was written, or may have been, and no whole answer came. A
    /// message may have arrived.
    #[error("failed to get an answer from the Connector")]
    Unanswered(#[source] Arc<dyn Error + Send + Sync>),
    /// The Connector did it, but its answer cannot be read: what it should say
    /// is missing.
    #[error("failed to read an answer of the Connector (status {status})")]
    Unreadable {
        /// The status of the answer, which is one of success.
        status: StatusCode,
    },
}

impl ConnectorError {
    /// What the retry decision needs to know.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::UntrustedServiceUrl { .. } => Outcome::Refused(End::UntrustedHost),
            Self::BadId => Outcome::Refused(End::BadRequest),
            Self::TooLarge(_) => Outcome::Refused(End::TooLarge),
            Self::Token(error) if error.is_retryable() => Outcome::NoToken,
            Self::Token(_) => Outcome::Refused(End::Misconfigured),
            Self::Rejected(rejection) => Outcome::Rejected(rejection.meaning()),
            Self::NotSent(_) => Outcome::NotSent,
            Self::Unanswered(_) => Outcome::Unanswered,
            Self::Unreadable { .. } => Outcome::Unreadable,
        }
    }

    /// How long the Connector, or Entra, asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rejected(rejection) => rejection.retry_after,
            Self::Token(error) => error.retry_after(),
            _ => None,
        }
    }

    /// The answer of the Connector, when it refused.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// Tells apart what was never written from what may have arrived.
    pub(crate) fn from_sending(error: HttpError) -> Self {
        if error.is_unsent() {
            Self::NotSent(Arc::new(error))
        } else {
            Self::Unanswered(Arc::new(error))
        }
    }

    /// The same of another way than the network.
    pub(crate) fn from_transport(error: TransportError) -> Self {
        match error {
            TransportError::NotSent(error) => Self::NotSent(error.into()),
            TransportError::Unanswered(error) => Self::Unanswered(error.into()),
        }
    }
}

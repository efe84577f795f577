use std::error::Error;

use hyper_util::client::legacy;
use tokio::time::error::Elapsed;

/// Why a request has no answer. It has nothing of the URL, in which there may be ids of people.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL or a header is not one. Nothing was sent.
    #[error("the request has a URL or a header that is not valid")]
    Invalid(#[source] http::Error),
    /// No connection came about in time. Nothing was sent.
    #[error("the connection took too long")]
    ConnectTimedOut,
    /// No connection came about. Nothing was sent.
    #[error("no connection came about")]
    NotConnected(#[source] legacy::Error),
    /// No whole answer came in time. The request may have arrived.
    #[error("the answer took too long")]
    TimedOut,
    /// The connection broke. The request may have arrived.
    #[error("the connection broke")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl HttpError {
    /// Whether the peer cannot have seen anything of the request.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::ConnectTimedOut | Self::NotConnected(_) => true,
            Self::TimedOut | Self::Broken(_) => false,
        }
    }

    /// Whether it took too long, the connection or all of it.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::ConnectTimedOut | Self::TimedOut)
    }

    /// A path alone leads nowhere.
    pub(crate) fn not_absolute() -> Self {
        let error = http::Uri::builder().scheme("http").build();
        Self::Invalid(error.expect_err("a scheme needs a host"))
    }
}

impl From<legacy::Error> for HttpError {
    fn from(error: legacy::Error) -> Self {
        if !error.is_connect() {
            return Self::Broken(error.into());
        }
        let cause = error.source();
        if cause.is_some_and(|cause| cause.is::<Elapsed>()) {
            return Self::ConnectTimedOut;
        }
        Self::NotConnected(error)
    }
}

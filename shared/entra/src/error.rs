use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_client::{HttpError, StatusCode};

use crate::credential::CredentialError;

/// Why there is no app token. Whoever waited for the same request gets the
/// same error, so it is cheap to clone.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    /// Entra answered and gave no token. The registration or its credential
    /// must be mended, unless the refusal says that it is temporary.
    #[error("failed to get an app token: Entra refused it: {0}")]
    Refused(Refusal),
    /// Entra did not answer. Try again later.
    #[error("failed to get an app token: no answer from Entra")]
    Unreachable(#[source] Arc<HttpError>),
    /// The answer is not one of Entra's: something else stands at its address.
    /// Try again later; if it stays, look at the authority's address.
    #[error("failed to get an app token: the answer (status {status}) is not Entra's")]
    Unreadable {
        /// The status of the answer.
        status: StatusCode,
    },
    /// The application's own credential could not be had.
    #[error("failed to get an app token: no credential")]
    Credential(#[source] CredentialError),
}

impl TokenError {
    /// Whether trying again later can help without anybody mending anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_temporary(),
            Self::Unreachable(_) | Self::Unreadable { .. } => true,
            Self::Credential(error) => error.is_retryable(),
        }
    }

    /// How long Entra asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

/// An answer of Entra that is not a token.
///
/// It has no text of Entra's: that names tenants, applications and addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer.
    pub status: StatusCode,
    /// The OAuth error, such as `invalid_client`.
    pub error: Option<String>,
    /// The number of the `AADSTS…` code.
    pub code: Option<u32>,
    /// Entra's name for this request, for a support case.
    pub trace_id: Option<String>,
    /// How long Entra asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Whether Entra says that it is its own trouble, or too many requests.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status.is_server_error()
            || matches!(
                self.error.as_deref(),
                Some("temporarily_unavailable" | "server_error")
            )
    }

    /// Whether the credential itself was refused: wrong or expired secret
    /// (AADSTS7000215, AADSTS7000222), or a certificate that is not registered
    /// (AADSTS700027). Somebody may have replaced it since it was read.
    #[must_use]
    pub fn is_of_the_credential(&self) -> bool {
        matches!(self.code, Some(7_000_215 | 7_000_222 | 700_027))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status.as_u16())?;
        if let Some(code) = self.code {
            write!(f, ", AADSTS{code}")?;
        }
        if let Some(error) = &self.error {
            write!(f, ", {}", error.escape_debug())?;
        }
        Ok(())
    }
}

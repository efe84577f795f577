use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::certificate::Certificate;

/// Text that nobody may see: Debug output is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes the text as it is.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text. Give it to nobody but the authority.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// How an application proves itself to Entra.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A client secret.
    Secret(Secret),
    /// A certificate; each token request is signed with its key.
    Certificate(Certificate),
    /// A signed assertion of another issuer, whom the registration trusts
    /// (federation).
    Assertion(Secret),
}

/// Which copy of a credential is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// A kept copy will do.
    Cached,
    /// Entra has just refused the kept copy: read it again where it is stored.
    Reread,
}

/// Where the credential comes from: the environment, a secret store, another
/// issuer of assertions.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credential. Called once per token request, so a source that mints
    /// short-lived assertions can mint one each time.
    ///
    /// # Errors
    ///
    /// [`CredentialError`], which says whether trying again can help.
    async fn current(&self, freshness: Freshness) -> Result<Credential, CredentialError>;
}

/// A credential that is known at start and never changes.
#[derive(Clone, Debug)]
pub struct Fixed(pub Credential);

#[async_trait]
impl CredentialSource for Fixed {
    async fn current(&self, _: Freshness) -> Result<Credential, CredentialError> {
        Ok(self.0.clone())
    }
}

/// The credential could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("failed to read the application's credential")]
pub struct CredentialError {
    retryable: bool,
    #[source]
    source: Arc<dyn Error + Send + Sync>,
}

impl CredentialError {
    /// Trying again later can help: the store did not answer, for example.
    pub fn temporary(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            retryable: true,
            source: Arc::from(source.into()),
        }
    }

    /// Somebody must mend something: no such secret, no permission, not PEM.
    pub fn permanent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            retryable: false,
            source: Arc::from(source.into()),
        }
    }

    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}

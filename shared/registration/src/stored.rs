//! A credential in Secrets Manager.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws::SecretsManager;
use entra::{Certificate, Credential, CredentialError, CredentialSource, Freshness, Secret};

/// A credential that is read from Secrets Manager when it is first needed, kept, and read again when Entra refuses it:
/// whoever rotates a secret need not deploy anything.
pub struct StoredCredential {
    secrets: SecretsManager,
    id: String,
    read: fn(&str) -> Result<Credential, CredentialError>,
    kept: Mutex<Option<Credential>>,
}

impl StoredCredential {
    /// The secret's text is the client secret; white space around it is not.
    #[must_use]
    pub fn password(secrets: SecretsManager, id: &str) -> Self {
        Self::new(secrets, id, |text| {
            Ok(Credential::Secret(Secret::new(text.trim())))
        })
    }

    /// The secret's text is a certificate and its key, both PEM.
    #[must_use]
    pub fn certificate(secrets: SecretsManager, id: &str) -> Self {
        Self::new(secrets, id, |text| {
            Certificate::from_pem(text)
                .map(Credential::Certificate)
                .map_err(CredentialError::permanent)
        })
    }

    fn new(
        secrets: SecretsManager,
        id: &str,
        read: fn(&str) -> Result<Credential, CredentialError>,
    ) -> Self {
        Self {
            secrets,
            id: id.to_owned(),
            read,
            kept: Mutex::new(None),
        }
    }
}

#[async_trait]
impl CredentialSource for StoredCredential {
    async fn current(&self, freshness: Freshness) -> Result<Credential, CredentialError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if freshness == Freshness::Cached
            && let Some(credential) = &*kept()
        {
            return Ok(credential.clone());
        }
        if freshness == Freshness::Reread {
            tracing::warn!("Entra refused the credential, reading it again from Secrets Manager");
        }
        let text = self.secrets.read(&self.id).await.map_err(|error| {
            if error.is_retryable() {
                CredentialError::temporary(error)
            } else {
                CredentialError::permanent(error)
            }
        })?;
        let credential = (self.read)(&text)?;
        *kept() = Some(credential.clone());
        Ok(credential)
    }
}

impl fmt::Debug for StoredCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCredential")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

//! Secrets Manager.

use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;

use crate::clients::AwsClients;

/// Reads secrets from AWS Secrets Manager, each time anew: whoever uses a secret knows how long to keep it.
#[derive(Debug, Clone)]
pub struct SecretsManager {
    clients: AwsClients,
}

impl SecretsManager {
    /// Reads with a client that is made when a secret is read.
    #[must_use]
    pub fn new(clients: &AwsClients) -> Self {
        Self {
            clients: clients.clone(),
        }
    }

    /// The current text of the secret with this name or ARN.
    ///
    /// # Errors
    ///
    /// [`SecretError`]. Its text holds the service's code, never the secret.
    pub async fn read(&self, id: &str) -> Result<String, SecretError> {
        let client = self.clients.secrets_manager();
        let request = client.get_secret_value().secret_id(id);
        let answer = request.send().await.map_err(|error| {
            let refused = error
                .raw_response()
                .is_some_and(|answer| answer.status().is_client_error());
            match error.code() {
                Some("ResourceNotFoundException") => SecretError::NotFound,
                Some(code) if refused && !code.contains("Throttl") => SecretError::Refused {
                    code: code.to_owned(),
                },
                _ => SecretError::Unavailable(error.into()),
            }
        })?;
        answer.secret_string.ok_or(SecretError::NotText)
    }
}

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is none of this name, or it has no current version.
    #[error("the secret does not exist")]
    NotFound,
    /// We may not read or decrypt it.
    #[error("the secret may not be read ({code})")]
    Refused {
        /// The service's code.
        code: String,
    },
    /// It is binary; ours are text.
    #[error("the secret is not text")]
    NotText,
    /// Secrets Manager did not answer. Trying again may help.
    #[error("Secrets Manager did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SecretError {
    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

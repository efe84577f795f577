//! Secrets Manager.

use serde::{Deserialize, Serialize};

use crate::call::CallError;
use crate::clients::AwsClients;
use crate::settings::Service;

/// Reads secrets from AWS Secrets Manager, each time anew: whoever uses a secret knows how long to keep it.
#[derive(Debug, Clone)]
pub struct SecretsManager {
    clients: AwsClients,
}

impl SecretsManager {
    /// Nothing is read yet.
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
        let question = GetSecretValue { secret_id: id };
        let manager = self.clients.caller(Service::SecretsManager);
        let answer: SecretValue = manager
            .ask("GetSecretValue", &question)
            .await
            .map_err(error)?;
        answer.secret_string.ok_or(SecretError::NotText)
    }
}

/// What `GetSecretValue` takes, as far as it is used here. See the AWS Secrets Manager API reference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue<'a> {
    secret_id: &'a str,
}

/// What it answers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SecretValue {
    secret_string: Option<String>,
}

fn error(error: CallError) -> SecretError {
    match error.for_good() {
        Some("ResourceNotFoundException") => SecretError::NotFound,
        Some(code) => SecretError::Refused {
            code: code.to_owned(),
        },
        None => SecretError::Unavailable(error.into()),
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

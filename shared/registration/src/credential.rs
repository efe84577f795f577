//! The one credential that is set.

use entra::{AppType, Secret};
use startup::Environment;

const PASSWORD: &str = "MICROSOFT_APP_PASSWORD";
const PASSWORD_SECRET: &str = "MICROSOFT_APP_PASSWORD_SECRET_ID";
const CERTIFICATE_SECRET: &str = "MICROSOFT_APP_CERTIFICATE_SECRET_ID";
const FEDERATED: &str = "MICROSOFT_APP_FEDERATED";
const ALL: [&str; 4] = [PASSWORD, PASSWORD_SECRET, CERTIFICATE_SECRET, FEDERATED];

/// Where the bot's credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSetting {
    /// `MICROSOFT_APP_PASSWORD`: the client secret itself.
    Password(Secret),
    /// `MICROSOFT_APP_PASSWORD_SECRET_ID`: the client secret is in Secrets Manager.
    PasswordSecret(String),
    /// `MICROSOFT_APP_CERTIFICATE_SECRET_ID`: a PEM certificate and its key are in Secrets Manager.
    CertificateSecret(String),
}

impl CredentialSetting {
    pub(crate) fn from_environment(
        env: &mut Environment,
        app_type: Option<AppType>,
    ) -> Option<Self> {
        let mut set = ALL
            .into_iter()
            .filter_map(|name| env.optional(name).map(|value| (name, value)));
        let Some((name, value)) = set.next() else {
            env.problem(
                PASSWORD_SECRET,
                format!(
                    "is not set, nor is {PASSWORD}, {CERTIFICATE_SECRET} or {FEDERATED}: set exactly one"
                ),
            );
            return None;
        };
        let others: Vec<&str> = set.map(|(name, _)| name).collect();
        if !others.is_empty() {
            let others = others.join(" and ");
            env.problem(name, format!("is set, and so is {others}: set exactly one"));
            return None;
        }
        match name {
            PASSWORD => Some(Self::Password(Secret::new(value))),
            PASSWORD_SECRET => Some(Self::PasswordSecret(value)),
            CERTIFICATE_SECRET => Some(Self::CertificateSecret(value)),
            _ => {
                env.problem(FEDERATED, federated(&value, app_type));
                None
            }
        }
    }
}

/// What is wrong with asking for a federated credential.
fn federated(value: &str, app_type: Option<AppType>) -> &'static str {
    match (value, app_type) {
        ("aws", Some(AppType::MultiTenant)) => "needs MICROSOFT_APP_TYPE SingleTenant",
        ("aws", _) => "is not available in this version",
        _ => "must be aws",
    }
}

#![doc = include_str!("../README.md")]

mod address;
mod credential;
mod stored;
mod tenants;

use std::sync::Arc;

use activity::{AppId, Cloud, HostPolicy, TenantId};
use aws::{AwsClients, SecretsManager};
use entra::{AppTokens, AppType, Credential, CredentialSource, Fixed};
use http_client::HttpClient;
use startup::{Clock, Environment};

pub use credential::CredentialSetting;
pub use stored::StoredCredential;
pub use tenants::AllowedTenants;

/// The bot's registration with Microsoft.
#[derive(Debug, Clone)]
pub struct Registration {
    /// `MICROSOFT_APP_ID`.
    pub app_id: AppId,
    /// `MICROSOFT_APP_TENANT_ID`, the home tenant.
    pub tenant: TenantId,
    /// `MICROSOFT_APP_TYPE`.
    pub app_type: AppType,
    /// `MICROSOFT_CLOUD`.
    pub cloud: Cloud,
    /// Where tokens are asked for, without a trailing slash: the cloud's, or `AZURE_AUTHORITY_HOST`.
    pub authority: String,
    /// Where the signing keys of inbound tokens are announced: the cloud's, or `BOT_OPENID_METADATA`.
    pub openid_metadata: String,
    /// Microsoft Graph, without a trailing slash: the cloud's, or `MICROSOFT_GRAPH_ENDPOINT`.
    pub graph: String,
    /// The service URLs that may get the bot's token: the cloud's hosts and `TRUSTED_SERVICE_HOSTS`.
    pub hosts: HostPolicy,
    /// `ALLOWED_TENANTS`, else the home tenant.
    pub tenants: AllowedTenants,
    /// The one credential that is set.
    pub credential: CredentialSetting,
}

impl Registration {
    /// Reads the `MICROSOFT_…` variables and their neighbours; what is wrong with them is noted in `env`.
    ///
    /// Nothing is fetched: a secret in Secrets Manager is read when the first token is needed.
    pub fn from_environment(env: &mut Environment) -> Option<Self> {
        let app_id = env.required("MICROSOFT_APP_ID");
        let tenant = env.required("MICROSOFT_APP_TENANT_ID");
        // Teams writes GUIDs in lower case; they are equal whatever their case.
        let tenant = tenant.map(|id| TenantId::new(id.to_ascii_lowercase()));
        let app_type = env.parsed_or("MICROSOFT_APP_TYPE", AppType::default());
        let cloud = env.parsed_or("MICROSOFT_CLOUD", Cloud::default());
        let credential = CredentialSetting::from_environment(env, app_type);
        // The rest is read even if the cloud is unknown, so that its faults are found in the same start.
        let endpoints = cloud.unwrap_or_default().endpoints();
        let login = format!("https://{}", endpoints.login_host);
        let authority = address::overridden(env, "AZURE_AUTHORITY_HOST", &login);
        let metadata = address::overridden(env, "BOT_OPENID_METADATA", endpoints.openid_metadata);
        let graph = address::overridden(env, "MICROSOFT_GRAPH_ENDPOINT", endpoints.graph_endpoint);
        let added = env.optional("TRUSTED_SERVICE_HOSTS").unwrap_or_default();
        let hosts = HostPolicy::for_cloud(cloud.unwrap_or_default()).with_hosts(&added);
        let hosts = env.attempt("TRUSTED_SERVICE_HOSTS", hosts);
        let allowed = env.optional("ALLOWED_TENANTS");
        let tenant = tenant?;
        Some(Self {
            app_id: AppId::new(app_id?),
            tenants: AllowedTenants::read(allowed.as_deref(), &tenant),
            tenant,
            app_type: app_type?,
            cloud: cloud?,
            authority: authority?,
            openid_metadata: metadata?,
            graph: graph?,
            hosts: hosts?,
            credential: credential?,
        })
    }

    /// The bot's app tokens. Asks nobody anything yet: a secret in Secrets Manager is read for the first token.
    ///
    /// Make one per process and clone it.
    #[must_use]
    pub fn app_tokens(
        &self,
        http: HttpClient,
        aws: &AwsClients,
        clock: Arc<dyn Clock>,
    ) -> AppTokens {
        let (app_id, tenant) = (self.app_id.clone(), self.tenant.clone());
        let registration = entra::Registration::new(self.cloud, app_id, tenant, self.app_type)
            .with_authority(&self.authority)
            .expect("the authority was read by the same rule");
        let now = Arc::new(move || clock.now());
        AppTokens::new(http, registration, self.credentials(aws), now)
    }

    /// Where the credential comes from.
    #[must_use]
    pub fn credentials(&self, aws: &AwsClients) -> Arc<dyn CredentialSource> {
        let secrets = || SecretsManager::new(aws);
        match &self.credential {
            CredentialSetting::Password(secret) => {
                Arc::new(Fixed(Credential::Secret(secret.clone())))
            }
            CredentialSetting::PasswordSecret(id) => {
                Arc::new(StoredCredential::password(secrets(), id))
            }
            CredentialSetting::CertificateSecret(id) => {
                Arc::new(StoredCredential::certificate(secrets(), id))
            }
        }
    }
}

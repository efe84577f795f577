//! The table and queues of a deployment, as the environment names them.

use activity::TenantId;
use anyhow::Context as _;
use aws::AwsClients;
use http_client::HttpClient;
use startup::Environment;
use store::Store;

/// Where a command works: the same variables that the functions have.
///
/// Credentials are those of the environment too; a profile's are put there by
/// `eval "$(aws configure export-credentials --format env)"`.
pub(crate) struct Deployment {
    /// `MICROSOFT_APP_TENANT_ID`.
    pub(crate) tenant: TenantId,
    /// The table, by `TABLE_NAME`.
    pub(crate) store: Store,
}

impl Deployment {
    /// Reads the variables; every one that is missing is named.
    pub(crate) fn from_environment(mut environment: Environment) -> anyhow::Result<Self> {
        let settings = environment.section(aws::Settings::from_lookup);
        let tenant = environment.required("MICROSOFT_APP_TENANT_ID");
        let table = environment.required("TABLE_NAME");
        environment
            .finish(|| {
                let clients = AwsClients::new(HttpClient::new(), settings?);
                Some(Self {
                    tenant: TenantId::new(tenant?),
                    store: Store::new(clients.dynamodb(), table?),
                })
            })
            .context("set the variables of the deployment; credentials of a profile come with: eval \"$(aws configure export-credentials --format env)\"")
    }
}

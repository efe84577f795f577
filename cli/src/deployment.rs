//! The table and queues of a deployment, as the environment names them.

use std::collections::BTreeMap;

use activity::TenantId;
use anyhow::Context as _;
use aws::{AwsClients, OutgoingMessage, Queue as _, SqsQueue};
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
    /// The clients of everything else.
    pub(crate) clients: AwsClients,
    values: BTreeMap<&'static str, String>,
}

impl Deployment {
    /// Reads the variables that every command needs.
    pub(crate) fn from_environment(environment: Environment) -> anyhow::Result<Self> {
        Self::with(environment, &[])
    }

    /// Reads the variables that every command needs, and these; every one that is missing is named.
    pub(crate) fn with(
        mut environment: Environment,
        variables: &[&'static str],
    ) -> anyhow::Result<Self> {
        let settings = environment.section(aws::Settings::from_lookup);
        let tenant = environment.required("MICROSOFT_APP_TENANT_ID");
        let table = environment.required("TABLE_NAME");
        let values: BTreeMap<_, _> = variables
            .iter()
            .filter_map(|name| Some((*name, environment.required(name)?)))
            .collect();
        environment
            .finish(|| {
                let clients = AwsClients::new(HttpClient::new(), settings?);
                Some(Self {
                    tenant: TenantId::new(tenant?.to_ascii_lowercase()),
                    store: Store::new(clients.dynamodb(), table?),
                    clients,
                    values,
                })
            })
            .context(
                "name the deployment with --stack NAME, or set its variables (docs/operations.md); for a \
                 local run: eval \"$(tidings local --env)\"",
            )
    }

    /// Puts a message into the queue whose URL is in this variable.
    pub(crate) async fn queue(
        &self,
        variable: &'static str,
        message: OutgoingMessage,
    ) -> anyhow::Result<()> {
        let url = self.value(variable);
        SqsQueue::new(&self.clients, url)
            .send(vec![message])
            .await
            .with_context(|| format!("failed to queue it in {url}; nothing was changed"))
    }

    /// The value of a variable that [`with`](Self::with) asked for.
    pub(crate) fn value(&self, variable: &'static str) -> &str {
        self.values.get(variable).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_is_missing_is_named() {
        let environment = Environment::from_pairs([("AWS_REGION", "eu-west-1")]);
        let Err(error) = Deployment::with(environment, &["NOTIFICATION_QUEUE_URL"]) else {
            panic!("almost nothing is set");
        };
        let error = format!("{error:#}");
        for variable in [
            "AWS_ACCESS_KEY_ID",
            "MICROSOFT_APP_TENANT_ID",
            "TABLE_NAME",
            "NOTIFICATION_QUEUE_URL",
            "tidings local --env",
        ] {
            assert!(error.contains(variable), "{variable}: {error}");
        }
    }
}

//! What `notify` reads from its environment.

use activity::ids::TenantId;
use startup::{ConfigError, Environment};

use crate::broadcasts::Broadcasts;

/// The function's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region, credentials, endpoints.
    pub aws: aws::Settings,
    /// `TABLE_NAME`.
    pub table: String,
    /// `MICROSOFT_APP_TENANT_ID`: the tenant of a notification that names none.
    pub home_tenant: TenantId,
    /// `NOTIFICATION_QUEUE_URL`: where planning goes on.
    pub notification_queue: String,
    /// `NOTIFICATION_DEAD_LETTER_QUEUE_URL`: where a message goes that can never succeed.
    pub dead_letter_queue: String,
    /// `DELIVERY_QUEUE_URL`: chunks of few recipients.
    pub delivery_queue: String,
    /// `BROADCAST_QUEUE_URL`: chunks of many recipients.
    pub broadcast_queue: String,
    /// `BROADCAST_…`, `CANARY_…`, `DELIVERY_RATE`, `ADMINS`: what goes to many is asked for and tried out.
    pub broadcasts: Broadcasts,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or cannot be used; the process cannot start.
    pub fn from_environment(mut env: Environment) -> Result<Self, ConfigError> {
        let aws = env.section(aws::Settings::from_lookup);
        let table = env.required("TABLE_NAME");
        let home_tenant = env.required("MICROSOFT_APP_TENANT_ID");
        let notification_queue = env.required("NOTIFICATION_QUEUE_URL");
        let dead_letter_queue = env.required("NOTIFICATION_DEAD_LETTER_QUEUE_URL");
        let delivery_queue = env.required("DELIVERY_QUEUE_URL");
        let broadcast_queue = env.required("BROADCAST_QUEUE_URL");
        let broadcasts = Broadcasts::from_environment(&mut env);
        env.finish(|| {
            Some(Self {
                aws: aws?,
                table: table?,
                home_tenant: TenantId::new(home_tenant?.to_ascii_lowercase()),
                notification_queue: notification_queue?,
                dead_letter_queue: dead_letter_queue?,
                delivery_queue: delivery_queue?,
                broadcast_queue: broadcast_queue?,
                broadcasts: broadcasts?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let env = Environment::from_pairs([("AWS_REGION", "eu-west-1"), ("TABLE_NAME", "")]);
        let error = Config::from_environment(env).expect_err("almost nothing is set");
        let missing: Vec<_> = error
            .problems
            .iter()
            .map(|problem| problem.variable)
            .collect();
        assert_eq!(
            missing,
            [
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "TABLE_NAME",
                "MICROSOFT_APP_TENANT_ID",
                "NOTIFICATION_QUEUE_URL",
                "NOTIFICATION_DEAD_LETTER_QUEUE_URL",
                "DELIVERY_QUEUE_URL",
                "BROADCAST_QUEUE_URL",
            ]
        );
    }
}

//! What `polls` reads from its environment.

use activity::ids::TenantId;
use aws::SchedulerConfig;
use startup::{ConfigError, Environment};

/// How long a tick that could not be delivered is tried again; the sweep does what it would have done by then.
const LONGEST_RETRY_SECONDS: u32 = 600;
const RETRIES: u32 = 5;

/// The function's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region, credentials, endpoints.
    pub aws: aws::Settings,
    /// `MICROSOFT_APP_TENANT_ID`: the tenant of a poll that names none.
    pub home_tenant: TenantId,
    /// `TABLE_NAME`.
    pub table: String,
    /// `BALLOT_TABLE_NAME`: where the ballots of anonymous polls lie until they are counted.
    pub ballot_table: String,
    /// `NOTIFICATION_QUEUE_URL`: where what is asked and told is planned.
    pub notification_queue: String,
    /// `TASK_QUEUE_URL`: where cards are replaced.
    pub task_queue: String,
    /// `POLLS_DEAD_LETTER_QUEUE_URL`: where goes what can never succeed.
    pub dead_letter_queue: String,
    /// `EVENT_BUS_NAME`: where it is told that a poll has closed; absent, nowhere.
    pub event_bus: Option<String>,
    /// `SCHEDULE_GROUP`, `SCHEDULE_TARGET_ARN`, `SCHEDULE_ROLE_ARN`, `SCHEDULE_DEAD_LETTER_QUEUE_ARN`: how ticks are made.
    pub scheduler: SchedulerConfig,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or cannot be used; the process cannot start.
    pub fn from_environment(mut env: Environment) -> Result<Self, ConfigError> {
        let aws = env.section(aws::Settings::from_lookup);
        let home_tenant = env.required("MICROSOFT_APP_TENANT_ID");
        let table = env.required("TABLE_NAME");
        let ballot_table = env.required("BALLOT_TABLE_NAME");
        let notification_queue = env.required("NOTIFICATION_QUEUE_URL");
        let task_queue = env.required("TASK_QUEUE_URL");
        let dead_letter_queue = env.required("POLLS_DEAD_LETTER_QUEUE_URL");
        let event_bus = env.optional("EVENT_BUS_NAME");
        let group = env.required("SCHEDULE_GROUP");
        let target = env.required("SCHEDULE_TARGET_ARN");
        let role = env.required("SCHEDULE_ROLE_ARN");
        let dead_letters = env.required("SCHEDULE_DEAD_LETTER_QUEUE_ARN");
        env.finish(|| {
            Some(Self {
                aws: aws?,
                home_tenant: TenantId::new(home_tenant?.to_ascii_lowercase()),
                table: table?,
                ballot_table: ballot_table?,
                notification_queue: notification_queue?,
                task_queue: task_queue?,
                dead_letter_queue: dead_letter_queue?,
                event_bus,
                scheduler: SchedulerConfig {
                    group: group?,
                    target: target?,
                    role: role?,
                    dead_letters: dead_letters?,
                    longest_retry_seconds: LONGEST_RETRY_SECONDS,
                    retries: RETRIES,
                },
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
                "MICROSOFT_APP_TENANT_ID",
                "TABLE_NAME",
                "BALLOT_TABLE_NAME",
                "NOTIFICATION_QUEUE_URL",
                "TASK_QUEUE_URL",
                "POLLS_DEAD_LETTER_QUEUE_URL",
                "SCHEDULE_GROUP",
                "SCHEDULE_TARGET_ARN",
                "SCHEDULE_ROLE_ARN",
                "SCHEDULE_DEAD_LETTER_QUEUE_ARN",
            ]
        );
    }
}

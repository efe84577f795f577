//! What `tasks` reads from its environment.

use delivery_events::Level;
use pacing::Rate;
use registration::Registration;
use startup::{ConfigError, Environment};

/// The function's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region, credentials, endpoints.
    pub aws: aws::Settings,
    /// Who the bot is, and whom it talks to.
    pub registration: Registration,
    /// `TABLE_NAME`.
    pub table: String,
    /// `OTHER_RATE`: how often Teams is asked a second for what is no delivery.
    pub other_rate: Rate,
    /// `NOTIFICATION_QUEUE_URL`: where held notifications go.
    pub notification_queue: String,
    /// `DELIVERY_QUEUE_URL`: where held chunks of few recipients go.
    pub delivery_queue: String,
    /// `BROADCAST_QUEUE_URL`: where held chunks of many recipients go.
    pub broadcast_queue: String,
    /// `TASK_QUEUE_URL`: where a task goes on that did not end.
    pub task_queue: String,
    /// `TASK_DEAD_LETTER_QUEUE_URL`: where work goes that can never succeed.
    pub dead_letter_queue: String,
    /// `EVENT_BUS_NAME`: where our own events are published, if anywhere.
    pub event_bus: Option<String>,
    /// `DELIVERY_EVENTS`: what of deliveries is told there.
    pub delivery_events: Option<Level>,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or cannot be used; the process cannot start.
    pub fn from_environment(mut env: Environment) -> Result<Self, ConfigError> {
        let aws = env.section(aws::Settings::from_lookup);
        let registration = Registration::from_environment(&mut env);
        let table = env.required("TABLE_NAME");
        let other_rate = env.parsed_or("OTHER_RATE", Rate::OTHER);
        let notification_queue = env.required("NOTIFICATION_QUEUE_URL");
        let delivery_queue = env.required("DELIVERY_QUEUE_URL");
        let broadcast_queue = env.required("BROADCAST_QUEUE_URL");
        let task_queue = env.required("TASK_QUEUE_URL");
        let dead_letter_queue = env.required("TASK_DEAD_LETTER_QUEUE_URL");
        let event_bus = env.optional("EVENT_BUS_NAME");
        let delivery_events = delivery_events(&mut env);
        env.finish(|| {
            Some(Self {
                aws: aws?,
                registration: registration?,
                table: table?,
                other_rate: other_rate?,
                notification_queue: notification_queue?,
                delivery_queue: delivery_queue?,
                broadcast_queue: broadcast_queue?,
                task_queue: task_queue?,
                dead_letter_queue: dead_letter_queue?,
                event_bus,
                delivery_events,
            })
        })
    }
}

/// What is told of deliveries; nothing said means the default of [`Level::with_bus`].
fn delivery_events(env: &mut Environment) -> Option<Level> {
    const NAME: &str = "DELIVERY_EVENTS";
    let text = env.optional(NAME)?;
    let level = text.parse();
    if level.is_err() {
        env.problem(NAME, "must be off, notification, chunk or recipient");
    }
    level.ok()
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
                "MICROSOFT_APP_ID",
                "MICROSOFT_APP_TENANT_ID",
                "MICROSOFT_APP_PASSWORD_SECRET_ID",
                "TABLE_NAME",
                "NOTIFICATION_QUEUE_URL",
                "DELIVERY_QUEUE_URL",
                "BROADCAST_QUEUE_URL",
                "TASK_QUEUE_URL",
                "TASK_DEAD_LETTER_QUEUE_URL",
            ]
        );
    }
}

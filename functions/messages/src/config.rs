//! What `messages` reads from its environment.

use std::collections::BTreeSet;

use activity::ObjectId;
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
    /// `BALLOT_TABLE_NAME`: where the ballots of anonymous polls lie; absent, nobody can vote in one.
    pub ballot_table: Option<String>,
    /// `TASK_QUEUE_URL`: where slow work goes.
    pub task_queue: String,
    /// `EVENT_BUS_NAME`: where new polls and what owners want of theirs are published; absent, chat starts no polls.
    pub event_bus: Option<String>,
    /// `ADMINS`: who may decide for every channel and chat.
    pub admins: Admins,
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
        let ballot_table = env.optional("BALLOT_TABLE_NAME");
        let task_queue = env.required("TASK_QUEUE_URL");
        let event_bus = env.optional("EVENT_BUS_NAME");
        let admins = Admins::read(env.optional("ADMINS").as_deref());
        env.finish(|| {
            Some(Self {
                aws: aws?,
                registration: registration?,
                table: table?,
                ballot_table,
                task_queue: task_queue?,
                event_bus,
                admins,
            })
        })
    }
}

/// People who may decide what concerns any channel or chat, by Entra object id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admins(BTreeSet<String>);

impl Admins {
    /// Reads a comma-separated list. No list is nobody.
    #[must_use]
    pub fn read(list: Option<&str>) -> Self {
        Self(
            list.unwrap_or_default()
                .split(',')
                .map(|id| id.trim().to_ascii_lowercase())
                .filter(|id| !id.is_empty())
                .collect(),
        )
    }

    /// Whether this person is listed. Object ids are GUIDs, equal whatever their case.
    #[must_use]
    pub fn include(&self, person: &ObjectId) -> bool {
        self.0.contains(&person.as_str().to_ascii_lowercase())
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
                "MICROSOFT_APP_ID",
                "MICROSOFT_APP_TENANT_ID",
                "MICROSOFT_APP_PASSWORD_SECRET_ID",
                "TABLE_NAME",
                "TASK_QUEUE_URL",
            ]
        );
    }

    #[test]
    fn admins_are_listed_by_object_id_in_any_case() {
        let admins = Admins::read(Some(" A-1, ,b-2"));
        assert!(admins.include(&ObjectId::new("a-1")));
        assert!(admins.include(&ObjectId::new("B-2")));
        assert!(!Admins::read(None).include(&ObjectId::new("a-1")));
    }
}

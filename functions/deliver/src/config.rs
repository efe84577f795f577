//! What `deliver` reads from its environment.

use delivery_events::Level;
use jiff::SignedDuration;
use pacing::{AlarmShare, Rate, Settings};
use registration::Registration;
use startup::{ConfigError, Environment};

use crate::bulk::Bulk;

/// The function's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region, credentials, endpoints.
    pub aws: aws::Settings,
    /// The bot's registration, its credential and the hosts it trusts.
    pub registration: Registration,
    /// `TABLE_NAME`.
    pub table: String,
    /// `BALLOT_TABLE_NAME`: where anonymous polls keep what they show; without it their messages cannot be written.
    pub ballot_table: Option<String>,
    /// `INSTALL_WAIT_DAYS`: how long a message waits for somebody to get the app.
    pub install_wait: SignedDuration,
    /// `DELIVERY_RATE`, `OTHER_RATE`, `ALARM_SHARE`: how fast Teams is asked.
    pub pacing: Settings,
    /// `BULK_OPERATIONS`: whether Teams' own bulk operations are used.
    pub bulk: Bulk,
    /// `DELIVERY_QUEUE_URL`: chunks of few recipients.
    pub delivery_queue: String,
    /// `DELIVERY_DEAD_LETTER_QUEUE_URL`.
    pub delivery_dead_letter_queue: String,
    /// `BROADCAST_QUEUE_URL`: chunks of many recipients.
    pub broadcast_queue: String,
    /// `BROADCAST_DEAD_LETTER_QUEUE_URL`.
    pub broadcast_dead_letter_queue: String,
    /// `EVENT_BUS_NAME`: where it is told what became of notifications, if anywhere.
    pub event_bus: Option<String>,
    /// `DELIVERY_EVENTS`: what of it is told.
    pub delivery_events: Option<Level>,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing, contradictory or cannot be used; the process cannot start.
    pub fn from_environment(mut env: Environment) -> Result<Self, ConfigError> {
        let aws = env.section(aws::Settings::from_lookup);
        let registration = Registration::from_environment(&mut env);
        let table = env.required("TABLE_NAME");
        let ballot_table = env.optional("BALLOT_TABLE_NAME");
        let install_wait = install_wait(&mut env);
        let pacing = pacing_settings(&mut env);
        let bulk = bulk(&mut env);
        let delivery_queue = env.required("DELIVERY_QUEUE_URL");
        let delivery_dead_letter_queue = env.required("DELIVERY_DEAD_LETTER_QUEUE_URL");
        let broadcast_queue = env.required("BROADCAST_QUEUE_URL");
        let broadcast_dead_letter_queue = env.required("BROADCAST_DEAD_LETTER_QUEUE_URL");
        let event_bus = env.optional("EVENT_BUS_NAME");
        let delivery_events = delivery_events(&mut env);
        env.finish(|| {
            Some(Self {
                aws: aws?,
                registration: registration?,
                table: table?,
                ballot_table,
                install_wait: install_wait?,
                pacing: pacing?,
                bulk: bulk?,
                delivery_queue: delivery_queue?,
                delivery_dead_letter_queue: delivery_dead_letter_queue?,
                broadcast_queue: broadcast_queue?,
                broadcast_dead_letter_queue: broadcast_dead_letter_queue?,
                event_bus,
                delivery_events,
            })
        })
    }
}

/// Whole days, 7 unless it is said; more than four weeks would outlast the ledger.
fn install_wait(env: &mut Environment) -> Option<SignedDuration> {
    const NAME: &str = "INSTALL_WAIT_DAYS";
    let days: u8 = env.parsed_or(NAME, 7)?;
    if days > 28 {
        env.problem(NAME, "must be a number of days from 0 to 28");
        return None;
    }
    Some(SignedDuration::from_hours(24 * i64::from(days)))
}

/// Off unless it is asked for.
fn bulk(env: &mut Environment) -> Option<Bulk> {
    const NAME: &str = "BULK_OPERATIONS";
    match env.optional(NAME).as_deref() {
        None | Some("off") => Some(Bulk::Off),
        Some("users") => Some(Bulk::Users),
        Some(_) => {
            env.problem(NAME, "must be off or users");
            None
        }
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

/// How fast Teams is asked; what is not said is Teams' documented limit, divided as [`Settings::default`] does.
fn pacing_settings(env: &mut Environment) -> Option<Settings> {
    let delivery = env.parsed_or("DELIVERY_RATE", Rate::DELIVERY);
    let other = env.parsed_or("OTHER_RATE", Rate::OTHER);
    let share = env.parsed_or("ALARM_SHARE", AlarmShare::USUAL);
    Some(Settings::new(delivery?, other?, share?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let env = Environment::from_pairs([("AWS_REGION", "eu-west-1"), ("TABLE_NAME", "")]);
        let error = Config::from_environment(env).expect_err("almost nothing is set");
        let text = error.to_string();
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "MICROSOFT_APP_ID",
            "MICROSOFT_APP_TENANT_ID",
            "MICROSOFT_APP_PASSWORD_SECRET_ID",
            "TABLE_NAME",
            "DELIVERY_QUEUE_URL",
            "DELIVERY_DEAD_LETTER_QUEUE_URL",
            "BROADCAST_QUEUE_URL",
            "BROADCAST_DEAD_LETTER_QUEUE_URL",
        ] {
            assert!(
                text.contains(&format!("{name} is not set")),
                "{name} in {text}"
            );
        }
    }

    #[test]
    fn a_rate_that_cannot_be_used_is_named_with_what_is_wrong() {
        let pairs = [("DELIVERY_RATE", "0"), ("ALARM_SHARE", "most")];
        let error = Config::from_environment(Environment::from_pairs(pairs));
        let text = error
            .expect_err("neither is a number that can be used")
            .to_string();
        for problem in [
            "DELIVERY_RATE: found \"0\", expected a whole number of requests a second",
            "ALARM_SHARE: found \"most\", expected whole percent from 0 to 90",
        ] {
            assert!(text.contains(problem), "{problem} in {text}");
        }
    }
}

//! What `watch` reads from its environment.

use std::ops::RangeInclusive;

use activity::ids::TenantId;
use aws::SchedulerConfig;
use jiff::SignedDuration;
use startup::{ConfigError, Environment};

use crate::public::Reach;

/// How long a tick that could not be delivered is tried again: the next one comes in a minute or more.
const LONGEST_RETRY_SECONDS: u32 = 60;
const RETRIES: u32 = 1;

/// How long a source may fail before somebody is told.
const PATIENCE_HOURS: u32 = 24;
const HOURS: RangeInclusive<u32> = 1..=720;

/// The function's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region, credentials, endpoints.
    pub aws: aws::Settings,
    /// `MICROSOFT_APP_TENANT_ID`: whose people are told.
    pub tenant: TenantId,
    /// `TABLE_NAME`.
    pub table: String,
    /// `NOTIFICATION_QUEUE_URL`: where what is new goes.
    pub notification_queue: String,
    /// `SCHEDULE_GROUP`, `SCHEDULE_TARGET_ARN`, `SCHEDULE_ROLE_ARN`, `SCHEDULE_DEAD_LETTER_QUEUE_ARN`: how ticks are made.
    pub scheduler: SchedulerConfig,
    /// `WATCH_FAILED_HOURS`: how long a source may fail before somebody is told.
    pub patience: SignedDuration,
    /// `WATCH_ALLOW_LOOPBACK`: whether sources on this machine are asked.
    pub reach: Reach,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or cannot be used; the process cannot start.
    pub fn from_environment(mut env: Environment) -> Result<Self, ConfigError> {
        let aws = env.section(aws::Settings::from_lookup);
        let tenant = env.required("MICROSOFT_APP_TENANT_ID");
        let table = env.required("TABLE_NAME");
        let notification_queue = env.required("NOTIFICATION_QUEUE_URL");
        let group = env.required("SCHEDULE_GROUP");
        let target = env.required("SCHEDULE_TARGET_ARN");
        let role = env.required("SCHEDULE_ROLE_ARN");
        let dead_letters = env.required("SCHEDULE_DEAD_LETTER_QUEUE_ARN");
        let hours = patience(&mut env);
        let reach = reach(&mut env);
        env.finish(|| {
            Some(Self {
                aws: aws?,
                tenant: TenantId::new(tenant?.to_ascii_lowercase()),
                table: table?,
                notification_queue: notification_queue?,
                scheduler: SchedulerConfig {
                    group: group?,
                    target: target?,
                    role: role?,
                    dead_letters: dead_letters?,
                    longest_retry_seconds: LONGEST_RETRY_SECONDS,
                    retries: RETRIES,
                },
                patience: SignedDuration::from_hours(hours?.into()),
                reach: reach?,
            })
        })
    }
}

fn patience(env: &mut Environment) -> Option<u32> {
    const NAME: &str = "WATCH_FAILED_HOURS";
    let hours = env.parsed_or(NAME, PATIENCE_HOURS)?;
    if !HOURS.contains(&hours) {
        env.problem(NAME, "must be from 1 to 720");
        return None;
    }
    Some(hours)
}

fn reach(env: &mut Environment) -> Option<Reach> {
    const NAME: &str = "WATCH_ALLOW_LOOPBACK";
    let loopback = match env.optional(NAME).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            env.problem(NAME, "must be true or false");
            return None;
        }
    };
    Some(Reach { loopback })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 10] = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
        ("MICROSOFT_APP_TENANT_ID", "7D9B"),
        ("TABLE_NAME", "table"),
        ("NOTIFICATION_QUEUE_URL", "https://sqs.example/1/n"),
        ("SCHEDULE_GROUP", "tidings"),
        (
            "SCHEDULE_TARGET_ARN",
            "arn:aws:lambda:eu-west-1:1:function:watch",
        ),
        ("SCHEDULE_ROLE_ARN", "arn:aws:iam::1:role/schedules"),
        (
            "SCHEDULE_DEAD_LETTER_QUEUE_ARN",
            "arn:aws:sqs:eu-west-1:1:letters",
        ),
    ];

    #[test]
    fn loopback_is_asked_only_where_the_setting_says_so() {
        let read = |more: &[(&str, &str)]| {
            let pairs = COMPLETE.iter().chain(more).copied();
            Config::from_environment(Environment::from_pairs(pairs))
        };
        let usual = read(&[]).unwrap();
        assert!(!usual.reach.loopback);
        assert_eq!(usual.patience, SignedDuration::from_hours(24));
        assert_eq!(usual.tenant.as_str(), "7d9b");
        assert!(
            read(&[("WATCH_ALLOW_LOOPBACK", "true")])
                .unwrap()
                .reach
                .loopback
        );
        assert!(read(&[("WATCH_ALLOW_LOOPBACK", "yes")]).is_err());
    }

    #[test]
    fn patience_ends_within_a_month() {
        let read = |hours| {
            let pairs = COMPLETE.into_iter().chain([("WATCH_FAILED_HOURS", hours)]);
            Config::from_environment(Environment::from_pairs(pairs))
        };
        for hours in ["1", "720"] {
            assert!(read(hours).is_ok(), "{hours}");
        }
        for hours in ["0", "721", "4294967295", "a day"] {
            assert!(read(hours).is_err(), "{hours}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let error =
            Config::from_environment(Environment::from_pairs([("AWS_REGION", "eu-west-1")]));
        let problems = error.expect_err("almost nothing is set").problems;
        let missing: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
        let expected: Vec<_> = COMPLETE.iter().skip(1).map(|(name, _)| *name).collect();
        assert_eq!(missing, expected);
    }
}

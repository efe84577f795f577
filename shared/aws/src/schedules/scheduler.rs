//! EventBridge Scheduler.

use async_trait::async_trait;
use http_client::Method;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;

use super::{Schedule, ScheduleError, ScheduleName, Schedules, When};
use crate::call::CallError;
use crate::clients::AwsClients;
use crate::settings::Service;

/// How often setting turns from making to changing and back, when others do the same or the schedule fires meanwhile.
const TURNS: u32 = 3;

/// What all schedules of a function have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerConfig {
    /// The schedule group, by name.
    pub group: String,
    /// The ARN of the function that is invoked.
    pub target: String,
    /// The ARN of the role that EventBridge Scheduler takes on to invoke it.
    pub role: String,
    /// The ARN of the queue for invocations that could not be made.
    pub dead_letters: String,
    /// How long an invocation that could not be made is tried again, 60 seconds to a day.
    pub longest_retry_seconds: u32,
    /// How often at most, up to 185 times.
    pub retries: u32,
}

/// Schedules on EventBridge Scheduler.
///
/// One that fires once is deleted by the service when it has fired. Flexible windows are off. An invocation that fails is
/// tried again by the service, and goes to the dead letters after that.
#[derive(Debug, Clone)]
pub struct Scheduler {
    clients: AwsClients,
    config: SchedulerConfig,
}

impl Scheduler {
    /// Nothing is opened yet.
    #[must_use]
    pub fn new(clients: &AwsClients, config: SchedulerConfig) -> Self {
        Self {
            clients: clients.clone(),
            config,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<(), CallError> {
        let scheduler = self.clients.caller(Service::Scheduler);
        scheduler.rest(method, path, body.into()).await.map(drop)
    }
}

#[async_trait]
impl Schedules for Scheduler {
    async fn set(&self, schedule: Schedule) -> Result<(), ScheduleError> {
        let path = format!("schedules/{}", schedule.name);
        let question = Question::new(&self.config, &schedule);
        let body = serde_json::to_vec(&question)
            .map_err(|error| ScheduleError::Unavailable(error.into()))?;
        let mut method = Method::POST;
        for _ in 1..TURNS {
            let answer = self.call(method.clone(), &path, body.clone()).await;
            method = match answer {
                Ok(()) => return Ok(()),
                // It is there: the same one, set before, or one that this takes the place of.
                Err(error) if method == Method::POST && code(&error) == CONFLICT => Method::PUT,
                // It fired, or was removed, between the two calls.
                Err(error) if method == Method::PUT && code(&error) == NOT_FOUND => Method::POST,
                Err(error) => return Err(refused(error)),
            };
        }
        self.call(method, &path, body).await.map_err(refused)
    }

    async fn remove(&self, name: &ScheduleName) -> Result<(), ScheduleError> {
        let path = format!("schedules/{name}?groupName={}", self.config.group);
        match self.call(Method::DELETE, &path, Vec::new()).await {
            Err(error) if code(&error) == NOT_FOUND => Ok(()),
            answer => answer.map_err(refused),
        }
    }
}

const CONFLICT: &str = "ConflictException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn code(error: &CallError) -> &str {
    error.code().unwrap_or_default()
}

fn refused(error: CallError) -> ScheduleError {
    match error.for_good() {
        // Somebody else changes the same schedule at this moment.
        None | Some(CONFLICT) => ScheduleError::Unavailable(error.into()),
        Some(code) => ScheduleError::Refused {
            code: code.to_owned(),
        },
    }
}

/// What `CreateSchedule` and `UpdateSchedule` take, as far as it is used here. An update names everything: what it leaves out
/// gets its default. See the Amazon EventBridge Scheduler API reference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Question<'a> {
    group_name: &'a str,
    schedule_expression: String,
    schedule_expression_timezone: &'static str,
    flexible_time_window: FlexibleTimeWindow,
    action_after_completion: &'static str,
    target: Target<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FlexibleTimeWindow {
    mode: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Target<'a> {
    arn: &'a str,
    role_arn: &'a str,
    input: &'a str,
    dead_letter_config: DeadLetterConfig<'a>,
    retry_policy: RetryPolicy,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig<'a> {
    arn: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RetryPolicy {
    maximum_event_age_in_seconds: u32,
    maximum_retry_attempts: u32,
}

impl<'a> Question<'a> {
    fn new(config: &'a SchedulerConfig, schedule: &'a Schedule) -> Self {
        Self {
            group_name: &config.group,
            schedule_expression: expression(schedule.when),
            schedule_expression_timezone: "UTC",
            flexible_time_window: FlexibleTimeWindow { mode: "OFF" },
            action_after_completion: match schedule.when {
                When::At(_) => "DELETE",
                // It never completes.
                When::EveryMinutes(_) => "NONE",
            },
            target: Target {
                arn: &config.target,
                role_arn: &config.role,
                input: &schedule.input,
                dead_letter_config: DeadLetterConfig {
                    arn: &config.dead_letters,
                },
                retry_policy: RetryPolicy {
                    maximum_event_age_in_seconds: config.longest_retry_seconds,
                    maximum_retry_attempts: config.retries,
                },
            },
        }
    }
}

/// `at(2026-01-05T11:00:00)`, `rate(5 minutes)`.
fn expression(when: When) -> String {
    match when {
        When::At(time) => format!("at({})", to_the_second(time)),
        When::EveryMinutes(minutes) if minutes.get() == 1 => "rate(1 minute)".to_owned(),
        When::EveryMinutes(minutes) => format!("rate({minutes} minutes)"),
    }
}

fn to_the_second(time: Timestamp) -> String {
    let time = Offset::UTC.to_datetime(time);
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

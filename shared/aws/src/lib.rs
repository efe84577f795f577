#![doc = include_str!("../README.md")]

pub mod batch;
pub mod bus;
mod call;
mod chance;
pub mod clients;
mod credentials;
pub mod dynamodb;
pub mod queue;
pub mod schedules;
pub mod secrets;
pub mod settings;
pub mod task_token;

pub use bus::{BusEvent, EventBus, Events, NoBus};
pub use call::{CallError, Refusal};
pub use clients::AwsClients;
pub use credentials::Credentials;
pub use queue::{OutgoingMessage, Queue, QueueError, SqsQueue};
pub use schedules::{
    InProcessSchedules, Schedule, ScheduleError, ScheduleName, Scheduler, SchedulerConfig,
    Schedules, When,
};
pub use secrets::{SecretError, SecretsManager};
pub use settings::{Settings, SettingsError};
pub use task_token::{StepFunctions, TaskTokens, TokenError, TokenOutcome};

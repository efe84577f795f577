#![doc = include_str!("../README.md")]

pub mod batch;
pub mod bus;
pub mod clients;
pub mod queue;
mod sdk_http;
pub mod secrets;
pub mod settings;

pub use bus::{BusEvent, EventBus};
pub use clients::AwsClients;
pub use queue::{OutgoingMessage, Queue, QueueError, SqsQueue};
pub use secrets::{SecretError, SecretsManager};
pub use settings::{Settings, SettingsError};

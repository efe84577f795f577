#![doc = include_str!("../README.md")]

pub mod clock;
pub mod deadline;
pub mod environment;
pub mod logging;
pub mod metrics;

pub use clock::{Clock, ManualClock, SystemClock};
pub use deadline::Deadline;
pub use environment::{ConfigError, Environment, Problem};
pub use metrics::Metrics;

//! The whole of Tidings in one process, on loopback.

pub mod asynchronous;
pub mod aws_face;
pub mod bot_endpoint;
pub mod bus;
pub mod data;
pub mod dead_letters;
pub mod engine;
pub mod event_source;
pub mod function;
pub mod functions;
pub mod journal;
pub mod play;
pub mod queue;
pub mod queues;
pub mod samples;
pub mod schedules;
pub mod screen;
pub(crate) mod settings;
mod sqs_digest;
pub mod sqs_face;
pub mod stack;
pub mod variables;
pub mod weather;

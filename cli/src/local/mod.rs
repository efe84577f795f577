//! The whole of Tidings in one process, on loopback.

pub mod bot_endpoint;
pub mod engine;
pub mod event_source;
pub mod function;
pub mod journal;
pub mod queue;
pub mod queue_port;
mod sqs_digest;
pub mod sqs_face;

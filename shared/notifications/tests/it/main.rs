//! The contract from outside: what is read, what is refused, and why.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod contract;
mod envelopes;
mod properties;
mod samples;
mod service_events;
mod topics;
mod translations;

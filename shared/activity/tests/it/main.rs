//! Behaviour of the crate as its users see it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod lossless;
mod service_url;
mod views;

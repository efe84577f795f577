//! Our calls beside those of the AWS SDK: the same requests to the same engine, and the same answers from the same
//! service, must come to the same.

#![expect(clippy::unwrap_used, reason = "a test's panic is its report")]

mod both;
mod engine;
mod failures;
mod scheduler;

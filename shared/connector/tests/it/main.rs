//! The client over real HTTP, against a Connector that does as it is told.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod answers;
mod fake;
mod lost;
mod operations;
mod rejections;
mod table;
mod transport;
mod trust;

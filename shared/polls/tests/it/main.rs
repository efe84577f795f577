//! The rules of a poll from outside.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod answers;
mod chat;
mod commands;
mod contract;
mod forms;
mod pace;
mod release;
mod results;
mod samples;
mod tallies;
mod voting;

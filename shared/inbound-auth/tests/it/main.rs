//! Verification against a key provider over real HTTP.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod activities;
mod bench;
mod keys;
mod provider;
mod recorded;
mod tokens;

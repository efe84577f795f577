//! What the table promises, on the embedded engine always, and on the engine at
//! `AWS_ENDPOINT_URL_DYNAMODB` when that variable is set.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod aliases;
mod anonymity;
mod answers;
mod audiences;
mod broadcasts;
mod conversations;
mod cost;
mod counts;
mod engine;
mod flight;
mod held;
mod inbound;
mod ledger;
mod meter;
mod pacing;
mod people;
mod plans;
mod polls;
mod preferences;
mod races;
mod rosters;
mod sample;
mod signing_keys;
mod table;
mod teams;
mod topics;
mod votes;
mod waits;
mod watches;

//! Every card in both languages: as it is, and against the rules of Teams.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod broadcasts;
mod by_name;
mod events;
mod golden;
mod limits;
mod own_cards;
mod poll_limits;
mod polls;
mod rules;
mod samples;

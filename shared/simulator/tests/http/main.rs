//! The simulator over real HTTP: each documented behaviour, and each documented rejection.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod activities;
mod bulk;
mod cards;
mod control;
mod conversations;
mod deliveries;
mod dialogs;
mod documents;
mod entra;
mod fault_files;
mod faults;
mod fixtures;
mod memories;
mod messages;
mod openid;
mod rosters;
mod scale;
mod support;
mod throttling;

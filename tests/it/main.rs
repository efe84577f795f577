//! Whole functions, real envelopes in, what users would have seen out.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod account;
mod architecture;
mod bot;
mod broadcasts;
mod deliver;
mod hardening;
mod healing;
mod messages;
mod metrics;
mod notify;
mod pacing;
mod polls;
mod polls_shown;
mod rehearsal;
mod schemas;
mod stage;
mod tasks;
mod template;
mod watch;

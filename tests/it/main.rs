//! Whole functions, real envelopes in, what users would have seen out.

mod architecture;
mod bot;
mod deliver;
mod hardening;
mod messages;
mod notify;
mod stage;
mod tasks;
mod template;

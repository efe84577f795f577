//! Whole functions, real envelopes in, what users would have seen out.

mod architecture;
mod notify;
mod stage;
mod template;

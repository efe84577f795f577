//! The functions among real services on loopback: as processes that are killed, and by what they cost.
#![expect(
    clippy::print_stdout,
    reason = "what was measured is for whoever looks"
)]

mod bill;
mod cost;
mod killed;
mod loopback;
mod sample;

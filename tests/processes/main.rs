//! The functions among real services on loopback: as processes that are killed, and by what they cost.

mod killed;
mod loopback;
mod sample;

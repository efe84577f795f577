#![doc = include_str!("../README.md")]

mod broadcast;
mod clock;
mod in_process;
mod outcome;
mod queue;
mod stage;
mod worker;

pub use broadcast::{Broadcast, Step};
pub use clock::SimulatedClock;
pub use in_process::{InProcess, Latency};
pub use outcome::Outcome;
pub use queue::SimulatedQueue;
pub use stage::seen_with_bot;

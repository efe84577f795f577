#![doc = include_str!("../README.md")]

mod detail;
mod level;

pub use detail::{CHUNK, ENDED, RECIPIENT, SOURCE, chunk, ended, recipient};
pub use level::{Level, UnknownLevel};

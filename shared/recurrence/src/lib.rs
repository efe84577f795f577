#![doc = include_str!("../README.md")]

mod cron;
mod local;
mod rate;
mod recurring;
mod schedule;
mod spec;

pub use schedule::{Refused, Schedule};
pub use spec::{Spec, WrongField, WrongFields};

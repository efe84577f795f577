#![doc = include_str!("../README.md")]

mod asking;
mod conversations;
mod pacer;
mod slots;

pub use asking::{Announced, Ask, Turn};
pub use pacer::TablePacer;

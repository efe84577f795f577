#![doc = include_str!("../README.md")]

mod door;
mod runtime_api;

pub use door::{Answer, Door, Keeper};
pub use runtime_api::{Invocation, InvocationError, RuntimeApi};

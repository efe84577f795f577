#![doc = include_str!("../README.md")]

mod api;
mod error;
mod invocation;
mod outcome;

pub use api::{RuntimeApi, initialised, serve};
pub use error::ServeError;

#![doc = include_str!("../README.md")]

pub mod command_line;
pub mod local;
mod local_command;
pub mod render;
mod simulator_command;

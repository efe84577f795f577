#![doc = include_str!("../README.md")]

pub mod command_line;
mod deployment;
pub mod local;
mod local_command;
pub mod render;
mod simulator_command;
mod topics_command;

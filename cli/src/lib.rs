#![doc = include_str!("../README.md")]

mod change_commands;
pub mod command_line;
mod deployment;
mod finding;
mod flight_plan;
mod format;
pub mod local;
mod local_command;
mod names;
mod poll;
mod progress;
mod reading;
mod redrive;
pub mod render;
mod report;
mod send_command;
mod simulator_command;
mod stack_variables;
pub mod terminal;
pub mod text;
mod topics_command;
mod watch_command;

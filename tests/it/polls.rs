//! `polls`: events and ticks in; what is asked, counted and told out. The schedules, the bus and the queues are in this
//! process, the tables are the embedded engine, and the time is one that the test moves.

mod added;
mod bad_input;
mod chain;
mod commands;
mod interrupted;
mod lives;
mod meanwhile;
mod samples;
mod stage;

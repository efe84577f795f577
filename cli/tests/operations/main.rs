//! What operators do from a terminal, against a running local stack: what they are told, and what people see.

mod changing;
mod dead_letters;
mod polls;
mod reporting;
mod sending;
mod support;
mod watching;

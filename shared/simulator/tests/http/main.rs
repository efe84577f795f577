//! The simulator over real HTTP: each documented behaviour, and each documented rejection.

mod activities;
mod bulk;
mod cards;
mod control;
mod conversations;
mod deliveries;
mod documents;
mod entra;
mod faults;
mod fixtures;
mod messages;
mod openid;
mod rosters;
mod scale;
mod support;

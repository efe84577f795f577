//! Every card in both languages: as it is, and against the rules of Teams.

mod golden;
mod limits;
mod own_cards;
mod rules;
mod samples;

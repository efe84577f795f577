//! What a poll promises, shown whole: opened by a schedule, sent, voted on, reminded of, closed and told by the functions
//! as they are, among everything that goes wrong, and looked at by somebody who has everything.

mod anonymity;
mod attack;
mod booth;
mod cost;
mod crowd;
mod interleaved;
mod kinds;
mod late;
mod unsteady;

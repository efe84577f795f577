//! Polls: what is asked, each time that it is asked, and the votes.
//!
//! A poll has *occurrences*: each time that it is asked. An occurrence is open, then closing, then closed; in each phase
//! only what belongs to it can be written, so that whoever dies in between can be followed by anybody.
//!
//! What was answered is text that the store does not understand, and counters that it adds up. Of an anonymous poll both
//! lie in the [ballot table](Store::with_ballots), under names that only a key in that table joins with voters, and are
//! gone when it is closed.

mod ballots;
mod choices;
mod due;
mod edits;
mod erasing;
mod home;
mod occurrence;
mod occurrences;
mod poll;
mod released;
mod results;
mod secret;
mod shards;
mod vote;

pub use ballots::{Ballot, BallotCursor, BallotPage, CastBallot};
pub use choices::AddingChoice;
pub use due::{Due, DueChange};
pub use edits::{Edits, NextEdit};
pub use occurrence::{Occurrence, Opened, Opening, Phase};
pub use occurrences::OccurrencePage;
pub use poll::{Created, NewPoll, Poll, PollPage};
pub use released::Released;
pub use results::{ClosedResult, TextsPage};
pub use shards::{Sealed, Tallies};
pub use vote::{Delta, Vote, Voted};

use crate::Store;

/// Operations on polls.
#[derive(Clone, Copy, Debug)]
pub struct Polls<'a> {
    pub(crate) store: &'a Store,
}

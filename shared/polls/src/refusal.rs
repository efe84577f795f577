//! Why something is not done.

use crate::answers::Wrong;

/// Why a vote, an addition or a command changes nothing.
///
/// Each is told to whoever asked, in words that `cards` has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such poll, or it was deleted.
    #[error("there is no such poll")]
    NoSuchPoll,
    /// It does not take votes any more.
    #[error("the poll is closed")]
    Closed,
    /// It was asked of others.
    #[error("the poll is not for this person")]
    NotForYou,
    /// They have voted, and may not change it.
    #[error("votes cannot be changed")]
    MayNotChange,
    /// The answers do not fit the questions.
    #[error("the answers do not fit the questions")]
    Answers(Vec<Wrong>),
    /// The poll or the question takes no added choices.
    #[error("choices cannot be added")]
    MayNotAdd,
    /// Nothing was written that could be added.
    #[error("nothing to add")]
    AddedNothing,
    /// What was written is too long for a choice.
    #[error("the choice is too long")]
    AddedTooLong,
    /// That choice is there.
    #[error("that choice is there already")]
    ChoiceExists,
    /// The question has as many choices as a card takes.
    #[error("there are too many choices")]
    TooManyChoices,
    /// Only the owner and the co-owners may do that.
    #[error("only owners of the poll may do that")]
    NotAnOwner,
    /// The results are not for this person, or not yet.
    #[error("the results are not shown yet")]
    NoResultsYet,
    /// What voters and votes had in common was destroyed when it closed.
    #[error("an anonymous poll cannot be reopened")]
    AnonymousStaysClosed,
    /// It is open; there is nothing to reopen.
    #[error("the poll is open")]
    StillOpen,
    /// It would close in the past, or before it does now.
    #[error("the new closing time is not later")]
    NotLater,
    /// It closes by hand; there is no time to move.
    #[error("the poll has no closing time")]
    NoClosingTime,
}

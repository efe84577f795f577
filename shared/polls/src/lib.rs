#![doc = include_str!("../README.md")]

pub mod answers;
pub mod definition;
pub mod ids;
pub mod results;
pub mod tally;

pub use answers::{Answer, Answers};
pub use definition::{
    Choice, Closing, ClosingTime, Definition, Kind, Question, QuestionTranslation, Quorum,
    ResultsVisibility, Rule, Schedule, Translation,
};
pub use ids::{NotAPollId, NotAnOccurrence, OccurrenceId, PollId};
pub use results::{ChoiceCount, Counted, QuestionResult, RankedChoice, Results, ScoreCount, Shown};
pub use tally::{Delta, Tally, delta, withdrawal};

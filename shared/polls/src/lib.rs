#![doc = include_str!("../README.md")]

pub mod answers;
pub mod chat;
pub mod choices;
pub mod command;
pub mod contract;
pub mod definition;
pub mod form;
pub mod ids;
pub mod notice;
pub mod pace;
mod plain_text;
pub mod refusal;
pub mod release;
pub mod results;
pub mod tally;
pub mod texts;
pub mod voting;

pub use answers::{Answer, Answers, Wrong, WrongAnswer};
pub use chat::{NotAQuickPoll, QuickPoll};
pub use choices::{AddedChoice, choices};
pub use command::{Change, Command, Longer, Manage, decide};
pub use definition::{
    Choice, Closing, ClosingTime, Definition, Kind, Question, QuestionTranslation, Quorum,
    ResultsVisibility, Rule, Schedule, Translation,
};
pub use form::Form;
pub use ids::{NotAPollId, NotAnOccurrence, OccurrenceId, PollId};
pub use notice::{PollNotice, PollNoticeKind};
pub use pace::EditPace;
pub use refusal::Refusal;
pub use release::Released;
pub use results::{ChoiceCount, Counted, QuestionResult, RankedChoice, Results, ScoreCount, Shown};
pub use tally::{Delta, Tally, delta, withdrawal};
pub use texts::Texts;
pub use voting::{Person, Phase, Standing, Viewer, is_reminded};

//! A poll as somebody defined it.

use crate::contract::OWNER_NAME;
use crate::ids::PollId;
use crate::plain_text;
use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::{Address, Audience, Locale, TopicName};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// A poll: what is asked, whom, when, and what may be done with the answers.
///
/// Read with [`Definition::parse`]; written, it reads back the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What the poll is called by commands; absent, whoever keeps it gives it one.
    pub id: Option<PollId>,
    /// The tenant; absent, the home tenant.
    pub tenant: Option<TenantId>,
    /// What it is about, in one line.
    pub title: String,
    /// Whose poll it is: the address of one person.
    pub owner: Address,
    /// What the owner is called on cards; absent, by their address.
    pub owner_name: Option<String>,
    /// Who may manage it as its owner does.
    pub co_owners: Vec<Address>,
    /// Who is asked.
    pub to: Audience,
    /// What is muted by whoever wants no polls.
    pub topic: TopicName,
    /// 1 to 10 questions.
    pub questions: Vec<Question>,
    /// Whether who voted and what was voted are kept apart.
    pub anonymous: bool,
    /// Who sees results, and from when on.
    pub results: ResultsVisibility,
    /// Whether a voter may vote again, instead of the first time.
    pub may_change: bool,
    /// Whether voters may add choices.
    pub may_add: bool,
    /// When it is asked; absent, at once.
    pub schedule: Option<Schedule>,
    /// When it closes.
    pub closes: Closing,
    /// How long after its opening those are reminded who have not answered.
    pub remind: Vec<Duration>,
    /// Whether everybody who was asked gets the result, not only the owner.
    pub tell_everybody: bool,
    /// Below so many voters no results are shown.
    pub threshold: u64,
    /// Its texts in other languages.
    pub translations: BTreeMap<Locale, Translation>,
    /// The sender's own `x-…` fields.
    pub extensions: BTreeMap<String, Value>,
}

impl Definition {
    /// Has the owner called so on cards, in one line and cut where it is too long for the contract; by their address, if
    /// nothing in the name could be read.
    pub fn call_owner(&mut self, name: &str) {
        let line = plain_text::one_line(name);
        let cut: String = line.chars().take(OWNER_NAME).collect();
        let cut = cut.trim_end();
        let readable = cut.chars().any(char::is_alphanumeric);
        self.owner_name = readable.then(|| cut.to_owned());
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Names it in answers and counters: 1 to 32 letters, digits, `_` and `-`.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// Whether a vote must answer it.
    pub required: bool,
    /// How it is answered.
    pub kind: Kind,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of several choices.
    Single {
        /// 2 to 20.
        choices: Vec<Choice>,
    },
    /// Some of several choices.
    Multiple {
        /// 2 to 20.
        choices: Vec<Choice>,
        /// At least so many.
        min: usize,
        /// At most so many; absent, all of them.
        max: Option<usize>,
    },
    /// 1 to 5 stars.
    Rating,
    /// 0 to 10: how likely to recommend.
    Nps,
    /// Choices in an order, the best first.
    Ranking {
        /// 2 to 20.
        choices: Vec<Choice>,
    },
    /// Free text.
    Text,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Names it in answers and counters: 1 to 32 letters, digits, `_` and `-`.
    pub id: String,
    /// What the voter reads.
    pub text: String,
}

/// Who sees results, and from when on. Owners see them always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultsVisibility {
    /// Everybody, from the first vote on.
    Live,
    /// Whoever has voted; everybody when it is closed.
    #[default]
    AfterVoting,
    /// Everybody, when it is closed.
    AfterClosing,
    /// Owners only.
    Owner,
}

/// When a poll is asked, as its owner wrote it. What it means is resolved
/// elsewhere; here only its shape is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The rule.
    pub rule: Rule,
    /// An IANA time zone, such as `Europe/Madrid`; absent, UTC.
    pub zone: Option<String>,
    /// Not before: a local time of the zone, or an RFC 3339 time.
    pub start: Option<String>,
    /// Not after.
    pub end: Option<String>,
}

/// One of the ways to say when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Once: a local time of the zone, or an RFC 3339 time.
    At(String),
    /// Five or six fields.
    Cron(String),
    /// `5 minutes`, `1 day`.
    Rate(String),
    /// RFC 5545, such as `FREQ=WEEKLY;BYDAY=MO`.
    Rrule(String),
}

/// When a poll closes: at the first of these, and by hand whenever an owner
/// wants. All absent: by hand only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// At a time.
    pub time: Option<ClosingTime>,
    /// When so many have voted.
    pub quorum: Option<Quorum>,
}

/// The time at which a poll closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingTime {
    /// So long after its opening.
    After(Duration),
    /// At this time. Not for a poll that is asked again and again.
    At(Timestamp),
}

/// How many votes are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// So many voters.
    Voters(u64),
    /// 1 to 100 per cent of whom was asked.
    Percent(u8),
}

/// What one locale says differently. Whatever it leaves out falls back to a
/// more general locale, and to the definition in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// Instead of `title`.
    pub title: Option<String>,
    /// By the question's id.
    pub questions: BTreeMap<String, QuestionTranslation>,
}

/// A question in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuestionTranslation {
    /// Instead of `text`.
    pub text: Option<String>,
    /// Instead of the choices' texts, by their ids.
    pub choices: BTreeMap<String, String>,
}

impl Question {
    /// The choices as defined, without what voters added; none for a kind
    /// that has none.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Single { choices }
            | Kind::Multiple { choices, .. }
            | Kind::Ranking { choices } => choices,
            Kind::Rating | Kind::Nps | Kind::Text => &[],
        }
    }
}

impl Kind {
    /// The word of the contract.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Single { .. } => "single",
            Self::Multiple { .. } => "multiple",
            Self::Rating => "rating",
            Self::Nps => "nps",
            Self::Ranking { .. } => "ranking",
            Self::Text => "text",
        }
    }

    /// The scores that may be given; `None` when the answer is no score.
    #[must_use]
    pub fn scale(&self) -> Option<std::ops::RangeInclusive<u8>> {
        match self {
            Self::Rating => Some(1..=5),
            Self::Nps => Some(0..=10),
            _ => None,
        }
    }
}

impl Definition {
    /// The question with this id.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }
}

//! What the counters say.

use serde::{Deserialize, Serialize};

/// The results of one occurrence, as they may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    /// How many voted.
    pub voters: u64,
    /// How many were asked, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// The results, or why there are none.
    pub shown: Shown,
}

/// Results, or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shown {
    /// By question, in their order.
    Questions(Vec<QuestionResult>),
    /// Fewer voters than this: who is who could be guessed.
    Withheld {
        /// So many voters are needed.
        threshold: u64,
    },
}

/// What became of one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuestionResult {
    /// The question's id.
    pub id: String,
    /// How many answered it.
    pub answered: u64,
    /// What they answered.
    pub counted: Counted,
}

/// What was answered, by kind of question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counted {
    /// Single and multiple choice, in the order of the choices.
    Choices(Vec<ChoiceCount>),
    /// A rating from 1 to 5.
    Rating {
        /// The mean; absent when nobody answered.
        mean: Option<f64>,
        /// How many gave each score, from the least.
        distribution: Vec<ScoreCount>,
    },
    /// How likely to recommend, 0 to 10.
    Nps {
        /// Per cent of promoters (9 and 10) less per cent of detractors (0 to
        /// 6): from -100 to 100. Absent when nobody answered.
        score: Option<f64>,
        /// How many gave 9 or 10.
        promoters: u64,
        /// How many gave 7 or 8.
        passives: u64,
        /// How many gave 0 to 6.
        detractors: u64,
        /// How many gave each score, from the least.
        distribution: Vec<ScoreCount>,
    },
    /// A ranking, the best first.
    Ranking(Vec<RankedChoice>),
    /// Free texts are kept apart from counters.
    Text,
}

/// How often one choice was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceCount {
    /// The choice's id.
    pub id: String,
    /// By how many.
    pub count: u64,
    /// Per cent of those who answered the question, to one decimal. Those of
    /// a multiple choice may add up to more than 100.
    pub percent: f64,
}

/// How often one score was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreCount {
    /// The score.
    pub score: u8,
    /// By how many.
    pub count: u64,
}

/// Where one choice of a ranking ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RankedChoice {
    /// The choice's id.
    pub id: String,
    /// Borda points: of n choices, a first place gives n - 1, the last 0; a
    /// choice that was not placed gets none.
    pub points: u64,
    /// How many put it first.
    pub first: u64,
}

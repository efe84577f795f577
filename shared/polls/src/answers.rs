//! What one voter answered.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One voter's answers, by the question's id. Questions that were left out
/// are not in it.
///
/// As JSON: `{"q1": {"choices": ["c2"]}, "q2": {"score": 4}}`. It says its
/// kinds itself, so that it can be counted without the definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Answer>);

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The ids of what was chosen; one for a single choice.
    Choices(Vec<String>),
    /// The ids of choices, the best first; perhaps not all.
    Ranking(Vec<String>),
    /// Stars, or 0 to 10.
    Score(u8),
    /// Free text, without control characters.
    Text(String),
}

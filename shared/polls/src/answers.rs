//! What one voter answered.

use crate::choices::{AddedChoice, choices};
use crate::definition::{Definition, Kind, Question};
use crate::plain_text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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

/// The longest free text, in characters.
pub const LONGEST_TEXT: usize = 500;

/// How many places of a ranking are asked for: a card with an input for each
/// of twenty would be neither filled in nor sent.
pub const PLACES: usize = 5;

/// What is wrong with the answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The question's id.
    pub question: String,
    /// What is wrong.
    pub why: WrongAnswer,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAnswer {
    /// It must be answered.
    #[error("it has to be answered")]
    Missing,
    /// There is no such choice, or there is no more.
    #[error("there is no such choice")]
    UnknownChoice,
    /// Fewer choices than asked for.
    #[error("at least {0} choices are needed")]
    TooFew(usize),
    /// More choices than allowed.
    #[error("at most {0} choices are allowed")]
    TooMany(usize),
    /// The score is not on the scale.
    #[error("the score is not on the scale")]
    OutOfRange,
    /// One choice stands in two places.
    #[error("a choice has two places")]
    Repeated,
    /// The text is longer than [`LONGEST_TEXT`].
    #[error("the text is longer than {LONGEST_TEXT} characters")]
    TooLong,
    /// It is nothing that an input of this kind sends.
    #[error("the answer cannot be read")]
    Unreadable,
}

/// The id of the input that answers a question.
#[must_use]
pub fn input(question: &Question) -> String {
    format!("answer.{}", question.id)
}

/// The id of the input for one place of a ranking, from 1.
#[must_use]
pub fn place_input(question: &Question, place: usize) -> String {
    format!("answer.{}.{place}", question.id)
}

/// How many places of a ranking a voter is asked for; none of another kind.
#[must_use]
pub fn places(question: &Question) -> usize {
    match &question.kind {
        Kind::Ranking { choices } => choices.len().min(PLACES),
        _ => 0,
    }
}

impl Answers {
    /// Reads what a card's inputs hold: `inputs` is the data of the press.
    ///
    /// Texts and native JSON are understood alike, as different clients send
    /// them. An empty answer to a question that is not required counts as
    /// none. Inputs that belong to no question are left aside. Places of a
    /// ranking that were left empty move up.
    ///
    /// # Errors
    ///
    /// Every question whose answer is wrong, and why; the first question as
    /// missing when nothing at all was answered.
    pub fn read(
        definition: &Definition,
        added: &[AddedChoice],
        inputs: &Value,
    ) -> Result<Self, Vec<Wrong>> {
        let mut answers = BTreeMap::new();
        let mut wrong = Vec::new();
        for question in &definition.questions {
            match answer(question, added, inputs) {
                Ok(Some(answer)) => {
                    answers.insert(question.id.clone(), answer);
                }
                Ok(None) if question.required => wrong.push((question, WrongAnswer::Missing)),
                Ok(None) => {}
                Err(why) => wrong.push((question, why)),
            }
        }
        if wrong.is_empty() && answers.is_empty() {
            let first = definition.questions.first();
            wrong.extend(first.map(|question| (question, WrongAnswer::Missing)));
        }
        if wrong.is_empty() {
            return Ok(Self(answers));
        }
        let named = wrong.into_iter().map(|(question, why)| Wrong {
            question: question.id.clone(),
            why,
        });
        Err(named.collect())
    }

    /// The free texts among the answers, by the question's id.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(id, answer)| match answer {
            Answer::Text(text) => Some((id.as_str(), text.as_str())),
            _ => None,
        })
    }
}

fn answer(
    question: &Question,
    added: &[AddedChoice],
    inputs: &Value,
) -> Result<Option<Answer>, WrongAnswer> {
    let value = inputs.get(input(question)).unwrap_or(&Value::Null);
    match &question.kind {
        Kind::Single { .. } => chosen(question, added, value, 0, 1),
        Kind::Multiple { min, max, .. } => {
            chosen(question, added, value, *min, max.unwrap_or(usize::MAX))
        }
        Kind::Ranking { .. } => ranked(question, inputs, value),
        Kind::Rating | Kind::Nps => scored(question, value),
        Kind::Text => written(value),
    }
}

fn chosen(
    question: &Question,
    added: &[AddedChoice],
    value: &Value,
    least: usize,
    most: usize,
) -> Result<Option<Answer>, WrongAnswer> {
    let given = list(value)?;
    if given.is_empty() {
        return Ok(None);
    }
    let there = choices(question, added);
    if given.iter().any(|id| there.iter().all(|c| c.id != *id)) {
        return Err(WrongAnswer::UnknownChoice);
    }
    // In the order of the choices, each once, whatever the client sent.
    let chosen: Vec<String> = there
        .into_iter()
        .map(|choice| choice.id)
        .filter(|id| given.contains(id))
        .collect();
    if chosen.len() < least {
        return Err(WrongAnswer::TooFew(least));
    }
    if chosen.len() > most {
        return Err(WrongAnswer::TooMany(most));
    }
    Ok(Some(Answer::Choices(chosen)))
}

fn ranked(
    question: &Question,
    inputs: &Value,
    whole: &Value,
) -> Result<Option<Answer>, WrongAnswer> {
    let mut order = list(whole)?;
    for place in 1..=places(question) {
        let value = inputs.get(place_input(question, place));
        order.extend(list(value.unwrap_or(&Value::Null))?);
    }
    if order.is_empty() {
        return Ok(None);
    }
    let known = |id: &String| question.choices().iter().any(|choice| choice.id == *id);
    if !order.iter().all(known) {
        return Err(WrongAnswer::UnknownChoice);
    }
    let mut seen = BTreeSet::new();
    if !order.iter().all(|id| seen.insert(id)) {
        return Err(WrongAnswer::Repeated);
    }
    Ok(Some(Answer::Ranking(order)))
}

fn scored(question: &Question, value: &Value) -> Result<Option<Answer>, WrongAnswer> {
    let number = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    let number = number.ok_or(WrongAnswer::Unreadable)?;
    let scale = question.kind.scale().ok_or(WrongAnswer::Unreadable)?;
    // A rating that was not touched is 0 in some clients.
    if number == 0.0 && !scale.contains(&0) {
        return Ok(None);
    }
    let mut scores = scale;
    scores
        .find(|score| f64::from(*score) == number)
        .map(|score| Some(Answer::Score(score)))
        .ok_or(WrongAnswer::OutOfRange)
}

fn written(value: &Value) -> Result<Option<Answer>, WrongAnswer> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => plain_text::lines(text),
        Value::Number(number) => number.to_string(),
        _ => return Err(WrongAnswer::Unreadable),
    };
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(WrongAnswer::TooLong);
    }
    Ok(Some(Answer::Text(text)))
}

/// The ids of a comma-joined text, or of a list. A choice may be called `1`,
/// and a client may take that for a number.
fn list(value: &Value) -> Result<Vec<String>, WrongAnswer> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let parts = match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list
            .iter()
            .map(|value| one(value).ok_or(WrongAnswer::Unreadable))
            .collect::<Result<_, _>>()?,
        value => vec![one(value).ok_or(WrongAnswer::Unreadable)?],
    };
    let ids = parts.iter().flat_map(|part| part.split(','));
    let ids = ids.map(str::trim).filter(|id| !id.is_empty());
    Ok(ids.map(str::to_owned).collect())
}

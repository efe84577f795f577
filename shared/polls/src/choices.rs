//! The choices of a question, with those that voters added.

use crate::contract::{CHOICES_MOST, may_grow};
use crate::definition::{Choice, Definition, Question};
use crate::refusal::Refusal;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// The longest choice that a voter may add, in UTF-16 units.
pub const LONGEST_ADDED: usize = 60;

/// A choice that a voter added. Nobody's name stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedChoice {
    /// The question's id.
    pub question: String,
    /// The choice's id, made from its text: who adds the same adds it once.
    pub id: String,
    /// What the voter wrote.
    pub text: String,
}

/// The choices of a question, those of its definition first.
#[must_use]
pub fn choices(question: &Question, added: &[AddedChoice]) -> Vec<Choice> {
    let mut all = question.choices().to_vec();
    if may_grow(&question.kind) {
        let own = added.iter().filter(|added| added.question == question.id);
        for added in own {
            if all.iter().all(|choice| choice.id != added.id) {
                all.push(Choice {
                    id: added.id.clone(),
                    text: added.text.clone(),
                });
            }
        }
    }
    all
}

/// What a voter wants to add, fit to be added.
///
/// Control characters are removed and spaces drawn together.
///
/// # Errors
///
/// - [`Refusal::MayNotAdd`]: the poll or the question takes no additions.
/// - [`Refusal::AddedTooLong`], [`Refusal::AddedNothing`]: the text is no choice.
/// - [`Refusal::ChoiceExists`]: it is there already.
/// - [`Refusal::TooManyChoices`]: there are 20.
pub fn add(
    definition: &Definition,
    added: &[AddedChoice],
    question: &str,
    text: &str,
) -> Result<AddedChoice, Refusal> {
    let question = definition
        .question(question)
        .filter(|question| definition.may_add && may_grow(&question.kind))
        .ok_or(Refusal::MayNotAdd)?;
    let text = crate::plain_text::one_line(text);
    if text.is_empty() {
        return Err(Refusal::AddedNothing);
    }
    if text.encode_utf16().count() > LONGEST_ADDED {
        return Err(Refusal::AddedTooLong);
    }
    let there = choices(question, added);
    let folded = text.to_lowercase();
    let id = id_of(&folded);
    let same = |choice: &Choice| choice.id == id || choice.text.to_lowercase() == folded;
    if there.iter().any(same) {
        return Err(Refusal::ChoiceExists);
    }
    if there.len() >= CHOICES_MOST {
        return Err(Refusal::TooManyChoices);
    }
    Ok(AddedChoice {
        question: question.id.clone(),
        id,
        text,
    })
}

fn id_of(folded: &str) -> String {
    let digest = digest(&SHA256, folded.as_bytes());
    let hex: String = digest
        .as_ref()
        .iter()
        .take(5)
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("a{hex}")
}

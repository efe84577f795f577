//! Whether a definition's card stays within what Teams takes.
//!
//! Cards are made elsewhere; what is estimated here from above, a test beside
//! the cards compares with the cards themselves.

use super::parse::may_grow;
use super::questions::CHOICES_MOST;
use crate::choices::LONGEST_ADDED;
use crate::definition::{Definition, Kind, Question};
use crate::texts::Texts;
use notifications::Locale;
use notifications::contract::walk::Walk;

/// What all questions and choices of a poll together may weigh, in UTF-16
/// units of a card's JSON. The rest of a card's 14,336 units is for its frame.
pub const HEAVIEST: usize = 9_000;

/// An input's own members, its fallback included.
const QUESTION: usize = 260;
/// `{"title":"","value":""},` around one choice.
const CHOICE: usize = 26;

/// How often the title stands in a card: as heading, spoken, and as a line.
const TITLES: usize = 3;

pub(super) fn check(walk: &mut Walk, definition: &Definition) {
    let locales = definition.translations.keys().map(Some);
    let heaviest = std::iter::once(None)
        .chain(locales)
        .map(|locale| weight(definition, locale))
        .max();
    let heaviest = heaviest.unwrap_or_default();
    if heaviest > HEAVIEST {
        walk.problem(
            "questions",
            format!("questions and choices that weigh {heaviest}"),
            format!(
                "at most {HEAVIEST}, so that a card can hold them: fewer or shorter questions and choices"
            ),
        );
    }
}

fn weight(definition: &Definition, locale: Option<&Locale>) -> usize {
    let texts = Texts::of(definition, locale);
    let each = definition.questions.iter().map(|question| {
        let choices = question.choices().iter();
        let choices: usize = choices
            .map(|choice| CHOICE + choice.id.len() + units(texts.choice(question, choice)))
            .sum();
        let room = if definition.may_add && may_grow(&question.kind) {
            let free = CHOICES_MOST.saturating_sub(question.choices().len());
            // An input to add one, and each that may come.
            QUESTION + free * (CHOICE + 12 + LONGEST_ADDED)
        } else {
            0
        };
        let inputs = crate::answers::places(question).max(1);
        QUESTION * inputs
            + units(texts.question(question))
            + choices * inputs
            + room
            + scale(question)
    });
    TITLES * units(texts.title()) + each.sum::<usize>()
}

/// Scores are choices, too; those of a rating stand in its fallback.
fn scale(question: &Question) -> usize {
    match question.kind {
        Kind::Rating => QUESTION + 5 * (CHOICE + 12),
        Kind::Nps => 11 * (CHOICE + 4),
        _ => 0,
    }
}

/// A text as it stands in a card's JSON, escapes included.
fn units(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            // Escaped as Markdown, and its backslash as JSON.
            '*' | '_' | '`' | '#' | '>' | '=' | ']' | '~' | '<' | '&' => 3,
            '-' | '+' | '.' | ')' => 2,
            '\\' => 4,
            '"' => 2,
            c => c.len_utf16(),
        })
        .sum()
}

//! `questions`: what is asked.

use super::parse::LINE;
use crate::definition::{Choice, Kind, Question};
use notifications::contract::fields::{choice, flag, line};
use notifications::contract::walk::{At, Fields, Walk, quote};
use std::collections::BTreeSet;

/// The most questions of a poll.
const MOST: usize = 10;
/// The most choices of a question, added ones included.
pub(crate) const CHOICES_MOST: usize = 20;
/// The longest text of a choice, in characters.
pub(crate) const CHOICE: usize = 100;

pub(super) fn questions(walk: &mut Walk, at: &At<'_>) -> Option<Vec<Question>> {
    let list = at.list(walk, "a list of 1 to 10 questions", MOST)?;
    if list.is_empty() {
        walk.problem(&at.path, "a list of 0", "1 to 10 questions");
        return None;
    }
    let mut ids = BTreeSet::new();
    let mut all = Some(Vec::new());
    for (number, at) in (1..).zip(&list) {
        match question(walk, at, number) {
            Some(question) => {
                if !ids.insert(question.id.clone()) {
                    walk.problem(&at.path, "the id of another question", "another id");
                }
                if let Some(all) = &mut all {
                    all.push(question);
                }
            }
            None => all = None,
        }
    }
    all
}

/// Which kind, before its own fields are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Single,
    Multiple,
    Rating,
    Nps,
    Ranking,
    Text,
}

fn question(walk: &mut Walk, at: &At<'_>, number: usize) -> Option<Question> {
    let mut fields = at.fields(walk, "an object: {kind, text, choices?}")?;
    let id = match fields.get("id") {
        Some(at) => id(walk, &at),
        None => Some(format!("q{number}")),
    };
    let words = [
        ("single", Word::Single),
        ("multiple", Word::Multiple),
        ("rating", Word::Rating),
        ("nps", Word::Nps),
        ("ranking", Word::Ranking),
        ("text", Word::Text),
    ];
    let expected = "one of single, multiple, rating, nps, ranking, text";
    let word = fields
        .require(walk, "kind", expected)
        .and_then(|at| choice(walk, &at, &words));
    let text = fields
        .require(walk, "text", "what is asked, in one line")
        .and_then(|at| line(walk, &at, LINE));
    // Free text is work: nobody must.
    let default = word != Some(Word::Text);
    let required = match fields.get("required") {
        Some(at) => flag(walk, &at),
        None => Some(default),
    };
    let kind = word.and_then(|word| kind(walk, &mut fields, word, required.unwrap_or(default)));
    fields.end(walk);
    Some(Question {
        id: id?,
        text: text?,
        required: required?,
        kind: kind?,
    })
}

fn kind(walk: &mut Walk, fields: &mut Fields<'_>, word: Word, required: bool) -> Option<Kind> {
    let chosen = matches!(word, Word::Single | Word::Multiple | Word::Ranking);
    let given = if chosen {
        fields.require(walk, "choices", "a list of 2 to 20 choices")
    } else {
        fields.get("choices")
    };
    let limits = [fields.get("min"), fields.get("max")];
    if word != Word::Multiple {
        for at in limits.iter().flatten() {
            walk.problem(&at.path, "a number", "nothing: only multiple has it");
        }
    }
    if !chosen {
        if let Some(at) = given {
            walk.problem(&at.path, "choices", "nothing: this kind has none");
        }
        return Some(match word {
            Word::Rating => Kind::Rating,
            Word::Nps => Kind::Nps,
            _ => Kind::Text,
        });
    }
    let choices = given.and_then(|at| choices(walk, &at))?;
    Some(match word {
        Word::Single => Kind::Single { choices },
        Word::Ranking => Kind::Ranking { choices },
        _ => {
            let [min, max] = limits;
            let most = choices.len();
            let least = usize::from(required);
            let max = max.map(|at| count(walk, &at, 1, CHOICES_MOST));
            let top = max.flatten().unwrap_or(most);
            let min = match min {
                Some(at) => count(walk, &at, least, top)?,
                None => least,
            };
            Kind::Multiple {
                choices,
                min,
                max: max.flatten(),
            }
        }
    })
}

fn count(walk: &mut Walk, at: &At<'_>, least: usize, most: usize) -> Option<usize> {
    let number = at.value.as_u64().and_then(|n| usize::try_from(n).ok());
    match number {
        Some(number) if (least..=most).contains(&number) => Some(number),
        found => {
            let found = found.map_or("something else".to_owned(), |n| n.to_string());
            let expected = format!("a whole number from {least} to {most}");
            walk.problem(&at.path, found, expected);
            None
        }
    }
}

fn choices(walk: &mut Walk, at: &At<'_>) -> Option<Vec<Choice>> {
    let list = at.list(walk, "a list of 2 to 20 choices", CHOICES_MOST)?;
    if list.len() < 2 {
        let found = format!("a list of {}", list.len());
        walk.problem(&at.path, found, "2 to 20 choices");
        return None;
    }
    let mut ids = BTreeSet::new();
    let mut texts = BTreeSet::new();
    let mut all = Some(Vec::new());
    for (number, at) in (1..).zip(&list) {
        let Some(choice) = one_choice(walk, at, number) else {
            all = None;
            continue;
        };
        if !ids.insert(choice.id.clone()) {
            walk.problem(&at.path, "the id of another choice", "another id");
        }
        if !texts.insert(choice.text.to_lowercase()) {
            walk.problem(&at.path, "the text of another choice", "another text");
        }
        if let Some(all) = &mut all {
            all.push(choice);
        }
    }
    all
}

fn one_choice(walk: &mut Walk, at: &At<'_>, number: usize) -> Option<Choice> {
    if at.value.is_string() {
        return line(walk, at, CHOICE).map(|text| Choice {
            id: format!("c{number}"),
            text,
        });
    }
    let mut fields = at.fields(walk, "a text, or an object: {id, text}")?;
    let id = match fields.get("id") {
        Some(at) => id(walk, &at),
        None => Some(format!("c{number}")),
    };
    let text = fields
        .require(walk, "text", "what the voter reads")
        .and_then(|at| line(walk, &at, CHOICE));
    fields.end(walk);
    Some(Choice {
        id: id?,
        text: text?,
    })
}

/// An id that can stand in a comma-joined list and in a counter's name.
fn id(walk: &mut Walk, at: &At<'_>) -> Option<String> {
    const EXPECTED: &str = "an id: 1 to 32 letters, digits, _ and -";
    let text = at.str(walk, EXPECTED)?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if (1..=32).contains(&text.len()) && text.bytes().all(fits) {
        Some(text.to_owned())
    } else {
        walk.problem(&at.path, quote(text), EXPECTED);
        None
    }
}

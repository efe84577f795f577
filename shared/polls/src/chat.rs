//! A poll in one line of chat: `poll "Lunch?" Pizza | Sushi`.

use crate::contract::CHOICES_MOST;
use crate::definition::Definition;
use crate::plain_text;
use notifications::{Address, Audience, ContractErrors};
use serde_json::json;

/// A question and its choices, as somebody wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickPoll {
    /// What is asked.
    pub question: String,
    /// 2 to 20 choices.
    pub choices: Vec<String>,
}

/// Why a line is no poll.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAQuickPoll {
    /// Nothing follows the word: the form is meant, perhaps.
    #[error("nothing is asked")]
    Empty,
    /// There are choices, and no question before them.
    #[error("the question is missing")]
    NoQuestion,
    /// A quotation mark opens and none closes.
    #[error("a quotation mark is not closed")]
    OpenQuote,
    /// Fewer than two choices.
    #[error("{found} choices where at least 2 are needed")]
    FewChoices {
        /// What is asked.
        question: String,
        /// How many there are.
        found: usize,
    },
    /// More choices than a poll has.
    #[error("{found} choices where at most 20 are allowed")]
    ManyChoices {
        /// How many there are.
        found: usize,
    },
    /// Two choices say the same.
    #[error("a choice stands there twice")]
    SameChoice {
        /// Which.
        choice: String,
    },
}

/// Opening and closing marks. A straight one closes a curly one, too: some
/// keyboards turn only one of the two.
const QUOTES: [(char, &[char]); 7] = [
    ('"', &['"', '”', '“']),
    ('“', &['”', '"', '“']),
    ('”', &['”', '"', '“']),
    ('„', &['“', '”', '"']),
    ('«', &['»']),
    ('»', &['«']),
    ('‹', &['›']),
];

impl QuickPoll {
    /// Reads what follows the word `poll`.
    ///
    /// The question stands in quotation marks of any kind, or ends with its
    /// question mark; choices are parted by `|` or stand in lines of their own.
    ///
    /// # Errors
    ///
    /// [`NotAQuickPoll`] says what to write instead.
    pub fn parse(text: &str) -> Result<Self, NotAQuickPoll> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotAQuickPoll::Empty);
        }
        let (question, rest) = split(text)?;
        let question = plain_text::one_line(question);
        if question.is_empty() {
            return Err(NotAQuickPoll::NoQuestion);
        }
        let choices: Vec<String> = rest
            .split(['|', '\n', '\u{ff5c}', '\u{2502}'])
            .map(bare)
            .filter(|choice| !choice.is_empty())
            .collect();
        let found = choices.len();
        if found < 2 {
            return Err(NotAQuickPoll::FewChoices { question, found });
        }
        if found > CHOICES_MOST {
            return Err(NotAQuickPoll::ManyChoices { found });
        }
        for (at, choice) in choices.iter().enumerate() {
            let folded = choice.to_lowercase();
            if choices[..at].iter().any(|one| one.to_lowercase() == folded) {
                let choice = choice.clone();
                return Err(NotAQuickPoll::SameChoice { choice });
            }
        }
        Ok(Self { question, choices })
    }

    /// The poll that is meant: one single choice, named, closed by hand, with
    /// results for whoever has voted.
    ///
    /// # Errors
    ///
    /// As [`Definition::from_value`], when the question or a choice is too
    /// long.
    pub fn definition(&self, owner: &Address, to: &Audience) -> Result<Definition, ContractErrors> {
        Definition::from_value(&json!({
            "title": self.question,
            "owner": owner.to_string(),
            "to": to,
            "questions": [{
                "kind": "single",
                "text": self.question,
                "choices": self.choices,
            }],
        }))
    }
}

/// The question, and what follows it.
fn split(text: &str) -> Result<(&str, &str), NotAQuickPoll> {
    let first = text.chars().next().unwrap_or_default();
    if let Some((open, close)) = QUOTES.iter().find(|(open, _)| *open == first) {
        let inside = &text[open.len_utf8()..];
        let end = inside.find(*close).ok_or(NotAQuickPoll::OpenQuote)?;
        let mark = inside[end..].chars().next().map_or(0, char::len_utf8);
        return Ok((&inside[..end], &inside[end + mark..]));
    }
    // Without marks: up to the question mark, or the end of its line.
    let bars = text.find(['|', '\n']).unwrap_or(text.len());
    match text[..bars].rfind('?') {
        Some(end) => Ok(text.split_at(end + 1)),
        None if bars < text.len() && text[bars..].starts_with('\n') => Ok(text.split_at(bars)),
        None if bars == text.len() => Ok((text, "")),
        None => Err(NotAQuickPoll::NoQuestion),
    }
}

/// A choice without the marks around it, and without the `-` of a list.
fn bare(choice: &str) -> String {
    let choice = plain_text::one_line(choice);
    let choice = choice
        .strip_prefix("- ")
        .or_else(|| choice.strip_prefix("* "))
        .or_else(|| choice.strip_prefix("• "))
        .unwrap_or(&choice)
        .trim();
    let first = choice.chars().next().unwrap_or_default();
    let quoted = QUOTES.iter().find(|(open, _)| *open == first);
    let inside = quoted.and_then(|(open, close)| {
        let inside = choice[open.len_utf8()..].strip_suffix(*close)?;
        (!inside.is_empty() && !inside.contains(*close)).then_some(inside)
    });
    inside.unwrap_or(choice).trim().to_owned()
}

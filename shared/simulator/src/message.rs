//! Messages, as the people in a conversation see them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::card::{self, Button};

/// A message in a conversation: a snapshot, taken when it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// The message's id: milliseconds, in decimal.
    pub id: String,
    /// The conversation; in a channel, with the thread.
    pub conversation: String,
    /// Who wrote it.
    pub author: Author,
    /// The activity as the bot last sent it, or what a person wrote.
    /// Null when only counts are recorded.
    pub activity: Value,
    /// The message it answers, when the bot or the person said so.
    pub reply_to: Option<String>,
    /// How often it was edited.
    pub edits: u32,
    /// Whether it was deleted. A deleted message keeps its last content.
    pub deleted: bool,
    /// The only person who sees it (a targeted message).
    pub targeted_to: Option<String>,
    /// Reactions: who (object id, or the bot's id) and what.
    pub reactions: Vec<(String, String)>,
    /// When it was posted.
    pub at: Timestamp,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Author {
    /// The bot.
    Bot,
    /// The person with this object id.
    Person(String),
}

impl Message {
    /// The text, if there is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.activity.get("text").and_then(Value::as_str)
    }

    /// What the toast shows: the activity's `summary`.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.activity.get("summary").and_then(Value::as_str)
    }

    /// The first Adaptive Card.
    #[must_use]
    pub fn card(&self) -> Option<&Value> {
        card::cards(&self.activity).next()
    }

    /// Every Adaptive Card.
    #[must_use]
    pub fn cards(&self) -> Vec<&Value> {
        card::cards(&self.activity).collect()
    }

    /// The buttons of its cards, also those inside containers and sub-cards.
    #[must_use]
    pub fn buttons(&self) -> Vec<Button> {
        card::cards(&self.activity)
            .flat_map(card::buttons)
            .collect()
    }

    /// The root message of its thread, in a channel.
    #[must_use]
    pub fn thread(&self) -> Option<&str> {
        crate::ids::split_thread(&self.conversation).1
    }

    /// All that a reader sees, as lines of plain text: text, card elements in
    /// order, and each button as `[Title]`.
    #[must_use]
    pub fn readable(&self) -> String {
        card::readable(&self.activity)
    }

    /// Whether [`Message::readable`] contains this.
    #[must_use]
    pub fn says(&self, needle: &str) -> bool {
        self.readable().contains(needle)
    }
}

//! A poll from the form: what its inputs hold.

use crate::contract::CHOICES_MOST;
use crate::definition::Definition;
use notifications::{Address, Audience, ContractErrors};
use serde_json::{Map, Value, json};

/// The ids of the form's inputs.
pub mod inputs {
    /// What is asked.
    pub const QUESTION: &str = "form.question";
    /// Which kind of question.
    pub const KIND: &str = "form.kind";
    /// The choices, a line each.
    pub const CHOICES: &str = "form.choices";
    /// Whether votes are anonymous.
    pub const ANONYMOUS: &str = "form.anonymous";
    /// Who sees results when.
    pub const RESULTS: &str = "form.results";
    /// Whether votes may be changed.
    pub const CHANGE: &str = "form.change";
    /// Whether choices may be added.
    pub const ADD: &str = "form.add";
    /// How long it is open; `hand` for until it is closed.
    pub const CLOSES: &str = "form.closes";
    /// Whether everybody gets the result.
    pub const TELL: &str = "form.tell";
}

/// What the form says for "until I close it".
pub const BY_HAND: &str = "hand";

/// The form as it was filled in, to be shown again when something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What is asked.
    pub question: String,
    /// Which kind of question.
    pub kind: String,
    /// The choices, a line each.
    pub choices: String,
    /// Whether votes are anonymous.
    pub anonymous: bool,
    /// Who sees results when.
    pub results: String,
    /// Whether votes may be changed.
    pub may_change: bool,
    /// Whether choices may be added.
    pub may_add: bool,
    /// How long it is open; [`BY_HAND`] for until it is closed.
    pub closes: String,
    /// Whether everybody gets the result.
    pub tell_everybody: bool,
}

impl Default for Form {
    /// The form before anything is written.
    fn default() -> Self {
        Self {
            question: String::new(),
            kind: "single".to_owned(),
            choices: String::new(),
            anonymous: false,
            results: "after-voting".to_owned(),
            may_change: true,
            may_add: false,
            closes: BY_HAND.to_owned(),
            tell_everybody: false,
        }
    }
}

impl Form {
    /// A form with what was already written in chat.
    #[must_use]
    pub fn beginning(question: &str) -> Self {
        Self {
            question: question.to_owned(),
            ..Self::default()
        }
    }

    /// Reads the inputs of a submitted form. What is missing or of another
    /// type is as in an empty form.
    #[must_use]
    pub fn read(data: &Value) -> Self {
        let empty = Self::default();
        let text = |name: &str, default: String| match data.get(name) {
            Some(Value::String(text)) => text.clone(),
            _ => default,
        };
        let flag = |name: &str, default: bool| match data.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => default,
        };
        Self {
            question: text(inputs::QUESTION, empty.question),
            kind: text(inputs::KIND, empty.kind),
            choices: text(inputs::CHOICES, empty.choices),
            anonymous: flag(inputs::ANONYMOUS, empty.anonymous),
            results: text(inputs::RESULTS, empty.results),
            may_change: flag(inputs::CHANGE, empty.may_change),
            may_add: flag(inputs::ADD, empty.may_add),
            closes: text(inputs::CLOSES, empty.closes),
            tell_everybody: flag(inputs::TELL, empty.tell_everybody),
        }
    }

    /// The poll that the form describes.
    ///
    /// Choices count for the kinds that have some; `mayAdd` likewise.
    ///
    /// # Errors
    ///
    /// As [`Definition::from_value`].
    pub fn definition(&self, owner: &Address, to: &Audience) -> Result<Definition, ContractErrors> {
        let question = crate::plain_text::one_line(&self.question);
        let mut asked = json!({ "kind": self.kind, "text": question, "required": true });
        if matches!(self.kind.as_str(), "single" | "multiple" | "ranking") {
            let lines = self.choices.split(['\n', '|']);
            let choices = lines
                .map(crate::plain_text::one_line)
                .filter(|choice| !choice.is_empty())
                // One more than allowed tells as much as a thousand more.
                .take(CHOICES_MOST + 1);
            asked["choices"] = choices.collect();
        }
        let may_add = self.may_add && matches!(self.kind.as_str(), "single" | "multiple");
        let mut json = Map::new();
        let fields = [
            ("title", question.into()),
            ("owner", owner.to_string().into()),
            ("to", json!(to)),
            ("questions", json!([asked])),
            ("anonymous", self.anonymous.into()),
            ("results", self.results.as_str().into()),
            ("mayChange", self.may_change.into()),
            ("mayAdd", may_add.into()),
            ("tellEverybody", self.tell_everybody.into()),
        ];
        json.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        if self.closes != BY_HAND {
            json.insert("closes".into(), json!({ "after": self.closes }));
        }
        Definition::from_value(&json.into())
    }
}

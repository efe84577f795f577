//! Which part of a JSON document is watched.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest pointer or expression, in bytes.
const LONGEST: usize = 1_000;

/// Which part of a JSON document is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pick {
    /// A JSON pointer (RFC 6901): `/data/0/state`. An empty one is the whole document.
    Pointer(String),
    /// A JMESPath expression: `items[?state=='open']`.
    Query(String),
}

/// The text is no pointer or expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPick {
    /// It is no JSON pointer.
    #[error("not a JSON pointer: empty, or beginning with /")]
    Pointer,
    /// It is no JMESPath expression.
    #[error("not a JMESPath expression (at character {at})")]
    Query {
        /// Where it is wrong.
        at: usize,
    },
    /// It is longer than 1,000 bytes.
    #[error("longer than 1000 bytes")]
    TooLong,
}

impl Pick {
    /// Checks a pointer.
    ///
    /// # Errors
    ///
    /// [`NotAPick`].
    pub fn pointer(text: &str) -> Result<Self, NotAPick> {
        if text.len() > LONGEST {
            return Err(NotAPick::TooLong);
        }
        if text.is_empty() || text.starts_with('/') {
            Ok(Self::Pointer(text.to_owned()))
        } else {
            Err(NotAPick::Pointer)
        }
    }

    /// Checks an expression.
    ///
    /// # Errors
    ///
    /// [`NotAPick`].
    pub fn query(text: &str) -> Result<Self, NotAPick> {
        if text.len() > LONGEST {
            return Err(NotAPick::TooLong);
        }
        match jmespath::compile(text) {
            Ok(_) => Ok(Self::Query(text.to_owned())),
            Err(error) => Err(NotAPick::Query { at: error.offset }),
        }
    }

    /// The part of this document; `None` when it has no such part.
    pub(crate) fn of(&self, document: &Value) -> Option<Value> {
        match self {
            Self::Pointer(pointer) => document.pointer(pointer).cloned(),
            Self::Query(query) => {
                let found = jmespath::compile(query).ok()?.search(document).ok()?;
                let found = serde_json::to_value(&*found).ok()?;
                Some(found).filter(|found| !found.is_null())
            }
        }
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pointer(text) | Self::Query(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_and_an_expression_pick_their_part() {
        let document = json!({ "items": [{ "id": 1, "open": true }, { "id": 2, "open": false }] });
        let pointer = Pick::pointer("/items/1/id").unwrap();
        assert_eq!(pointer.of(&document), Some(json!(2)));
        let query = Pick::query("items[?open].id").unwrap();
        assert_eq!(query.of(&document), Some(json!([1])));
        assert_eq!(Pick::pointer("/none").unwrap().of(&document), None);
        assert_eq!(Pick::query("none").unwrap().of(&document), None);
    }

    #[test]
    fn what_is_neither_is_refused() {
        assert_eq!(Pick::pointer("items"), Err(NotAPick::Pointer));
        assert!(matches!(
            Pick::query("items[?"),
            Err(NotAPick::Query { .. })
        ));
        assert_eq!(Pick::query(&"a".repeat(1_001)), Err(NotAPick::TooLong));
    }
}

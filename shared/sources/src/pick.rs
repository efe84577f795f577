//! Which part of a JSON document is watched.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest pointer or expression, in bytes.
const LONGEST: usize = 1_000;

/// The most characters that put one part of an expression into, before or beside another. The library goes one level down
/// for each, until the stack ends; and `[@,@]|` over and over doubles what it finds each time.
const JOINTS: usize = 64;

/// The most that an expression may find, in bytes of JSON: more than a document has, as it may repeat parts of it.
const MOST: usize = 4 * 1024 * 1024;

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
    /// It has too many parts.
    #[error("of more than 64 parts (counted by ! & ( [ {{ | . and commas)")]
    TooManyParts,
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
        let joints = text.bytes().filter(|b| b"!&([{|.,".contains(b));
        if joints.count() > JOINTS {
            return Err(NotAPick::TooManyParts);
        }
        match jmespath::compile(text) {
            Ok(_) => Ok(Self::Query(text.to_owned())),
            Err(error) => Err(NotAPick::Query { at: error.offset }),
        }
    }

    /// The part of this document; `None` when it has no such part, or one that is much larger than it.
    pub(crate) fn of(&self, document: &Value) -> Option<Value> {
        match self {
            Self::Pointer(pointer) => document.pointer(pointer).cloned(),
            Self::Query(query) => {
                let found = jmespath::compile(query).ok()?.search(document).ok()?;
                let mut json = AtMost(Vec::new());
                serde_json::to_writer(&mut json, &*found).ok()?;
                let found: Value = serde_json::from_slice(&json.0).ok()?;
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

/// Bytes up to [`MOST`].
struct AtMost(Vec<u8>);

impl Write for AtMost {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.0.len() + more.len() > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.write(more)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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

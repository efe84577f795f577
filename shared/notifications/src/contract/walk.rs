//! A walk over JSON that goes on after a problem, and knows where it is.

use super::{ContractErrors, Problem};
use crate::suggest;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most problems that are named; a sender mends the first ones first.
const MOST: usize = 50;

/// Collects the problems met on the way.
#[derive(Default)]
pub struct Walk {
    problems: Vec<Problem>,
}

impl Walk {
    /// Notes a problem and goes on.
    pub fn problem(&mut self, path: &str, found: impl Into<String>, expected: impl Into<String>) {
        if self.problems.len() < MOST {
            self.problems.push(Problem {
                path: path.to_owned(),
                found: found.into(),
                expected: expected.into(),
            });
        }
    }

    /// The value, unless anything went wrong on the way to it.
    ///
    /// # Errors
    ///
    /// [`ContractErrors`]: everything that went wrong.
    pub fn end<T>(self, value: Option<T>) -> Result<T, ContractErrors> {
        match (ContractErrors::new(self.problems), value) {
            (None, Some(value)) => Ok(value),
            (Some(errors), _) => Err(errors),
            // Whoever returns no value has named the problem; this arm keeps
            // the promise should they forget.
            (None, None) => Err(ContractErrors::one(
                "$",
                "something",
                "the contract's fields",
            )),
        }
    }
}

/// A value and where it stands.
pub struct At<'a> {
    /// Where: `item.url`; `$` is the whole.
    pub path: String,
    /// What is there.
    pub value: &'a Value,
}

impl<'a> At<'a> {
    /// The whole.
    pub fn root(value: &'a Value) -> Self {
        Self {
            path: "$".to_owned(),
            value,
        }
    }

    /// Names this value as a problem.
    pub fn wrong<T>(&self, walk: &mut Walk, expected: impl Into<String>) -> Option<T> {
        walk.problem(&self.path, describe(self.value), expected);
        None
    }

    /// The value as text.
    pub fn str(&self, walk: &mut Walk, expected: &str) -> Option<&'a str> {
        match self.value.as_str() {
            Some(text) => Some(text),
            None => self.wrong(walk, expected),
        }
    }

    /// The value as an object.
    pub fn fields(&self, walk: &mut Walk, expected: &str) -> Option<Fields<'a>> {
        match self.value.as_object() {
            Some(map) => Some(Fields {
                path: self.path.clone(),
                map,
                asked: Vec::with_capacity(24),
            }),
            None => self.wrong(walk, expected),
        }
    }

    /// The elements of a list of at most so many.
    pub fn list(&self, walk: &mut Walk, expected: &str, most: usize) -> Option<Vec<Self>> {
        let Some(list) = self.value.as_array() else {
            return self.wrong(walk, expected);
        };
        if list.len() > most {
            walk.problem(
                &self.path,
                format!("{} elements", list.len()),
                format!("at most {most}"),
            );
            return None;
        }
        Some(
            list.iter()
                .enumerate()
                .map(|(index, value)| Self {
                    path: format!("{}[{index}]", self.path),
                    value,
                })
                .collect(),
        )
    }
}

/// The fields of one object; remembers which were asked for.
pub struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// A field, absent when missing or `null`.
    pub fn get(&mut self, name: &'static str) -> Option<At<'a>> {
        self.asked.push(name);
        let value = self.map.get(name)?;
        (!value.is_null()).then(|| At {
            path: join_word(&self.path, name),
            value,
        })
    }

    /// A field that must be there.
    pub fn require(
        &mut self,
        walk: &mut Walk,
        name: &'static str,
        expected: &str,
    ) -> Option<At<'a>> {
        let at = self.get(name);
        if at.is_none() {
            walk.problem(&join(&self.path, name), "nothing", expected);
        }
        at
    }

    /// Whether a field is there, without asking for it.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Every field with its place, for objects whose keys are data.
    pub fn all(&self) -> impl Iterator<Item = (&'a String, At<'a>)> + '_ {
        self.map.iter().map(|(name, value)| {
            let path = join(&self.path, name);
            (name, At { path, value })
        })
    }

    /// Where the object stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Refuses every field that was not asked for; gives back the `x-…` ones.
    pub fn end(self, walk: &mut Walk) -> BTreeMap<String, Value> {
        let mut own = BTreeMap::new();
        for (name, value) in self.map {
            if self.asked.contains(&name.as_str()) {
                continue;
            }
            if name.len() > 2 && name.starts_with("x-") {
                own.insert(name.clone(), value.clone());
                continue;
            }
            let expected = match suggest::nearest(name, self.asked.iter().copied()) {
                Some(meant) => format!("a known field (did you mean {meant}?)"),
                None => format!("one of {}, or x-…", self.asked.join(", ")),
            };
            walk.problem(&join(&self.path, name), "an unknown field", expected);
        }
        own
    }
}

/// `item.url`, for a name of ours: nearly all that is read has one, in every notification.
fn join_word(path: &str, name: &'static str) -> String {
    match path {
        "$" => name.to_owned(),
        _ => [path, ".", name].concat(),
    }
}

/// `item.url`; a name that is no word is quoted and shortened.
fn join(path: &str, name: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$');
    let shown = if !name.is_empty() && name.len() <= 64 && name.chars().all(word) {
        name.to_owned()
    } else {
        let short: String = name.chars().take(64).collect();
        format!("[{}]", Value::String(short))
    };
    match path {
        "$" => shown,
        _ if shown.starts_with('[') => format!("{path}{shown}"),
        _ => format!("{path}.{shown}"),
    }
}

/// What a value is, without saying what is in it.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if text.trim().is_empty() => "empty text".to_owned(),
        Value::String(text) => format!("text of {} characters", text.chars().count()),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A word from a fixed choice may be repeated: it is the sender's code.
pub fn quote(word: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if word.len() <= 24 && !word.is_empty() && word.chars().all(fits) {
        format!("\"{word}\"")
    } else {
        describe(&Value::String(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{At, Walk, join};
    use serde_json::json;

    #[test]
    fn paths_are_readable() {
        assert_eq!(join("$", "item"), "item");
        assert_eq!(join("item", "url"), "item.url");
        assert_eq!(join("translations", "es-MX"), "translations.es-MX");
        assert_eq!(join("data", "two words"), "data[\"two words\"]");
        assert_eq!(join("$", ""), "[\"\"]");
    }

    #[test]
    fn unknown_fields_are_refused_with_a_guess_and_own_fields_kept() {
        let json = json!({"nmae": "a", "x-mine": 1, "x-": 2, "name": null});
        let mut walk = Walk::default();
        let mut fields = At::root(&json).fields(&mut walk, "an object").unwrap();
        assert!(fields.get("name").is_none());
        let own = fields.end(&mut walk);
        assert_eq!(own.len(), 1);
        let errors = walk.end(Some(())).unwrap_err();
        assert_eq!(errors.paths(), "nmae, x-");
        assert!(errors.problems()[0].expected.contains("did you mean name?"));
    }
}

//! Adaptive Card templates: a card with `${…}` in it, and the data for them.
//!
//! The part of the Adaptive Cards Templating language that cards are written
//! with: `${path}` in any text, `$data` to change the scope or repeat an
//! element, `$when` to leave one out, `$root`, `$index`, operators and some
//! functions (`if`, `formatDateTime`, …). A text that is one `${…}` alone
//! becomes the value itself; what the data lacks stays as it was written.
//!
//! Templates come from senders: what one may grow to is bounded.

mod evaluate;
mod expression;
mod functions;

use evaluate::Scope;
use serde_json::{Map, Value};

/// The deepest nesting of a card.
const DEEPEST: usize = 60;
/// The most values that a card may grow to.
const MOST: usize = 20_000;
/// The most text that a card may grow to, in bytes.
const LARGEST: usize = 256 * 1024;

/// Why a template made no card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// An expression cannot be read. Says where, not what it was.
    #[error("an expression that cannot be read, at {path}")]
    BadExpression {
        /// Where in the card: `body[0].text`.
        path: String,
    },
    /// The card would grow too large or too deep.
    #[error("a card that grows too large")]
    TooLarge,
}

/// Makes a card of a template and its data.
///
/// # Errors
///
/// [`TemplateError`]: the sender must mend the template.
pub fn expand(template: &Value, data: &Value) -> Result<Value, TemplateError> {
    let mut expansion = Expansion {
        values: 0,
        bytes: 0,
    };
    let scope = Scope::root(data);
    let mut all = expansion.value(template, &scope, "", 0)?;
    Ok(if all.len() == 1 {
        all.swap_remove(0)
    } else {
        Value::Array(all)
    })
}

/// Whether there is anything to expand in a card.
#[must_use]
pub fn is_template(card: &Value) -> bool {
    match card {
        Value::String(text) => text.contains("${"),
        Value::Array(list) => list.iter().any(is_template),
        Value::Object(map) => map
            .iter()
            .any(|(name, value)| name == "$data" || name == "$when" || is_template(value)),
        _ => false,
    }
}

struct Expansion {
    values: usize,
    bytes: usize,
}

impl Expansion {
    fn count(&mut self, bytes: usize) -> Result<(), TemplateError> {
        self.values += 1;
        self.bytes += bytes;
        if self.values > MOST || self.bytes > LARGEST {
            return Err(TemplateError::TooLarge);
        }
        Ok(())
    }

    /// The values that a piece of the template becomes: mostly one, none when
    /// `$when` says no, several when `$data` is a list.
    fn value(
        &mut self,
        template: &Value,
        scope: &Scope<'_>,
        path: &str,
        depth: usize,
    ) -> Result<Vec<Value>, TemplateError> {
        if depth > DEEPEST {
            return Err(TemplateError::TooLarge);
        }
        match template {
            Value::Object(map) => self.object(map, scope, path, depth),
            Value::Array(list) => {
                self.count(2)?;
                let mut all = Vec::new();
                for (at, element) in list.iter().enumerate() {
                    all.extend(self.value(element, scope, &format!("{path}[{at}]"), depth + 1)?);
                }
                Ok(vec![Value::Array(all)])
            }
            Value::String(text) => {
                let value = evaluate::text(text, scope).map_err(|_| bad(path))?;
                self.count_whole(&value, depth)?;
                Ok(vec![value])
            }
            other => {
                self.count(8)?;
                Ok(vec![other.clone()])
            }
        }
    }

    /// Data put in whole counts with everything in it.
    fn count_whole(&mut self, value: &Value, depth: usize) -> Result<(), TemplateError> {
        if depth > DEEPEST {
            return Err(TemplateError::TooLarge);
        }
        match value {
            Value::String(text) => self.count(text.len()),
            Value::Array(list) => {
                self.count(2)?;
                list.iter()
                    .try_for_each(|value| self.count_whole(value, depth + 1))
            }
            Value::Object(map) => {
                self.count(2)?;
                map.iter().try_for_each(|(name, value)| {
                    self.count(name.len())?;
                    self.count_whole(value, depth + 1)
                })
            }
            _ => self.count(8),
        }
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        scope: &Scope<'_>,
        path: &str,
        depth: usize,
    ) -> Result<Vec<Value>, TemplateError> {
        let Some(data) = map.get("$data") else {
            return Ok(self.element(map, scope, path, depth)?.into_iter().collect());
        };
        let at = format!("{path}.$data");
        let mut data = self.value(data, scope, &at, depth + 1)?;
        let data = data.pop().unwrap_or(Value::Null);
        let mut all = Vec::new();
        match &data {
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    let inner = scope.inner(value, Some(index));
                    all.extend(self.element(map, &inner, path, depth)?);
                }
            }
            value => {
                let inner = scope.inner(value, None);
                all.extend(self.element(map, &inner, path, depth)?);
            }
        }
        Ok(all)
    }

    /// One object in its scope; none when its `$when` says no.
    fn element(
        &mut self,
        map: &Map<String, Value>,
        scope: &Scope<'_>,
        path: &str,
        depth: usize,
    ) -> Result<Option<Value>, TemplateError> {
        self.count(2)?;
        if let Some(when) = map.get("$when") {
            let when = match when {
                Value::String(text) => {
                    evaluate::text(text, scope).map_err(|_| bad(&format!("{path}.$when")))?
                }
                other => other.clone(),
            };
            // A text that stayed unexpanded is a condition whose data is
            // lacking: it does not hold.
            if when != Value::Bool(true) && when != Value::String("true".to_owned()) {
                return Ok(None);
            }
        }
        let mut out = Map::new();
        for (name, value) in map {
            if name == "$data" || name == "$when" {
                continue;
            }
            self.count(name.len())?;
            let at = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let repeats = value.get("$data").is_some();
            let mut values = self.value(value, scope, &at, depth + 1)?;
            match values.len() {
                0 => {}
                1 if !repeats || !is_list(value) => {
                    out.insert(name.clone(), values.swap_remove(0));
                }
                _ => {
                    out.insert(name.clone(), Value::Array(values));
                }
            }
        }
        Ok(Some(Value::Object(out)))
    }
}

/// Whether an object is meant to be repeated: then even one is a list.
fn is_list(value: &Value) -> bool {
    value.get("$data").is_some_and(Value::is_array)
}

fn bad(path: &str) -> TemplateError {
    TemplateError::BadExpression {
        path: path.trim_start_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests;

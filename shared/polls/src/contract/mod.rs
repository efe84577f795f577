//! Reading a definition, and telling its sender everything that is wrong.

mod parse;
mod questions;
mod translations;
mod weight;
mod write;

pub(crate) use parse::{OWNER_NAME, may_grow};
pub(crate) use questions::CHOICES_MOST;
pub use weight::HEAVIEST;

use crate::definition::{Definition, Schedule};
use notifications::ContractErrors;
use notifications::contract::walk::{At, Walk};
use notifications::contract::{LARGEST, not_json};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

impl Definition {
    /// Reads a definition, naming everything that is wrong with it.
    ///
    /// Whether its schedule has a next time is for whoever resolves it.
    ///
    /// # Errors
    ///
    /// [`ContractErrors`]: each place, what is there and what should be.
    pub fn from_value(json: &Value) -> Result<Self, ContractErrors> {
        let mut walk = Walk::default();
        let definition = parse::definition(&mut walk, &At::root(json));
        walk.end(definition)
    }

    /// Reads a definition from text.
    ///
    /// # Errors
    ///
    /// As [`Definition::from_value`]; also when it is no JSON, or too much.
    pub fn parse(json: &[u8]) -> Result<Self, ContractErrors> {
        if json.len() > LARGEST {
            let found = format!("{} bytes", json.len());
            let expected = format!("at most {LARGEST} bytes");
            return Err(ContractErrors::one("$", found, expected));
        }
        match serde_json::from_slice(json) {
            Ok(value) => Self::from_value(&value),
            Err(error) => Err(not_json(&error)),
        }
    }

    /// The definition as JSON, without what goes without saying.
    #[must_use]
    pub fn to_value(&self) -> Value {
        write::definition(self)
    }
}

impl Schedule {
    /// The schedule of a definition that is otherwise wrong, if that alone can be read: so that whoever resolves it can
    /// name its mistakes beside the others.
    #[must_use]
    pub fn of(definition: &Value) -> Option<Self> {
        let mut walk = Walk::default();
        let mut fields = At::root(definition).fields(&mut walk, "")?;
        fields
            .get("schedule")
            .and_then(|at| parse::schedule(&mut walk, &at))
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::from_value(&json).map_err(de::Error::custom)
    }
}

//! Values of attributes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An item, or the key of one.
pub type Item = BTreeMap<String, AttributeValue>;

/// A value, with its type. See "AttributeValue" in the Amazon DynamoDB API reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AttributeValue {
    /// A text.
    S(String),
    /// A number, in decimal.
    N(String),
    /// Bytes.
    B(Blob),
    /// Several texts, each once.
    #[serde(rename = "SS")]
    Ss(Vec<String>),
    /// Several numbers, each once.
    #[serde(rename = "NS")]
    Ns(Vec<String>),
    /// Several times bytes, each once.
    #[serde(rename = "BS")]
    Bs(Vec<Blob>),
    /// Values by name.
    M(Item),
    /// Values in order.
    L(Vec<AttributeValue>),
    /// A truth.
    #[serde(rename = "BOOL")]
    Bool(bool),
    /// Nothing; always `true`.
    #[serde(rename = "NULL")]
    Null(bool),
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $variant:ident -> $type:ty;)+) => {
        impl AttributeValue { $(
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// The value itself, when it is of another type.
            pub fn $name(&self) -> Result<&$type, &Self> {
                match self {
                    Self::$variant(value) => Ok(value),
                    other => Err(other),
                }
            }
        )+ }
    };
}

readers! {
    /// The text.
    as_s: S -> String;
    /// The number, in decimal.
    as_n: N -> String;
    /// The bytes.
    as_b: B -> Blob;
    /// The texts.
    as_ss: Ss -> Vec<String>;
    /// The values by name.
    as_m: M -> Item;
    /// The values in order.
    as_l: L -> Vec<AttributeValue>;
    /// The truth.
    as_bool: Bool -> bool;
}

/// Bytes; base64 on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(Vec<u8>);

impl Blob {
    /// These bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn into_inner(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_value_is_written_as_dynamodb_has_it() {
        let json = r#"{"L":[{"S":"é"},{"N":"-1.5"},{"B":"AP8="},{"SS":["a"]},{"NS":["1"]},{"BS":["AA=="]},{"M":{"x":{"NULL":true}}},{"BOOL":false}]}"#;
        let value: AttributeValue = serde_json::from_str(json).expect("values");
        let list = value.as_l().expect("a list");
        assert_eq!(list[0].as_s().expect("a text"), "é");
        assert_eq!(list[2].as_b().expect("bytes").as_ref(), [0, 255]);
        assert!(list[0].as_n().is_err());
        assert_eq!(serde_json::to_string(&value).expect("JSON"), json);
    }
}

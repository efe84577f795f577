//! Audiences: whom a notification is for, and whom it is not for.

use crate::address::{Address, AddressError};
use crate::topic::TopicName;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Everybody that `to` names, minus everybody that it takes away.
///
/// On the wire one array, in which a leading `-` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Who receives; never empty in a notification that was parsed.
    pub include: Vec<Address>,
    /// Who does not, even when included.
    pub exclude: Vec<Address>,
}

impl Audience {
    /// The subscribers of a topic: the audience of a notification without `to`.
    #[must_use]
    pub fn subscribers(topic: TopicName) -> Self {
        Self {
            include: vec![Address::Topic(topic)],
            exclude: Vec::new(),
        }
    }

    /// Adds one element of `to`, with or without its `-`.
    ///
    /// # Errors
    ///
    /// [`AddressError`] when it is no address.
    pub fn add(&mut self, text: &str) -> Result<(), AddressError> {
        match text.strip_prefix('-') {
            Some(address) => self.exclude.push(address.parse()?),
            None => self.include.push(text.parse()?),
        }
        Ok(())
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let include = self.include.iter().map(ToString::to_string);
        let exclude = self.exclude.iter().map(|address| format!("-{address}"));
        serializer.collect_seq(include.chain(exclude))
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut audience = Self::default();
        for text in Vec::<String>::deserialize(deserializer)? {
            audience.add(&text).map_err(de::Error::custom)?;
        }
        Ok(audience)
    }
}

#[cfg(test)]
mod tests {
    use super::Audience;
    use crate::address::Address;

    #[test]
    fn a_leading_minus_takes_away() {
        let mut audience = Audience::default();
        audience.add("everyone").unwrap();
        audience.add("-roster:19:abc").unwrap();
        assert_eq!(audience.include, [Address::Everyone]);
        assert_eq!(audience.exclude[0].to_string(), "roster:19:abc");
        assert_eq!(
            serde_json::to_value(&audience).unwrap(),
            serde_json::json!(["everyone", "-roster:19:abc"])
        );
        assert!(audience.add("--everyone").is_err());
    }
}

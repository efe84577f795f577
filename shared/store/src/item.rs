//! Items as DynamoDB has them, read and written by hand.
//!
//! Every function here runs several times per delivery, so there is no generic
//! serialiser in between.

pub(crate) use aws::dynamodb::Item;
use aws::dynamodb::{AttributeValue, Blob};
use jiff::Timestamp;

use crate::error::StoreError;

/// A text.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A whole number.
pub(crate) fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Bytes.
pub(crate) fn b(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// A mark that is there or not.
pub(crate) fn mark() -> AttributeValue {
    AttributeValue::Bool(true)
}

/// A point in time, in milliseconds: the precision of activities.
pub(crate) fn ms(at: Timestamp) -> AttributeValue {
    n(at.as_millisecond())
}

/// Reads the attributes of one item, and knows what to call it when it cannot.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a> {
    entity: &'static str,
    item: &'a Item,
}

impl<'a> Attributes<'a> {
    pub(crate) fn of(entity: &'static str, item: &'a Item) -> Self {
        Self { entity, item }
    }

    pub(crate) fn unreadable(&self, attribute: &'static str) -> StoreError {
        StoreError::Unreadable {
            entity: self.entity,
            attribute,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.item.contains_key(name)
    }

    pub(crate) fn text(&self, name: &'static str) -> Option<&'a str> {
        self.item.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(crate) fn need_text(&self, name: &'static str) -> Result<&'a str, StoreError> {
        self.text(name).ok_or_else(|| self.unreadable(name))
    }

    pub(crate) fn number(&self, name: &'static str) -> Option<i64> {
        self.item.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(crate) fn need_number(&self, name: &'static str) -> Result<i64, StoreError> {
        self.number(name).ok_or_else(|| self.unreadable(name))
    }

    pub(crate) fn time(&self, name: &'static str) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.number(name)?).ok()
    }

    pub(crate) fn need_time(&self, name: &'static str) -> Result<Timestamp, StoreError> {
        self.time(name).ok_or_else(|| self.unreadable(name))
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Option<&'a [u8]> {
        self.item.get(name)?.as_b().ok().map(Blob::as_ref)
    }

    pub(crate) fn map(&self, name: &'static str) -> Option<&'a Item> {
        self.item.get(name)?.as_m().ok()
    }

    pub(crate) fn texts(&self, name: &'static str) -> &'a [String] {
        self.item
            .get(name)
            .and_then(|value| value.as_ss().ok())
            .map_or(&[], Vec::as_slice)
    }

    /// Reads a text as another type.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.text(name)
            .map(|text| text.parse().map_err(|_| self.unreadable(name)))
            .transpose()
    }
}

//! The parts of requests and answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::value::Item;

/// What a write answers of the item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnValue {
    /// Nothing.
    #[default]
    None,
    /// The item as it was before.
    AllOld,
    /// The item as it is now; updates only.
    AllNew,
    /// What was changed, as it was before; updates only.
    UpdatedOld,
    /// What was changed, as it is now; updates only.
    UpdatedNew,
}

impl ReturnValue {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// What a write whose condition did not hold answers of the item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnValuesOnConditionCheckFailure {
    /// Nothing.
    #[default]
    None,
    /// The item as it is.
    AllOld,
}

impl ReturnValuesOnConditionCheckFailure {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Which items of a table, and what of them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeysAndAttributes<'a> {
    /// The keys.
    pub keys: Vec<Item>,
    /// Whether the read sees every write that was answered before it.
    pub consistent_read: bool,
    /// The attributes that are wanted; without it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection_expression: Option<&'a str>,
    /// What `#name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<&'a BTreeMap<&'a str, &'a str>>,
}

/// The keys that a batch left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UnprocessedKeys {
    /// The keys.
    pub keys: Vec<Item>,
}

/// Why a part of a transaction cancelled it; the code `None` when it is not to blame.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CancellationReason {
    /// `ConditionalCheckFailed`, `TransactionConflict`, …
    pub code: Option<String>,
    /// In DynamoDB's own words.
    pub message: Option<String>,
    /// The item as it is, if the part asked for it.
    pub item: Option<Item>,
}

/// An attribute that is a part of a key: always a text here.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeDefinition<'a> {
    /// Its name.
    pub attribute_name: &'a str,
    /// `S`.
    pub attribute_type: &'a str,
}

/// A part of a table's key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeySchemaElement<'a> {
    /// The attribute.
    pub attribute_name: &'a str,
    /// `HASH` or `RANGE`.
    pub key_type: &'a str,
}

/// Which attribute says when an item expires.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimeToLiveSpecification<'a> {
    /// Its name.
    pub attribute_name: &'a str,
    /// Whether items expire.
    pub enabled: bool,
}

/// A table, as far as it is read here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TableDescription {
    /// `CREATING`, `ACTIVE`, …
    pub table_status: Option<String>,
}

//! The operations. See "Actions" in the Amazon DynamoDB API reference.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Operation;
use super::types::{
    AttributeDefinition, KeySchemaElement, KeysAndAttributes, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TableDescription, TimeToLiveSpecification,
    UnprocessedKeys,
};
use super::value::{AttributeValue, Item};
use crate::chance::Chance;

macro_rules! operations {
    ($($operation:ident -> $output:ty;)+) => { $(
        impl Operation for $operation<'_> {
            const NAME: &'static str = stringify!($operation);
            type Output = $output;
        }
    )+ };
}

operations! {
    GetItem -> GetItemOutput;
    PutItem -> WriteOutput;
    UpdateItem -> WriteOutput;
    DeleteItem -> WriteOutput;
    Query -> QueryOutput;
    BatchGetItem -> BatchGetItemOutput;
    TransactWriteItems -> TransactWriteItemsOutput;
    CreateTable -> CreateTableOutput;
    DescribeTable -> DescribeTableOutput;
    UpdateTimeToLive -> UpdateTimeToLiveOutput;
}

/// Reads one item.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetItem<'a> {
    /// The table.
    pub table_name: &'a str,
    /// The item's key.
    pub key: &'a Item,
    /// Whether the read sees every write that was answered before it.
    pub consistent_read: bool,
}

/// What `GetItem` answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetItemOutput {
    /// The item, if there is one.
    pub item: Option<Item>,
}

/// Writes a whole item.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutItem<'a> {
    /// The table.
    pub table_name: &'a str,
    /// The item, its key included.
    pub item: &'a Item,
    /// Under which condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<&'a str>,
    /// What `#name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<&'a BTreeMap<&'a str, &'a str>>,
    /// What `:name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<&'a BTreeMap<String, AttributeValue>>,
    /// What is answered of the item; nothing in a transaction.
    #[serde(skip_serializing_if = "ReturnValue::is_none")]
    pub return_values: ReturnValue,
    /// The same when the condition does not hold.
    #[serde(skip_serializing_if = "ReturnValuesOnConditionCheckFailure::is_none")]
    pub return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure,
}

/// Changes attributes of an item, or makes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateItem<'a> {
    /// The table.
    pub table_name: &'a str,
    /// The item's key.
    pub key: &'a Item,
    /// What is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_expression: Option<&'a str>,
    /// Under which condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<&'a str>,
    /// What `#name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<&'a BTreeMap<&'a str, &'a str>>,
    /// What `:name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<&'a BTreeMap<String, AttributeValue>>,
    /// What is answered of the item; nothing in a transaction.
    #[serde(skip_serializing_if = "ReturnValue::is_none")]
    pub return_values: ReturnValue,
    /// The same when the condition does not hold.
    #[serde(skip_serializing_if = "ReturnValuesOnConditionCheckFailure::is_none")]
    pub return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure,
}

/// Deletes an item.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteItem<'a> {
    /// The table.
    pub table_name: &'a str,
    /// The item's key.
    pub key: &'a Item,
    /// Under which condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<&'a str>,
    /// What `#name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<&'a BTreeMap<&'a str, &'a str>>,
    /// What `:name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<&'a BTreeMap<String, AttributeValue>>,
    /// What is answered of the item; nothing in a transaction.
    #[serde(skip_serializing_if = "ReturnValue::is_none")]
    pub return_values: ReturnValue,
    /// The same when the condition does not hold.
    #[serde(skip_serializing_if = "ReturnValuesOnConditionCheckFailure::is_none")]
    pub return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure,
}

/// What `PutItem`, `UpdateItem` and `DeleteItem` answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WriteOutput {
    /// The item, as far as it was asked for.
    pub attributes: Option<Item>,
}

/// Reads items of one partition, in the order of their sort keys.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Query<'a> {
    /// The table.
    pub table_name: &'a str,
    /// Which partition, and which part of it.
    pub key_condition_expression: &'a str,
    /// What `#name` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<&'a BTreeMap<&'a str, &'a str>>,
    /// What `:name` stands for.
    pub expression_attribute_values: &'a BTreeMap<String, AttributeValue>,
    /// Whether from the least sort key to the greatest.
    pub scan_index_forward: bool,
    /// How many at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// Whether the read sees every write that was answered before it.
    pub consistent_read: bool,
    /// The key after which the read begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_start_key: Option<&'a Item>,
}

/// What `Query` answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct QueryOutput {
    /// The items.
    pub items: Vec<Item>,
    /// The key at which the read ended, if there may be more.
    pub last_evaluated_key: Option<Item>,
}

/// Reads up to 100 items.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchGetItem<'a> {
    /// What is read, by table.
    pub request_items: BTreeMap<&'a str, KeysAndAttributes<'a>>,
}

/// What `BatchGetItem` answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BatchGetItemOutput {
    /// The items, by table, in no order.
    pub responses: BTreeMap<String, Vec<Item>>,
    /// What was left out and can be asked for again, by table.
    pub unprocessed_keys: BTreeMap<String, UnprocessedKeys>,
}

/// Writes all of up to 100 items, or none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransactWriteItems<'a> {
    /// The parts.
    pub transact_items: Vec<TransactWriteItem<'a>>,
    /// Another request with the same token and parts, within ten minutes, is the same request. Each try of this one has
    /// the same, so that one whose answer was lost is not refused for what it has done itself.
    pub client_request_token: String,
}

impl<'a> TransactWriteItems<'a> {
    /// A transaction of these parts, with a token of its own.
    #[must_use]
    pub fn new(transact_items: Vec<TransactWriteItem<'a>>) -> Self {
        static CHANCE: LazyLock<Chance> = LazyLock::new(Chance::default);
        Self {
            transact_items,
            client_request_token: format!("{:016x}{:016x}", CHANCE.draw(), CHANCE.draw()),
        }
    }
}

/// A part of a transaction.
#[derive(Clone, Debug, Serialize)]
pub enum TransactWriteItem<'a> {
    /// Writes a whole item.
    Put(PutItem<'a>),
    /// Changes attributes of an item.
    Update(UpdateItem<'a>),
    /// Deletes an item.
    Delete(DeleteItem<'a>),
}

/// What `TransactWriteItems` answers.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct TransactWriteItemsOutput {}

/// Makes a table.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTable<'a> {
    /// Its name.
    pub table_name: &'a str,
    /// The types of its key's attributes.
    pub attribute_definitions: &'a [AttributeDefinition<'a>],
    /// Its key.
    pub key_schema: &'a [KeySchemaElement<'a>],
    /// `PAY_PER_REQUEST`.
    pub billing_mode: &'a str,
}

/// What `CreateTable` answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateTableOutput {
    /// The table.
    pub table_description: TableDescription,
}

/// Reads how a table is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTable<'a> {
    /// Its name.
    pub table_name: &'a str,
}

/// What `DescribeTable` answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeTableOutput {
    /// The table.
    pub table: TableDescription,
}

/// Says when the items of a table expire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTimeToLive<'a> {
    /// The table.
    pub table_name: &'a str,
    /// The attribute.
    pub time_to_live_specification: TimeToLiveSpecification<'a>,
}

/// What `UpdateTimeToLive` answers.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct UpdateTimeToLiveOutput {}

//! Amazon DynamoDB: the operations and values that the store uses.
//!
//! The types are DynamoDB's own, by its own names: an operation is a value with the members of its request, and
//! [`Client::send`] gives what the service answers. Nothing is decided here.

mod operations;
mod types;
mod value;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use operations::{
    BatchGetItem, BatchGetItemOutput, CreateTable, CreateTableOutput, DeleteItem, DescribeTable,
    DescribeTableOutput, GetItem, GetItemOutput, PutItem, Query, QueryOutput, TransactWriteItem,
    TransactWriteItems, TransactWriteItemsOutput, UpdateItem, UpdateTimeToLive,
    UpdateTimeToLiveOutput, WriteOutput,
};
pub use types::{
    AttributeDefinition, CancellationReason, KeySchemaElement, KeysAndAttributes, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TableDescription, TimeToLiveSpecification,
    UnprocessedKeys,
};
pub use value::{AttributeValue, Blob, Item};

use crate::call::{CallError, Caller, Refusal};

/// An operation of DynamoDB: the value is its request.
pub trait Operation: Serialize + Sync {
    /// Its name in the API.
    const NAME: &'static str;
    /// What DynamoDB answers.
    type Output: DeserializeOwned;
}

/// The way of a request to DynamoDB and of the answer back.
///
/// There is one in the functions, with the signature and the retries in it; a test puts its own around it to look on, or
/// to break it.
#[async_trait]
pub trait Wire: Send + Sync + Debug {
    /// Carries one request, all its tries included.
    ///
    /// # Errors
    ///
    /// [`CallError`]: what DynamoDB refused, or that there was no answer.
    async fn carry(&self, operation: &'static str, request: Bytes) -> Result<Bytes, CallError>;
}

#[async_trait]
impl Wire for Caller {
    async fn carry(&self, operation: &'static str, request: Bytes) -> Result<Bytes, CallError> {
        self.call(operation, request).await
    }
}

/// Room for nearly every request, so that none grows step by step.
const USUAL_REQUEST: usize = 2048;

/// A client of DynamoDB. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    wire: Arc<dyn Wire>,
}

impl Client {
    /// A client over this wire.
    #[must_use]
    pub fn over(wire: Arc<dyn Wire>) -> Self {
        Self { wire }
    }

    /// The wire.
    #[must_use]
    pub fn wire(&self) -> &Arc<dyn Wire> {
        &self.wire
    }

    /// Makes a request and waits for the answer. What may pass is tried again: a throttled request, a fault of the
    /// service, a broken connection.
    ///
    /// # Errors
    ///
    /// [`CallError`]. A condition that did not hold is one too: see [`condition_failed`] and [`cancelled`].
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, CallError> {
        let mut request = Vec::with_capacity(USUAL_REQUEST);
        serde_json::to_writer(&mut request, operation).map_err(CallError::unanswered)?;
        let answer = self.wire.carry(O::NAME, request.into()).await?;
        serde_json::from_slice(&answer).map_err(CallError::Unreadable)
    }
}

/// When a write was refused because its condition did not hold: the item as it is, if the write asked for it.
#[must_use]
pub fn condition_failed(error: &CallError) -> Option<Option<Item>> {
    #[derive(serde::Deserialize)]
    struct Details {
        #[serde(rename = "Item", default)]
        item: Option<Item>,
    }
    let refusal = with_code(error, "ConditionalCheckFailedException")?;
    Some(refusal.details().and_then(|Details { item }| item))
}

/// When a transaction was cancelled: why, for each of its parts in their order.
#[must_use]
pub fn cancelled(error: &CallError) -> Option<Vec<CancellationReason>> {
    #[derive(serde::Deserialize)]
    struct Details {
        #[serde(rename = "CancellationReasons", default)]
        reasons: Vec<CancellationReason>,
    }
    let refusal = with_code(error, "TransactionCanceledException")?;
    let details = refusal.details();
    Some(details.map_or_else(Vec::new, |Details { reasons }| reasons))
}

fn with_code<'a>(error: &'a CallError, code: &str) -> Option<&'a Refusal> {
    error.refusal().filter(|refusal| refusal.code() == code)
}

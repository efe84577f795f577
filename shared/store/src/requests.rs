//! Reads, transactions and batches, with their retries.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, KeysAndAttributes, TransactWriteItem,
};

use crate::Store;
use crate::change::{CONFLICTS, Change, Written};
use crate::error::{StoreError, from_sdk};
use crate::item::{Item, s};
use crate::keys::{Key, PARTITION, SORT};

/// How a transaction went.
#[derive(Debug)]
pub(crate) enum Transacted {
    /// Everything was written.
    Done,
    /// Nothing was written: a condition did not hold.
    Refused,
}

/// Whether a read must see every write that was answered before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// It must: twice the price.
    Consistent,
    /// It may be a moment behind.
    Eventual,
}

/// Which part of a partition, from where, and how much.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    pub(crate) partition: String,
    /// The least sort key, itself included.
    pub(crate) low: String,
    /// The greatest sort key, itself included.
    pub(crate) high: String,
    pub(crate) descending: bool,
    pub(crate) limit: i32,
    pub(crate) read: Read,
}

/// How many keys one `BatchGetItem` takes.
const BATCH_GET: usize = 100;
/// How often what DynamoDB left out of a batch is asked for again.
const LEFT_OUT: u32 = 6;

impl Store {
    pub(crate) async fn get(&self, key: &Key, read: Read) -> Result<Option<Item>, StoreError> {
        let got = self
            .client
            .get_item()
            .table_name(&*self.table)
            .key(PARTITION, key.partition_value())
            .key(SORT, key.sort_value())
            .consistent_read(read == Read::Consistent)
            .send()
            .await
            .map_err(|error| from_sdk(&self.table, error))?;
        Ok(got.item)
    }

    /// What refused a write: the answer has it, or (some emulators) it is read.
    pub(crate) async fn refused(
        &self,
        key: &Key,
        item: Option<Item>,
    ) -> Result<Written, StoreError> {
        let item = match item {
            Some(item) => Some(item),
            None => self.get(key, Read::Consistent).await?,
        };
        Ok(Written::Refused(item.unwrap_or_default()))
    }

    /// Writes all changes or none.
    ///
    /// A conflict with another transaction is tried again at once a few times,
    /// then it is [`StoreError::Busy`].
    pub(crate) async fn transact(&self, changes: Vec<Change>) -> Result<Transacted, StoreError> {
        let items: Vec<TransactWriteItem> = changes
            .into_iter()
            .map(|change| change.in_transaction(&self.table))
            .collect();
        for left in (0..=CONFLICTS).rev() {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .send()
                .await;
            let error = match sent {
                Ok(_) => return Ok(Transacted::Done),
                Err(error) => error,
            };
            let reasons = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled.cancellation_reasons().to_vec()
                }
                _ => return Err(from_sdk(&self.table, error)),
            };
            if reasons
                .iter()
                .any(|reason| is(reason, "ConditionalCheckFailed"))
            {
                return Ok(Transacted::Refused);
            }
            if reasons.iter().any(|reason| is(reason, "ValidationError")) {
                return Err(invalid(&reasons, error));
            }
            if left == 0
                || !reasons
                    .iter()
                    .any(|reason| is(reason, "TransactionConflict"))
            {
                break;
            }
        }
        Err(StoreError::Busy {
            code: "TransactionConflict".to_owned(),
        })
    }

    /// One page of a range: at most `limit` items, and whether there are more.
    pub(crate) async fn range(&self, range: Range) -> Result<(Vec<Item>, bool), StoreError> {
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":pk", s(range.partition))
            .expression_attribute_values(":low", s(range.low))
            .expression_attribute_values(":high", s(range.high))
            .scan_index_forward(!range.descending)
            .limit(range.limit)
            .consistent_read(range.read == Read::Consistent)
            .send()
            .await
            .map_err(|error| from_sdk(&self.table, error))?;
        let more = page.last_evaluated_key.is_some_and(|key| !key.is_empty());
        Ok((page.items.unwrap_or_default(), more))
    }

    /// Reads many items by key, in no particular order.
    ///
    /// What DynamoDB leaves out is asked for again, a little later each time.
    pub(crate) async fn get_many(
        &self,
        keys: Vec<Key>,
        read: Read,
    ) -> Result<Vec<Item>, StoreError> {
        self.get_parts(keys, read, &[]).await
    }

    /// The same, but of each item only these attributes; none means all.
    pub(crate) async fn get_parts(
        &self,
        keys: Vec<Key>,
        read: Read,
        attributes: &[&'static str],
    ) -> Result<Vec<Item>, StoreError> {
        // Many an attribute's name is a reserved word.
        let alias = |name: &&'static str| format!("#{name}");
        let parts = attributes.iter().map(alias).collect::<Vec<_>>().join(",");
        let parts = (!attributes.is_empty()).then_some(parts);
        let mut found = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH_GET) {
            let mut wanted: Vec<HashMap<String, AttributeValue>> =
                batch.iter().map(Key::item).collect();
            let mut round = 0;
            while !wanted.is_empty() {
                if round > LEFT_OUT {
                    return Err(StoreError::Busy {
                        code: "UnprocessedKeys".to_owned(),
                    });
                }
                if round > 0 {
                    tokio::time::sleep(Duration::from_millis(10 << round)).await;
                }
                round += 1;
                let names = attributes
                    .iter()
                    .map(|name| (alias(name), (*name).to_owned()));
                let request = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .set_projection_expression(parts.clone())
                    .set_expression_attribute_names(parts.as_ref().map(|_| names.collect()))
                    .consistent_read(read == Read::Consistent)
                    .build()
                    .expect("keys are set");
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&*self.table, request)
                    .send()
                    .await
                    .map_err(|error| from_sdk(&self.table, error))?;
                found.extend(answer.responses.unwrap_or_default().into_values().flatten());
                wanted = answer
                    .unprocessed_keys
                    .unwrap_or_default()
                    .into_values()
                    .flat_map(|left| left.keys)
                    .collect();
            }
        }
        Ok(found)
    }
}

fn is(reason: &CancellationReason, code: &str) -> bool {
    reason.code() == Some(code)
}

fn invalid<E>(reasons: &[CancellationReason], error: E) -> StoreError
where
    E: std::error::Error + Send + Sync + 'static,
{
    let too_large = reasons
        .iter()
        .filter_map(CancellationReason::message)
        .any(|text| text.to_ascii_lowercase().contains("item size"));
    if too_large {
        StoreError::TooLarge
    } else {
        StoreError::Rejected {
            code: "ValidationError".to_owned(),
            source: Box::new(error),
        }
    }
}

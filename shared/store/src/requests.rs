//! Reads, transactions and batches, with their retries.

use std::collections::BTreeMap;
use std::time::Duration;

use aws::CallError;
use aws::dynamodb::{
    self, BatchGetItem, CancellationReason, GetItem, KeysAndAttributes, Query, TransactWriteItems,
};

use crate::Store;
use crate::change::{CONFLICTS, Change, Written};
use crate::error::{StoreError, from_call};
use crate::item::{Item, s};
use crate::keys::Key;
use crate::reserved::is_reserved;

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
            .send(&GetItem {
                table_name: &self.table,
                key: &key.item(),
                consistent_read: read == Read::Consistent,
            })
            .await
            .map_err(|error| from_call(&self.table, error))?;
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
        let here = changes.into_iter().map(|change| (&*self.table, change));
        self.transact_across(&here.collect::<Vec<_>>()).await
    }

    /// The same, where each change says in which table.
    pub(crate) async fn transact_across(
        &self,
        changes: &[(&str, Change)],
    ) -> Result<Transacted, StoreError> {
        let changes = || changes.iter().map(|(table, change)| (*table, change));
        let expressions: Vec<_> = changes()
            .map(|(_, change)| change.update_expression())
            .collect();
        let phrases: Vec<_> = changes()
            .zip(&expressions)
            .map(|((table, change), text)| (table, change.phrase(text)))
            .collect();
        for left in (0..=CONFLICTS).rev() {
            let parts = phrases
                .iter()
                .map(|(table, part)| part.in_transaction(table));
            let request = TransactWriteItems::new(parts.collect());
            let error = match self.client.send(&request).await {
                Ok(_) => return Ok(Transacted::Done),
                Err(error) => error,
            };
            let Some(reasons) = dynamodb::cancelled(&error) else {
                return Err(from_call(&self.table, error));
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
        let values = [
            (":pk", range.partition),
            (":low", range.low),
            (":high", range.high),
        ];
        let page = self
            .client
            .send(&Query {
                table_name: &self.table,
                key_condition_expression: "pk = :pk AND sk BETWEEN :low AND :high",
                expression_attribute_names: None,
                expression_attribute_values: &BTreeMap::from(
                    values.map(|(name, text)| (name.to_owned(), s(text))),
                ),
                scan_index_forward: !range.descending,
                limit: Some(range.limit),
                consistent_read: range.read == Read::Consistent,
                exclusive_start_key: None,
            })
            .await
            .map_err(|error| from_call(&self.table, error))?;
        let more = page.last_evaluated_key.is_some_and(|key| !key.is_empty());
        Ok((page.items, more))
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
        let aliases: Vec<_> = attributes
            .iter()
            .filter(|name| is_reserved(name))
            .map(|&name| (["#", name].concat(), name))
            .collect();
        let names: BTreeMap<_, _> = aliases
            .iter()
            .map(|(alias, name)| (&**alias, *name))
            .collect();
        let mut parts = String::new();
        for name in attributes {
            if !parts.is_empty() {
                parts.push(',');
            }
            if is_reserved(name) {
                parts.push('#');
            }
            parts.push_str(name);
        }
        let parts = Some(&*parts).filter(|parts| !parts.is_empty());
        let mut found = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH_GET) {
            let mut wanted: Vec<Item> = batch.iter().map(Key::item).collect();
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
                let request = KeysAndAttributes {
                    keys: wanted,
                    consistent_read: read == Read::Consistent,
                    projection_expression: parts,
                    expression_attribute_names: Some(&names).filter(|names| !names.is_empty()),
                };
                let answer = self
                    .client
                    .send(&BatchGetItem {
                        request_items: BTreeMap::from([(&*self.table, request)]),
                    })
                    .await
                    .map_err(|error| from_call(&self.table, error))?;
                found.extend(answer.responses.into_values().flatten());
                wanted = answer
                    .unprocessed_keys
                    .into_values()
                    .flat_map(|left| left.keys)
                    .collect();
            }
        }
        Ok(found)
    }
}

fn is(reason: &CancellationReason, code: &str) -> bool {
    reason.code.as_deref() == Some(code)
}

fn invalid(reasons: &[CancellationReason], error: CallError) -> StoreError {
    let too_large = reasons
        .iter()
        .filter_map(|reason| reason.message.as_deref())
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

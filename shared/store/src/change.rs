//! One conditional write to one item.
//!
//! Expressions are written with attribute names as `#name` and values as
//! `:name`; names stand for themselves unless [`Change::alias`] says otherwise.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};

use crate::Store;
use crate::error::{StoreError, from_sdk};
use crate::item::Item;
use crate::keys::{Key, PARTITION, SORT};

/// How a conditional write went.
#[derive(Debug)]
pub(crate) enum Written {
    /// The condition held. The item, as far as it was asked for.
    Done(Item),
    /// The condition did not hold. The item as it is, empty when there is none.
    Refused(Item),
}

impl Written {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

#[derive(Clone, Debug)]
enum Verb {
    Update {
        sets: String,
        removes: String,
        adds: String,
    },
    Put(Item),
    Delete,
}

/// A write to one item, alone or in a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    key: Key,
    verb: Verb,
    condition: Option<String>,
    aliases: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Change {
    pub(crate) fn update(key: Key) -> Self {
        Self::new(
            key,
            Verb::Update {
                sets: String::new(),
                removes: String::new(),
                adds: String::new(),
            },
        )
    }

    /// Puts an item; its key is added here.
    pub(crate) fn put(key: Key, mut item: Item) -> Self {
        item.extend(key.item());
        Self::new(key, Verb::Put(item))
    }

    pub(crate) fn delete(key: Key) -> Self {
        Self::new(key, Verb::Delete)
    }

    fn new(key: Key, verb: Verb) -> Self {
        Self {
            key,
            verb,
            condition: None,
            aliases: HashMap::new(),
            values: HashMap::new(),
        }
    }

    /// Sets an attribute.
    pub(crate) fn set(self, name: &str, value: AttributeValue) -> Self {
        self.set_to(&format!("#{name} = :{name}"))
            .value(name, value)
    }

    /// Sets by an expression of its own, such as `#a = if_not_exists(#a, :a)`.
    pub(crate) fn set_to(mut self, assignment: &str) -> Self {
        if let Verb::Update { sets, .. } = &mut self.verb {
            append(sets, assignment);
        }
        self
    }

    /// Sets an attribute, or removes it when there is no value.
    pub(crate) fn set_or_remove(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    /// Removes an attribute (or, with dots, a place inside one).
    pub(crate) fn remove(mut self, name: &str) -> Self {
        if let Verb::Update { removes, .. } = &mut self.verb {
            append(removes, &format!("#{}", name.replace('.', ".#")));
        }
        self
    }

    /// Adds a text to a set of texts.
    pub(crate) fn add_to_set(mut self, name: &str, text: &str) -> Self {
        if let Verb::Update { adds, .. } = &mut self.verb {
            append(adds, &format!("#{name} :{name}"));
        }
        self.value(name, AttributeValue::Ss(vec![text.to_owned()]))
    }

    /// Adds to a number, which begins at 0.
    pub(crate) fn add_number(mut self, name: &str, more: i64) -> Self {
        if let Verb::Update { adds, .. } = &mut self.verb {
            append(adds, &format!("#{name} :{name}"));
        }
        self.value(name, crate::item::n(more))
    }

    /// The condition under which the write happens.
    pub(crate) fn only_if(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// The value that `:name` stands for.
    pub(crate) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// The attribute that `#name` stands for.
    pub(crate) fn alias(mut self, name: &str, attribute: &str) -> Self {
        self.aliases
            .insert(format!("#{name}"), attribute.to_owned());
        self
    }

    fn update_expression(&self) -> String {
        let Verb::Update {
            sets,
            removes,
            adds,
        } = &self.verb
        else {
            return String::new();
        };
        [("SET", sets), ("REMOVE", removes), ("ADD", adds)]
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(verb, list)| format!("{verb} {list}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The names that the expressions use: DynamoDB refuses those that they
    /// do not.
    fn names(&self) -> Option<HashMap<String, String>> {
        let mut names = HashMap::new();
        let expression = self.update_expression();
        for text in [&*expression, self.condition.as_deref().unwrap_or("")] {
            for part in text.split('#').skip(1) {
                let end = part
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(part.len());
                let name = format!("#{}", &part[..end]);
                let attribute = self
                    .aliases
                    .get(&name)
                    .cloned()
                    .unwrap_or_else(|| part[..end].to_owned());
                names.insert(name, attribute);
            }
        }
        (!names.is_empty()).then_some(names)
    }

    fn some_values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    /// Writes, and returns nothing of the item when it was written.
    pub(crate) async fn write(self, store: &Store) -> Result<Written, StoreError> {
        self.write_returning(store, ReturnValue::None).await
    }

    /// Writes, and returns the item as it was before (`ALL_OLD`) or is now
    /// (`ALL_NEW`, updates only).
    pub(crate) async fn write_returning(
        self,
        store: &Store,
        returning: ReturnValue,
    ) -> Result<Written, StoreError> {
        for _ in 0..CONFLICTS {
            match self.attempt(store, returning.clone()).await {
                Err(StoreError::Busy { code }) if code == "TransactionConflictException" => {}
                result => return result,
            }
        }
        self.attempt(store, returning).await
    }

    async fn attempt(&self, store: &Store, returning: ReturnValue) -> Result<Written, StoreError> {
        let names = self.names();
        let values = self.some_values();
        let condition = self.condition.clone();
        let on_refusal = ReturnValuesOnConditionCheckFailure::AllOld;
        let table = &*store.table;
        match &self.verb {
            Verb::Update { .. } => {
                let sent = store
                    .client
                    .update_item()
                    .table_name(table)
                    .key(PARTITION, self.key.partition_value())
                    .key(SORT, self.key.sort_value())
                    .update_expression(self.update_expression())
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values(returning)
                    .return_values_on_condition_check_failure(on_refusal)
                    .send()
                    .await;
                self.settle(store, sent.map(|done| done.attributes)).await
            }
            Verb::Put(item) => {
                let sent = store
                    .client
                    .put_item()
                    .table_name(table)
                    .set_item(Some(item.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values(returning)
                    .return_values_on_condition_check_failure(on_refusal)
                    .send()
                    .await;
                self.settle(store, sent.map(|done| done.attributes)).await
            }
            Verb::Delete => {
                let sent = store
                    .client
                    .delete_item()
                    .table_name(table)
                    .key(PARTITION, self.key.partition_value())
                    .key(SORT, self.key.sort_value())
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values(returning)
                    .return_values_on_condition_check_failure(on_refusal)
                    .send()
                    .await;
                self.settle(store, sent.map(|done| done.attributes)).await
            }
        }
    }

    /// Tells a condition that did not hold from what is an error.
    async fn settle<E, R>(
        &self,
        store: &Store,
        sent: Result<Option<Item>, SdkError<E, R>>,
    ) -> Result<Written, StoreError>
    where
        E: Conditional + ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let error = match sent {
            Ok(item) => return Ok(Written::Done(item.unwrap_or_default())),
            Err(error) => error,
        };
        match error.as_service_error().and_then(Conditional::refusal) {
            Some(refused) => store.refused(&self.key, refused.item.clone()).await,
            None => Err(from_sdk(&store.table, error)),
        }
    }

    /// The change as a part of a transaction.
    pub(crate) fn in_transaction(self, table: &str) -> TransactWriteItem {
        let names = self.names();
        let values = self.some_values();
        let on_refusal = ReturnValuesOnConditionCheckFailure::AllOld;
        let expression = self.update_expression();
        let item = TransactWriteItem::builder();
        match self.verb {
            Verb::Update { .. } => item.update(
                Update::builder()
                    .table_name(table)
                    .key(PARTITION, self.key.partition_value())
                    .key(SORT, self.key.sort_value())
                    .update_expression(expression)
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()
                    .expect("key, table and expression are set"),
            ),
            Verb::Put(content) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(content))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()
                    .expect("item and table are set"),
            ),
            Verb::Delete => item.delete(
                Delete::builder()
                    .table_name(table)
                    .key(PARTITION, self.key.partition_value())
                    .key(SORT, self.key.sort_value())
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()
                    .expect("key and table are set"),
            ),
        }
        .build()
    }
}

/// An error that may say that a condition did not hold.
trait Conditional {
    fn refusal(&self) -> Option<&ConditionalCheckFailedException>;
}

macro_rules! conditional {
    ($($error:ty),+) => { $(
        impl Conditional for $error {
            fn refusal(&self) -> Option<&ConditionalCheckFailedException> {
                match self {
                    Self::ConditionalCheckFailedException(refused) => Some(refused),
                    _ => None,
                }
            }
        }
    )+ };
}

conditional!(UpdateItemError, PutItemError, DeleteItemError);

/// How often a write that met somebody else's transaction is made again at
/// once; a transaction lasts a few milliseconds, about as long as a request.
pub(crate) const CONFLICTS: u32 = 5;

fn append(list: &mut String, more: &str) {
    if !list.is_empty() {
        list.push_str(", ");
    }
    list.push_str(more);
}

//! One conditional write to one item.
//!
//! Expressions are written with attribute names as `#name` and values as
//! `:name`; names stand for themselves unless [`Change::alias`] says otherwise.

use std::collections::BTreeMap;

use aws::CallError;
use aws::dynamodb::{
    self, AttributeValue, DeleteItem, PutItem, ReturnValue, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, UpdateItem,
};

use crate::Store;
use crate::error::{StoreError, from_call};
use crate::item::Item;
use crate::keys::Key;
use crate::reserved::is_reserved;

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
    aliases: BTreeMap<String, String>,
    values: BTreeMap<String, AttributeValue>,
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
            aliases: BTreeMap::new(),
            values: BTreeMap::new(),
        }
    }

    /// Sets an attribute.
    pub(crate) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        if let Verb::Update { sets, .. } = &mut self.verb {
            append(sets, &["#", name, " = :", name]);
        }
        self.value(name, value)
    }

    /// Sets by an expression of its own, such as `#a = if_not_exists(#a, :a)`.
    pub(crate) fn set_to(mut self, assignment: &str) -> Self {
        if let Verb::Update { sets, .. } = &mut self.verb {
            append(sets, &[assignment]);
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
            append(removes, &["#", &name.replace('.', ".#")]);
        }
        self
    }

    /// Adds a text to a set of texts.
    pub(crate) fn add_to_set(mut self, name: &str, text: &str) -> Self {
        if let Verb::Update { adds, .. } = &mut self.verb {
            append(adds, &["#", name, " :", name]);
        }
        self.value(name, AttributeValue::Ss(vec![text.to_owned()]))
    }

    /// Adds to a number, which begins at 0.
    pub(crate) fn add_number(mut self, name: &str, more: i64) -> Self {
        if let Verb::Update { adds, .. } = &mut self.verb {
            append(adds, &["#", name, " :", name]);
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
        self.values.insert([":", name].concat(), value);
        self
    }

    /// The attribute that `#name` stands for.
    pub(crate) fn alias(mut self, name: &str, attribute: &str) -> Self {
        self.aliases
            .insert(["#", name].concat(), attribute.to_owned());
        self
    }

    /// What is changed; empty when the change is no update.
    pub(crate) fn update_expression(&self) -> String {
        let Verb::Update {
            sets,
            removes,
            adds,
        } = &self.verb
        else {
            return String::new();
        };
        let mut expression = String::with_capacity(sets.len() + removes.len() + adds.len() + 24);
        for (verb, list) in [("SET ", sets), ("REMOVE ", removes), ("ADD ", adds)] {
            if list.is_empty() {
                continue;
            }
            if !expression.is_empty() {
                expression.push(' ');
            }
            expression.push_str(verb);
            expression.push_str(list);
        }
        expression
    }

    /// The change in DynamoDB's words; `expression` is its
    /// [`update_expression`](Self::update_expression).
    pub(crate) fn phrase<'a>(&'a self, expression: &'a str) -> Phrase<'a> {
        let mut names = BTreeMap::new();
        let mut spoken = |text| self.spoken(text, &mut names);
        Phrase {
            expression: Some(spoken(expression)).filter(|text| !text.is_empty()),
            condition: self.condition.as_deref().map(spoken),
            key: self.key.item(),
            names,
            change: self,
        }
    }

    /// An expression with its attributes by their own names, where those are no words of DynamoDB's: a shorter request is
    /// signed and read sooner. The others stay as they are, and go to `names`.
    fn spoken<'a>(&'a self, text: &'a str, names: &mut BTreeMap<&'a str, &'a str>) -> String {
        let mut spoken = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('#') {
            spoken.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest[1..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .map_or(rest.len(), |end| end + 1);
            let (name, after) = rest.split_at(end);
            match self.aliases.get(name) {
                None if !is_reserved(&name[1..]) => spoken.push_str(&name[1..]),
                alias => {
                    spoken.push_str(name);
                    names.insert(name, alias.map_or(&name[1..], String::as_str));
                }
            }
            rest = after;
        }
        spoken.push_str(rest);
        spoken
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
        let expression = self.update_expression();
        let phrase = self.phrase(&expression);
        for _ in 0..CONFLICTS {
            match self.attempt(store, &phrase, returning).await {
                Err(StoreError::Busy { code }) if code == "TransactionConflictException" => {}
                result => return result,
            }
        }
        self.attempt(store, &phrase, returning).await
    }

    async fn attempt(
        &self,
        store: &Store,
        phrase: &Phrase<'_>,
        returning: ReturnValue,
    ) -> Result<Written, StoreError> {
        let (client, table) = (&store.client, &*store.table);
        let sent = match &self.verb {
            Verb::Update { .. } => client.send(&phrase.update(table, returning)).await,
            Verb::Put(item) => client.send(&phrase.put(table, item, returning)).await,
            Verb::Delete => client.send(&phrase.delete(table, returning)).await,
        };
        match sent {
            Ok(done) => Ok(Written::Done(done.attributes.unwrap_or_default())),
            Err(error) => self.refused(store, error).await,
        }
    }

    /// Tells a condition that did not hold from what is an error.
    async fn refused(&self, store: &Store, error: CallError) -> Result<Written, StoreError> {
        match dynamodb::condition_failed(&error) {
            Some(item) => store.refused(&self.key, item).await,
            None => Err(from_call(&store.table, error)),
        }
    }
}

/// A change in DynamoDB's words.
#[derive(Debug)]
pub(crate) struct Phrase<'a> {
    change: &'a Change,
    key: Item,
    expression: Option<String>,
    condition: Option<String>,
    names: BTreeMap<&'a str, &'a str>,
}

impl Phrase<'_> {
    /// The change as a part of a transaction.
    pub(crate) fn in_transaction<'a>(&'a self, table: &'a str) -> TransactWriteItem<'a> {
        let nothing = ReturnValue::None;
        match &self.change.verb {
            Verb::Update { .. } => TransactWriteItem::Update(self.update(table, nothing)),
            Verb::Put(item) => TransactWriteItem::Put(self.put(table, item, nothing)),
            Verb::Delete => TransactWriteItem::Delete(self.delete(table, nothing)),
        }
    }

    fn update<'a>(&'a self, table: &'a str, return_values: ReturnValue) -> UpdateItem<'a> {
        UpdateItem {
            table_name: table,
            key: &self.key,
            update_expression: self.expression.as_deref(),
            condition_expression: self.condition.as_deref(),
            expression_attribute_names: self.names(),
            expression_attribute_values: self.values(),
            return_values,
            return_values_on_condition_check_failure: ON_REFUSAL,
        }
    }

    fn put<'a>(
        &'a self,
        table: &'a str,
        item: &'a Item,
        return_values: ReturnValue,
    ) -> PutItem<'a> {
        PutItem {
            table_name: table,
            item,
            condition_expression: self.condition.as_deref(),
            expression_attribute_names: self.names(),
            expression_attribute_values: self.values(),
            return_values,
            return_values_on_condition_check_failure: ON_REFUSAL,
        }
    }

    fn delete<'a>(&'a self, table: &'a str, return_values: ReturnValue) -> DeleteItem<'a> {
        DeleteItem {
            table_name: table,
            key: &self.key,
            condition_expression: self.condition.as_deref(),
            expression_attribute_names: self.names(),
            expression_attribute_values: self.values(),
            return_values,
            return_values_on_condition_check_failure: ON_REFUSAL,
        }
    }

    fn names(&self) -> Option<&BTreeMap<&str, &str>> {
        Some(&self.names).filter(|names| !names.is_empty())
    }

    fn values(&self) -> Option<&BTreeMap<String, AttributeValue>> {
        Some(&self.change.values).filter(|values| !values.is_empty())
    }
}

/// A write that is refused answers with the item, so that nobody has to read it.
const ON_REFUSAL: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// How often a write that met somebody else's transaction is made again at
/// once; a transaction lasts a few milliseconds, about as long as a request.
pub(crate) const CONFLICTS: u32 = 5;

fn append(list: &mut String, more: &[&str]) {
    if !list.is_empty() {
        list.push_str(", ");
    }
    list.extend(more.iter().copied());
}

//! The definitions of topics.

use activity::ids::TenantId;
use notifications::{Topic, TopicName};

use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::requests::{Range, Read};
use crate::{Store, keys};

/// Operations on the definitions of topics.
#[derive(Clone, Copy, Debug)]
pub struct Topics<'a> {
    pub(crate) store: &'a Store,
}

const ENTITY: &str = "topic";
const PAGE: i32 = 200;

impl Topics<'_> {
    /// Defines a topic, or defines it anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn put(&self, tenant: &TenantId, topic: &Topic) -> Result<(), StoreError> {
        let definition = serde_json::to_string(topic).map_err(|_| StoreError::Unreadable {
            entity: ENTITY,
            attribute: "definition",
        })?;
        let item = Item::from([("definition".to_owned(), s(definition))]);
        Change::put(keys::topic_definition(tenant, &topic.name), item)
            .write(self.store)
            .await?;
        Ok(())
    }

    /// The definition of a topic, if somebody defined it.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(
        &self,
        tenant: &TenantId,
        name: &TopicName,
    ) -> Result<Option<Topic>, StoreError> {
        let item = self
            .store
            .get(&keys::topic_definition(tenant, name), Read::Eventual)
            .await?;
        item.as_ref().map(topic).transpose()
    }

    /// Every topic that somebody defined, by name.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Topic>, StoreError> {
        let mut topics: Vec<Topic> = Vec::new();
        // A space comes before every name, a tilde after it.
        let mut low = " ".to_owned();
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::topic_definitions(tenant),
                    low,
                    high: "~".to_owned(),
                    descending: false,
                    limit: PAGE,
                    read: Read::Eventual,
                })
                .await?;
            let last = topics.last().map(|topic| topic.name.clone());
            for item in &items {
                let topic = topic(item)?;
                if Some(&topic.name) != last.as_ref() {
                    topics.push(topic);
                }
            }
            match topics.last() {
                Some(topic) if more => low = topic.name.to_string(),
                _ => return Ok(topics),
            }
        }
    }
}

fn topic(item: &Item) -> Result<Topic, StoreError> {
    let read = Attributes::of(ENTITY, item);
    serde_json::from_str(read.need_text("definition")?)
        .ok()
        .and_then(|value| Topic::from_value(&value).ok())
        .ok_or_else(|| read.unreadable("definition"))
}

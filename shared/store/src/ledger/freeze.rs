//! Freezing a notification: from then on it never changes.

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::{
    Notification, NotificationId, NotificationKey, Policy, Source, Topic, TopicName,
};

use super::Ledger;
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, n, s};
use crate::keys::{self, Key};
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES, expires};

/// A notification as `notify` accepted it, with all that decides about it.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenNotification {
    /// Its key everywhere.
    pub key: NotificationKey,
    /// Whose people are meant.
    pub tenant: TenantId,
    /// Where it came from.
    pub source: Source,
    /// Its id there.
    pub id: NotificationId,
    /// What its sender wrote, or what an event was read as.
    pub notification: Notification,
    /// The topic as it was defined then.
    pub topic: Topic,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

impl FrozenNotification {
    /// What happens to a send whose answer was lost.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.topic.policy
    }
}

/// What became of freezing a notification.
#[derive(Clone, Debug, PartialEq)]
pub enum Freeze {
    /// It is on the ledger now.
    New,
    /// It was on the ledger already, as it was then. Go on with its plan.
    AlreadyThere(Box<FrozenNotification>),
    /// The same source used its id for something else before. No retry helps;
    /// the sender must use another id.
    Conflict,
}

pub(super) const ENTITY: &str = "notification";

/// What [`read`] reads.
pub(crate) const FROZEN: [&str; 6] = [TENANT, SOURCE, ID, NOTIFICATION, TOPIC, ACCEPTED_AT];

const TENANT: &str = "tenant";
const SOURCE: &str = "source";
const ID: &str = "id";
const DIGEST: &str = "digest";
const NOTIFICATION: &str = "notification";
const TOPIC: &str = "topic";
pub(super) const ACCEPTED_AT: &str = "accepted_at";

impl Ledger<'_> {
    /// Puts a notification on the ledger, once.
    ///
    /// An id is free again after [`retention::NOTIFICATION`](crate::retention),
    /// whether DynamoDB has deleted what expired or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; [`StoreError::TooLarge`] when it does not fit.
    pub async fn freeze(&self, frozen: &FrozenNotification) -> Result<Freeze, StoreError> {
        let item = write(frozen)?;
        let key = keys::notification(&frozen.key);
        let mut known = match Change::put(key.clone(), item.clone())
            .only_if("attribute_not_exists(#pk)")
            .write(self.store)
            .await?
        {
            Written::Done(_) => return self.frozen_anew(frozen).await,
            Written::Refused(known) => known,
        };
        let expired = Attributes::of(ENTITY, &known)
            .number(EXPIRES)
            .is_some_and(|second| second < frozen.accepted_at.as_second());
        if expired {
            self.clear(&frozen.key).await?;
            let before = Attributes::of(ENTITY, &known).need_number(ACCEPTED_AT)?;
            let replaced = Change::put(key, item)
                .only_if(format!(
                    "attribute_not_exists(#pk) OR #{ACCEPTED_AT} = :before"
                ))
                .value("before", n(before))
                .write(self.store)
                .await?;
            match replaced {
                Written::Done(_) => return self.frozen_anew(frozen).await,
                Written::Refused(now) => known = now,
            }
        }
        let digest = frozen.notification.digest();
        if Attributes::of(ENTITY, &known).need_text(DIGEST)? != digest {
            return Ok(Freeze::Conflict);
        }
        let known = read(&frozen.key, &known)?;
        // Again: the first try may have died before.
        self.list_as_recent(&known).await?;
        Ok(Freeze::AlreadyThere(Box::new(known)))
    }

    async fn frozen_anew(&self, frozen: &FrozenNotification) -> Result<Freeze, StoreError> {
        self.list_as_recent(frozen).await?;
        Ok(Freeze::New)
    }

    /// Deletes what is left of an expired notification, but for itself.
    async fn clear(&self, key: &NotificationKey) -> Result<(), StoreError> {
        loop {
            let (items, _) = self
                .store
                .range(Range {
                    partition: keys::notification_partition(key),
                    low: " ".to_owned(),
                    high: "~".to_owned(),
                    descending: false,
                    limit: 100,
                    read: Read::Consistent,
                })
                .await?;
            let itself = keys::notification(key);
            let mut left = 0;
            for item in &items {
                let sort = Attributes::of(ENTITY, item).need_text(keys::SORT)?;
                if sort != itself.sort {
                    let one = Key {
                        sort: sort.to_owned(),
                        ..itself.clone()
                    };
                    Change::delete(one).write(self.store).await?;
                    left += 1;
                }
            }
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// The notification with this key.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn notification(
        &self,
        key: &NotificationKey,
    ) -> Result<Option<FrozenNotification>, StoreError> {
        let item = self
            .store
            .get(&keys::notification(key), Read::Consistent)
            .await?;
        item.map(|item| read(key, &item)).transpose()
    }
}

fn write(frozen: &FrozenNotification) -> Result<Item, StoreError> {
    // What is planned next year must not be gone by then.
    let begins = frozen.notification.not_before;
    let begins = begins.map_or(frozen.accepted_at, |at| at.max(frozen.accepted_at));
    Ok(Item::from([
        (TENANT.to_owned(), s(frozen.tenant.as_str())),
        (SOURCE.to_owned(), s(json(SOURCE, &frozen.source)?)),
        (ID.to_owned(), s(frozen.id.as_str())),
        (DIGEST.to_owned(), s(frozen.notification.digest())),
        (
            NOTIFICATION.to_owned(),
            s(json(NOTIFICATION, &frozen.notification)?),
        ),
        (TOPIC.to_owned(), s(json(TOPIC, &frozen.topic)?)),
        (ACCEPTED_AT.to_owned(), ms(frozen.accepted_at)),
        (EXPIRES.to_owned(), expires(begins, retention::NOTIFICATION)),
    ]))
}

fn json<T: serde::Serialize>(attribute: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable {
        entity: ENTITY,
        attribute,
    })
}

pub(crate) fn read(key: &NotificationKey, item: &Item) -> Result<FrozenNotification, StoreError> {
    let read = Attributes::of(ENTITY, item);
    Ok(FrozenNotification {
        key: key.clone(),
        tenant: TenantId::new(read.need_text(TENANT)?),
        source: serde_json::from_str(read.need_text(SOURCE)?)
            .map_err(|_| read.unreadable(SOURCE))?,
        id: NotificationId::new(read.need_text(ID)?),
        notification: Notification::parse(read.need_text(NOTIFICATION)?.as_bytes())
            .map_err(|_| read.unreadable(NOTIFICATION))?,
        topic: topic(&read)?,
        accepted_at: read.need_time(ACCEPTED_AT)?,
    })
}

fn topic(read: &Attributes<'_>) -> Result<Topic, StoreError> {
    serde_json::from_str(read.need_text(TOPIC)?)
        .ok()
        .and_then(|value| Topic::from_value(&value).ok())
        .ok_or_else(|| read.unreadable(TOPIC))
}

/// The topic's name of a notification, for lists.
pub(super) fn topic_name(frozen: &FrozenNotification) -> &TopicName {
    &frozen.notification.topic
}

//! What recipients want of topics.

use std::collections::BTreeMap;

use activity::ids::TenantId;
use aws::dynamodb::AttributeValue;
use notifications::{Mute, Recipient, RecipientKey, Subscription, TopicName, TopicPreference};

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, s};
use crate::keys::Key;
use crate::requests::{Read, Transacted};
use crate::{Store, keys};

/// Every topic that a recipient decided something about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences(pub BTreeMap<TopicName, TopicPreference>);

impl Preferences {
    /// What was decided about a topic; the default when nothing was.
    #[must_use]
    pub fn about(&self, topic: &TopicName) -> TopicPreference {
        self.0.get(topic).copied().unwrap_or_default()
    }
}

/// One decision about a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreferenceChange {
    /// Follow it, and hear it.
    Subscribe,
    /// Leave it.
    Unsubscribe,
    /// Want silence.
    Mute(Mute),
    /// Want to hear it again.
    Unmute,
}

impl PreferenceChange {
    fn apply(self, before: TopicPreference) -> TopicPreference {
        match self {
            Self::Subscribe => before.subscribed(),
            Self::Unsubscribe => before.unsubscribed(),
            Self::Mute(mute) => before.muted(mute),
            Self::Unmute => before.unmuted(),
        }
    }
}

/// Operations on preferences.
#[derive(Clone, Copy, Debug)]
pub struct Preferring<'a> {
    pub(crate) store: &'a Store,
}

pub(crate) const PREFS: &str = "prefs";
const ENTITY: &str = "preference";
/// How often a change that lost a race is made again.
const RACES: u32 = 16;

impl Preferring<'_> {
    /// Changes what a recipient wants of a topic, and the list of the topic's
    /// subscribers with it, both or neither.
    ///
    /// A thread has the preferences of its channel. Returns what the recipient
    /// wants now; `None` when the table does not know them.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn change(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        topic: &TopicName,
        change: PreferenceChange,
    ) -> Result<Option<TopicPreference>, StoreError> {
        let (recipient, key, item) = self.owner(tenant, recipient).await?;
        let Some(mut item) = item else {
            return Ok(None);
        };
        for _ in 0..RACES {
            let before = one(&item, topic)?;
            let after = change.apply(before.unwrap_or_default());
            if before == Some(after) || (before.is_none() && after.is_default()) {
                return Ok(Some(after));
            }
            let moved = before.and_then(|before| before.subscription) != after.subscription;
            let update = update(key.clone(), topic, before, after);
            let refused = if moved {
                let changes = self.index(tenant, topic, &recipient, after, update);
                match self.store.transact(changes).await? {
                    Transacted::Done => return Ok(Some(after)),
                    Transacted::Refused => self.store.get(&key, Read::Consistent).await?,
                }
            } else {
                match update.write(self.store).await? {
                    Written::Done(_) => return Ok(Some(after)),
                    Written::Refused(item) => Some(item),
                }
            };
            match refused {
                Some(now) if !now.is_empty() => item = now,
                _ => return Ok(None),
            }
        }
        Err(StoreError::Busy {
            code: "PreferenceRace".to_owned(),
        })
    }

    fn index(
        &self,
        tenant: &TenantId,
        topic: &TopicName,
        recipient: &RecipientKey,
        after: TopicPreference,
        update: Change,
    ) -> Vec<Change> {
        let subscribed = keys::subscribed(tenant, topic, recipient);
        let unsubscribed = keys::unsubscribed(tenant, topic, recipient);
        match after.subscription {
            Some(Subscription::Subscribed) => vec![
                update,
                Change::put(subscribed, Item::new()),
                Change::delete(unsubscribed),
            ],
            Some(Subscription::Unsubscribed) => vec![
                update,
                Change::put(unsubscribed, Item::new()),
                Change::delete(subscribed),
            ],
            None => vec![
                update,
                Change::delete(subscribed),
                Change::delete(unsubscribed),
            ],
        }
    }

    /// Every topic that a recipient decided something about; `None` when the
    /// table does not know them.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn list(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
    ) -> Result<Option<Preferences>, StoreError> {
        let (_, _, item) = self.owner(tenant, recipient).await?;
        item.as_ref().map(read).transpose()
    }

    /// Whose preferences count for a recipient, and the item that holds them.
    async fn owner(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
    ) -> Result<(RecipientKey, Key, Option<Item>), StoreError> {
        let (owner, key) = owner(tenant, recipient);
        if !owner.is_person() {
            let item = self.store.get(&key, Read::Consistent).await?;
            return Ok((owner, key, item));
        }
        let (owner, item) = self.store.people().current(tenant, &owner).await?;
        let key = keys::person(tenant, &owner);
        Ok((owner, key, item))
    }
}

/// Whose preferences count for a recipient, and which item holds them.
pub(crate) fn owner(tenant: &TenantId, recipient: &RecipientKey) -> (RecipientKey, Key) {
    match recipient.recipient() {
        Recipient::Person(_) | Recipient::PersonByTeamsId(_) => {
            (recipient.clone(), keys::person(tenant, recipient))
        }
        Recipient::Conversation(id) | Recipient::Thread(id) => {
            let id = id.without_thread();
            (RecipientKey::conversation(&id), keys::conversation(&id))
        }
    }
}

fn update(
    key: Key,
    topic: &TopicName,
    before: Option<TopicPreference>,
    after: TopicPreference,
) -> Change {
    let change = Change::update(key)
        .set_to("#prefs.#topic = :after")
        .alias("topic", topic.as_str())
        .value("after", value(after));
    match before {
        Some(before) => change
            .only_if("#prefs.#topic = :before")
            .value("before", value(before)),
        None => change.only_if("attribute_exists(#prefs) AND attribute_not_exists(#prefs.#topic)"),
    }
}

const SUBSCRIPTION: &str = "sub";
const MUTED: &str = "mute";
const IN: &str = "in";
const OUT: &str = "out";
const ALWAYS: &str = "always";

pub(crate) fn value(preference: TopicPreference) -> AttributeValue {
    let mut map = Item::new();
    if let Some(subscription) = preference.subscription {
        let word = match subscription {
            Subscription::Subscribed => IN,
            Subscription::Unsubscribed => OUT,
        };
        map.insert(SUBSCRIPTION.to_owned(), s(word));
    }
    if let Some(mute) = preference.mute {
        let until = match mute {
            Mute::Always => s(ALWAYS),
            Mute::Until(until) => ms(until),
        };
        map.insert(MUTED.to_owned(), until);
    }
    AttributeValue::M(map)
}

fn one(item: &Item, topic: &TopicName) -> Result<Option<TopicPreference>, StoreError> {
    Ok(read(item)?.0.remove(topic))
}

/// Reads the preferences of a person or a conversation.
pub(crate) fn read(item: &Item) -> Result<Preferences, StoreError> {
    let unreadable = || StoreError::Unreadable {
        entity: ENTITY,
        attribute: PREFS,
    };
    let mut preferences = BTreeMap::new();
    let topics = Attributes::of(ENTITY, item).map(PREFS);
    for (name, value) in topics.into_iter().flatten() {
        let name: TopicName = name.parse().map_err(|_| unreadable())?;
        let read = Attributes::of(ENTITY, value.as_m().map_err(|_| unreadable())?);
        let subscription = match read.text(SUBSCRIPTION) {
            Some(IN) => Some(Subscription::Subscribed),
            Some(OUT) => Some(Subscription::Unsubscribed),
            _ => None,
        };
        let mute = match read.text(MUTED) {
            Some(_) => Some(Mute::Always),
            None => read.time(MUTED).map(Mute::Until),
        };
        preferences.insert(name, TopicPreference { subscription, mute });
    }
    Ok(Preferences(preferences))
}

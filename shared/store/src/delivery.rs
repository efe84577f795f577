//! What sending to a chunk of recipients needs, read at the moment of sending.

use std::collections::{BTreeMap, HashMap, HashSet};

use activity::ConversationReference;
use activity::ids::{ConversationId, TenantId};
use futures_util::future::try_join;
use jiff::Timestamp;
use notifications::{NotificationKey, Recipient, RecipientKey};

use crate::answers::GONE;
use crate::conversation::Conversation;
use crate::error::StoreError;
use crate::item::{Attributes, Item};
use crate::keys::{Key, PARTITION, SORT};
use crate::ledger::cancel::CANCELLED;
use crate::ledger::{FrozenNotification, freeze};
use crate::merge::MOVED;
use crate::person::{ENTITY, Person};
use crate::preferences::Preferences;
use crate::requests::Read;
use crate::{Store, conversation, keys, person, preferences, reference};

/// Whom or what a recipient's key leads to.
#[derive(Clone, Debug)]
pub enum DeliveryTarget {
    /// A person.
    Person(Box<Person>),
    /// A channel or chat, or a thread in a channel.
    Conversation {
        /// The channel or chat.
        conversation: Box<Conversation>,
        /// The whole id of the thread, when the recipient is one.
        thread: Option<ConversationId>,
    },
    /// A channel or chat of another tenant than the notification's: nothing is
    /// for it.
    Elsewhere,
}

/// What nobody has decided anything about.
static NO_PREFERENCES: Preferences = Preferences(BTreeMap::new());

impl DeliveryTarget {
    /// Where to send, if the bot is there. Of a thread it is the channel's
    /// reference; see [`conversation_id`](Self::conversation_id).
    #[must_use]
    pub fn reference(&self) -> Option<&ConversationReference> {
        match self {
            Self::Person(person) => person.reference(),
            Self::Conversation { conversation, .. } => conversation.reference.as_ref(),
            Self::Elsewhere => None,
        }
    }

    /// The conversation to post into: the thread, when the recipient is one.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&ConversationId> {
        match self {
            Self::Conversation {
                thread: Some(thread),
                conversation,
            } if conversation.reference.is_some() => Some(thread),
            _ => self.reference().map(|reference| &reference.conversation),
        }
    }

    /// Since when the recipient's conversation is not found, as sends told.
    #[must_use]
    pub fn gone(&self) -> Option<Timestamp> {
        match self {
            Self::Person(person) => person.gone,
            Self::Conversation { conversation, .. } => conversation.gone,
            Self::Elsewhere => None,
        }
    }

    /// What the recipient wants of topics.
    #[must_use]
    pub fn preferences(&self) -> &Preferences {
        match self {
            Self::Person(person) => &person.preferences,
            Self::Conversation { conversation, .. } => &conversation.preferences,
            Self::Elsewhere => &NO_PREFERENCES,
        }
    }
}

/// The targets of a chunk's recipients. Whom the table does not know is missing.
pub type DeliveryTargets = HashMap<RecipientKey, DeliveryTarget>;

/// Whose references and preferences are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Their tenant.
    pub tenant: &'a TenantId,
    /// Who, in the order of bucket and key.
    pub recipients: &'a [RecipientKey],
    /// Many of those between the first and the last are among them, as in a
    /// chunk for everyone: they are read as a run, at a tenth of the price.
    pub close: bool,
}

/// What delivering some chunks needs.
#[derive(Clone, Debug, Default)]
pub struct ForDelivery {
    /// Where the recipients are, and what they want, by tenant.
    pub targets: HashMap<TenantId, DeliveryTargets>,
    /// The notifications that were asked for. What is not on the ledger is
    /// missing.
    pub notifications: HashMap<NotificationKey, FrozenNotification>,
    /// Those notifications, unread and known, that were cancelled.
    pub cancelled: HashSet<NotificationKey>,
    /// Who was said to stand [close](Wanted::close) stands too far apart for
    /// that to be worth it.
    pub thin: bool,
}

/// What is read of a person, channel or chat: what sending needs.
const PARTS: [&str; 16] = [
    PARTITION,
    SORT,
    person::CONVERSATION,
    reference::SERVICE_URL,
    reference::VERIFIED,
    person::USER,
    person::LOCALE,
    person::REMOVED,
    person::BLOCKED,
    GONE,
    MOVED,
    conversation::TENANT,
    conversation::KIND,
    conversation::TEAM,
    conversation::ARCHIVED,
    preferences::PREFS,
];

impl Store {
    /// Reads the references and preferences of a chunk's recipients; see
    /// [`read_for_delivery`](Self::read_for_delivery).
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn people_for_delivery(
        &self,
        tenant: &TenantId,
        recipients: &[RecipientKey],
    ) -> Result<DeliveryTargets, StoreError> {
        let wanted = Wanted {
            tenant,
            recipients,
            close: false,
        };
        let mut read = self.read_for_delivery([wanted], [], []).await?;
        Ok(read.targets.remove(tenant).unwrap_or_default())
    }

    /// Reads the references and preferences of the recipients of some chunks,
    /// and notifications, in one request for up to a hundred of both.
    ///
    /// They are read when sending, so that a mute or a removal since the
    /// planning counts. Of people, channels and chats only what sending needs is
    /// read: not their names and addresses, not whether they were welcomed. With
    /// a notification among it, which may have been frozen a moment ago, all is
    /// read consistently. Of the notifications that are `known` it is read
    /// whether they were cancelled. Who stands [close](Wanted::close) is read in
    /// requests of their own.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn read_for_delivery<'a>(
        &self,
        recipients: impl IntoIterator<Item = Wanted<'a>>,
        notifications: impl IntoIterator<Item = &'a NotificationKey>,
        known: impl IntoIterator<Item = &'a NotificationKey>,
    ) -> Result<ForDelivery, StoreError> {
        let (mut wanted, mut close) = (Vec::new(), Vec::new());
        let mut by_key: HashMap<Key, Vec<(&TenantId, &RecipientKey)>> = HashMap::new();
        for of in recipients {
            for recipient in of.recipients {
                let (_, key) = preferences::owner(of.tenant, recipient);
                let same = by_key.entry(key.clone()).or_default();
                if same.is_empty() {
                    match of.close {
                        true => close.push(key),
                        false => wanted.push(key),
                    }
                }
                if !same.contains(&(of.tenant, recipient)) {
                    same.push((of.tenant, recipient));
                }
            }
        }
        let mut frozen: HashMap<String, &NotificationKey> = HashMap::new();
        for notification in notifications {
            let key = keys::notification(notification);
            if frozen.insert(key.partition.clone(), notification).is_none() {
                wanted.push(key);
            }
        }
        let mut parts = PARTS.to_vec();
        let mut consistency = Read::Eventual;
        if !frozen.is_empty() {
            consistency = Read::Consistent;
            parts.extend(freeze::FROZEN.iter().filter(|part| !PARTS.contains(part)));
        }
        let mut marks: HashMap<String, &NotificationKey> = HashMap::new();
        for notification in known {
            let key = keys::notification(notification);
            if marks.insert(key.partition.clone(), notification).is_none() {
                wanted.push(key);
            }
        }
        if !(frozen.is_empty() && marks.is_empty()) {
            parts.push(CANCELLED);
        }
        let runs = self.get_runs(close, consistency);
        let by_keys = self.get_parts(wanted, consistency, &parts);
        let (runs, mut items) = try_join(runs, by_keys).await?;
        items.extend(runs.items);
        items.extend(self.get_parts(runs.left, consistency, &parts).await?);
        let mut read = ForDelivery {
            thin: runs.thin,
            ..ForDelivery::default()
        };
        for item in items {
            let attributes = Attributes::of("item", &item);
            let partition = attributes.need_text(PARTITION)?;
            if let Some(key) = frozen.get(partition).or(marks.get(partition))
                && item.contains_key(CANCELLED)
            {
                read.cancelled.insert((*key).clone());
            }
            if marks.contains_key(partition) {
                continue;
            }
            if let Some(key) = frozen.get(partition) {
                let notification = freeze::read(key, &item)?;
                read.notifications.insert((*key).clone(), notification);
                continue;
            }
            let key = Key {
                partition: partition.to_owned(),
                sort: attributes.need_text(SORT)?.to_owned(),
            };
            for (tenant, recipient) in by_key.get(&key).into_iter().flatten() {
                if let Some(target) = self.target(tenant, recipient, &item).await? {
                    let targets = read.targets.entry((*tenant).clone()).or_default();
                    targets.insert((*recipient).clone(), target);
                }
            }
        }
        Ok(read)
    }

    pub(crate) async fn target(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        item: &Item,
    ) -> Result<Option<DeliveryTarget>, StoreError> {
        let id = match recipient.recipient() {
            Recipient::Person(_) | Recipient::PersonByTeamsId(_) => {
                let moved: Option<RecipientKey> = Attributes::of(ENTITY, item).parsed(MOVED)?;
                return match moved {
                    Some(key) => Ok(self.people().get(tenant, &key).await?.map(Box::new))
                        .map(|person| person.map(DeliveryTarget::Person)),
                    None => Person::read(tenant, recipient, item)
                        .map(|person| Some(DeliveryTarget::Person(Box::new(person)))),
                };
            }
            Recipient::Conversation(id) | Recipient::Thread(id) => id,
        };
        let thread = id.thread_root().is_some().then(|| id.clone());
        let conversation = Conversation::read(&id.without_thread(), item)?;
        Ok(Some(if conversation.tenant == *tenant {
            DeliveryTarget::Conversation {
                conversation: Box::new(conversation),
                thread,
            }
        } else {
            DeliveryTarget::Elsewhere
        }))
    }
}

//! What sending to a chunk of recipients needs, read at the moment of sending.

use std::collections::{BTreeMap, HashMap};

use activity::ConversationReference;
use activity::ids::{ConversationId, TenantId};
use notifications::{Recipient, RecipientKey};

use crate::conversation::Conversation;
use crate::error::StoreError;
use crate::item::{Attributes, Item};
use crate::keys::{Key, PARTITION};
use crate::merge::MOVED;
use crate::person::{ENTITY, Person};
use crate::preferences::Preferences;
use crate::requests::Read;
use crate::{Store, preferences};

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

impl Store {
    /// Reads the references and preferences of a chunk's recipients, in one
    /// request for up to a hundred.
    ///
    /// They are read when sending, so that a mute or a removal since the
    /// planning counts.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn people_for_delivery(
        &self,
        tenant: &TenantId,
        recipients: &[RecipientKey],
    ) -> Result<DeliveryTargets, StoreError> {
        let mut by_partition: HashMap<String, Vec<&RecipientKey>> = HashMap::new();
        let mut wanted: Vec<Key> = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let (_, key) = preferences::owner(tenant, recipient);
            let same = by_partition.entry(key.partition.clone()).or_default();
            if same.is_empty() {
                wanted.push(key);
            }
            same.push(recipient);
        }
        let items = self.get_many(wanted, Read::Eventual).await?;
        let mut targets = DeliveryTargets::with_capacity(recipients.len());
        for item in &items {
            let partition = Attributes::of("item", item).need_text(PARTITION)?;
            for recipient in by_partition.get(partition).into_iter().flatten() {
                if let Some(target) = self.target(tenant, recipient, item).await? {
                    targets.insert((*recipient).clone(), target);
                }
            }
        }
        Ok(targets)
    }

    async fn target(
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

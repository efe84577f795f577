//! A notification, written once for each kind of reader.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use activity::ActivityInput;
use cards::{Mentioned, NotificationCard, Reader, Standing};
use connector::{PreparedActivity, TooLarge};
use notifications::{Address, Importance, NotificationKey};
use store::{FrozenNotification, PersonId, Store, StoreError};
use tokio::sync::OnceCell;

use crate::error::DeliverError;

/// How many notifications are kept in memory. Chunks of one come together.
const KEPT: usize = 8;

/// A frozen notification and what was written of it so far.
#[derive(Debug)]
pub struct Letter {
    /// The notification as it was accepted.
    pub frozen: FrozenNotification,
    mentioned: Vec<Mention>,
    written: Mutex<Vec<(Reader, Result<PreparedActivity, TooLarge>)>>,
}

#[derive(Debug)]
struct Mention {
    id: String,
    name: String,
}

impl Letter {
    /// The message for this reader, rendered the first time that such a reader comes.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]: Teams would refuse it, for every reader of this kind.
    pub fn to(&self, reader: &Reader) -> Result<PreparedActivity, TooLarge> {
        let reader = &self.kind_of(reader);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, message)) = written.iter().find(|(known, _)| known == reader) {
            return message.clone();
        }
        let message = PreparedActivity::new(&self.write(reader));
        written.push((reader.clone(), message.clone()));
        message
    }

    /// Readers of a kind read the same, letter by letter.
    fn kind_of(&self, reader: &Reader) -> Reader {
        match self.frozen.notification.translations.is_empty() {
            true => reader.of_our_texts(),
            false => reader.clone(),
        }
    }

    fn write(&self, reader: &Reader) -> ActivityInput {
        let FrozenNotification {
            key,
            notification,
            topic,
            ..
        } = &self.frozen;
        let mentions: Vec<Mentioned<'_>> = self
            .mentioned
            .iter()
            .map(|mention| Mentioned {
                id: &mention.id,
                name: &mention.name,
            })
            .collect();
        let rendered = NotificationCard {
            key,
            notification,
            topic,
            mentions: &mentions,
            standing: Standing::Hears,
        }
        .render(reader);
        if let Some(problem) = rendered.card_problem {
            tracing::warn!(
                notification.key = key.as_str(),
                error = startup::logging::chain(&problem),
                "the sender's own card cannot be used, the built-in one is sent"
            );
        }
        let message = rendered.message;
        let activity = ActivityInput::message_card(message.card, message.summary).with_alert();
        match notification.importance {
            Importance::Normal => activity,
            Importance::High | Importance::Urgent => {
                activity.with_importance(activity::Importance::High)
            }
        }
    }
}

/// A letter that somebody reads from the ledger, for everybody who waits for it.
type Reading = OnceCell<Arc<Letter>>;

/// The notifications that are being delivered, each read from the ledger once. They never change.
#[derive(Debug, Default)]
pub struct Letters {
    kept: Mutex<VecDeque<(NotificationKey, Arc<Reading>)>>,
}

impl Letters {
    /// The notification with this key, and whom it mentions.
    ///
    /// # Errors
    ///
    /// [`DeliverError::NotOnLedger`] when there is none; [`DeliverError::Store`].
    pub async fn get(
        &self,
        store: &Store,
        key: &NotificationKey,
    ) -> Result<Arc<Letter>, DeliverError> {
        let cell = self.cell(key);
        let letter = cell.get_or_try_init(|| read(store, key)).await?;
        Ok(Arc::clone(letter))
    }

    fn cell(&self, key: &NotificationKey) -> Arc<Reading> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = kept.iter().find(|(known, _)| known == key) {
            return Arc::clone(cell);
        }
        if kept.len() == KEPT {
            kept.pop_front();
        }
        let cell = Arc::default();
        kept.push_back((key.clone(), Arc::clone(&cell)));
        cell
    }
}

async fn read(store: &Store, key: &NotificationKey) -> Result<Arc<Letter>, DeliverError> {
    let frozen = store.ledger().notification(key).await?;
    let frozen = frozen.ok_or(DeliverError::NotOnLedger)?;
    let mentioned = mentioned(store, &frozen).await?;
    Ok(Arc::new(Letter {
        frozen,
        mentioned,
        written: Mutex::default(),
    }))
}

/// The people whom the notification mentions, as far as Teams can tell who they are.
///
/// Nobody has told us their display names: what stands before the `@` of their address has to do. Whoever is known by
/// an id alone is left out.
async fn mentioned(store: &Store, frozen: &FrozenNotification) -> Result<Vec<Mention>, StoreError> {
    let mut mentioned = Vec::new();
    for address in &frozen.notification.mentions {
        let id = match address {
            Address::Upn(name) => {
                mentioned.push(mention(name, name));
                continue;
            }
            Address::Mail(mail) => PersonId::Mail(mail.clone()),
            Address::Aad(id) => PersonId::ObjectId(id.clone()),
            Address::User(user) => PersonId::User(user.clone()),
            _ => continue,
        };
        let people = store.people();
        let person = match people.find(&frozen.tenant, &id).await? {
            Some(key) => people.get(&frozen.tenant, &key).await?,
            None => None,
        };
        let Some(person) = person else { continue };
        let name = person.upn.as_ref().or(person.mail.as_ref());
        let id = person.user.as_ref().map(|user| user.as_str());
        let id = id.or(person.object_id.as_ref().map(|id| id.as_str()));
        if let (Some(name), Some(id)) = (name, id) {
            mentioned.push(mention(id, name));
        }
    }
    Ok(mentioned)
}

fn mention(id: &str, address: &str) -> Mention {
    Mention {
        id: id.to_owned(),
        name: address.split('@').next().unwrap_or(address).to_owned(),
    }
}

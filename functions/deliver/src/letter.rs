//! A notification, written once for each kind of reader.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use activity::ActivityInput;
use cards::{Mentioned, NotificationCard, Reader, Standing};
use connector::{PreparedActivity, TooLarge};
use jiff::Timestamp;
use notifications::{Address, Importance, NotificationKey, RecipientKey};
use polls::{OccurrenceId, PollNoticeKind};
use store::{FrozenNotification, PersonId, Store, StoreError};

use crate::cancelling::Cancellation;
use crate::error::DeliverError;
use crate::polling::PollLetter;

/// How many notifications are kept in memory. Chunks of one come together.
const KEPT: usize = 8;

/// A frozen notification and what was written of it so far.
#[derive(Debug)]
pub struct Letter {
    /// The notification as it was accepted.
    pub frozen: FrozenNotification,
    pub(crate) cancellation: Cancellation,
    thin: AtomicBool,
    mentioned: Vec<Mention>,
    poll: Option<Box<PollLetter>>,
    written: Mutex<Vec<Written>>,
}

/// A message, and whom it was written for.
#[derive(Debug)]
struct Written {
    reader: Reader,
    /// Whether for the owner of a poll, who reads more of it.
    for_owner: bool,
    message: Result<PreparedActivity, TooLarge>,
}

#[derive(Debug)]
struct Mention {
    id: String,
    name: String,
}

impl Letter {
    /// A notification as it is on the ledger; whom it mentions is looked up, and the poll that it is of.
    ///
    /// # Errors
    ///
    /// [`DeliverError::Store`], [`DeliverError::Poll`].
    pub(crate) async fn open(
        store: &Store,
        frozen: FrozenNotification,
        now: Timestamp,
    ) -> Result<Self, DeliverError> {
        // Boxed, as what is rare.
        let poll = Box::pin(PollLetter::open(store, &frozen, now)).await?;
        Ok(Self {
            mentioned: mentioned(store, &frozen).await?,
            poll: poll.map(Box::new),
            frozen,
            cancellation: Cancellation::default(),
            thin: AtomicBool::new(false),
            written: Mutex::default(),
        })
    }

    /// The message for this reader, rendered the first time that such a reader comes.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]: Teams would refuse it, for every reader of this kind.
    pub(crate) fn to(
        &self,
        recipient: &RecipientKey,
        reader: &Reader,
    ) -> Result<PreparedActivity, TooLarge> {
        let reader = self.kind_of(reader);
        let poll = self.poll.as_ref();
        let for_owner = poll.is_some_and(|poll| poll.is_owner(recipient));
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Written| known.reader == reader && known.for_owner == for_owner;
        if let Some(known) = written.iter().find(same) {
            return known.message.clone();
        }
        let message = PreparedActivity::new(&self.write(&reader, for_owner));
        written.push(Written {
            reader,
            for_owner,
            message: message.clone(),
        });
        message
    }

    /// Whether it may still be sent as it was written: polls go on.
    pub(crate) fn is_current(&self, now: Timestamp) -> bool {
        self.poll.as_ref().is_none_or(|poll| poll.is_current(now))
    }

    /// When it comes too late.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        match &self.poll {
            Some(poll) => poll.expires(&self.frozen),
            None => self.frozen.notification.expires,
        }
    }

    /// The occurrence whose voters are not to get this, if there is one: it reminds of it.
    pub(crate) fn reminds_of(&self) -> Option<&OccurrenceId> {
        let notice = &self.poll.as_ref()?.notice;
        matches!(notice.kind, PollNoticeKind::Remind(_)).then_some(&notice.occurrence)
    }

    /// Whether the recipients of a chunk may stand side by side in the table, as those of a broadcast do that is for
    /// everyone, or for many of them.
    pub(crate) fn stands_close(&self) -> bool {
        !self.thin.load(Ordering::Relaxed)
    }

    /// Notes that they do not.
    pub(crate) fn stands_apart(&self) {
        self.thin.store(true, Ordering::Relaxed);
    }

    /// Readers of a kind read the same, letter by letter.
    fn kind_of(&self, reader: &Reader) -> Reader {
        match self.frozen.notification.translations.is_empty() {
            true => reader.of_our_texts(),
            false => reader.clone(),
        }
    }

    fn write(&self, reader: &Reader, for_owner: bool) -> ActivityInput {
        if let Some(poll) = &self.poll {
            let message = poll.write(&self.frozen, reader, for_owner);
            return ActivityInput::message_card(message.card, message.summary).with_alert();
        }
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

/// The notifications that were delivered last. They never change, and chunks of one come together.
#[derive(Debug, Default)]
pub struct Letters {
    kept: Mutex<VecDeque<Arc<Letter>>>,
}

impl Letters {
    /// The notification with this key, if it is kept.
    pub fn get(&self, key: &NotificationKey) -> Option<Arc<Letter>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|letter| letter.frozen.key == *key)
            .cloned()
    }

    /// Keeps a notification, instead of the oldest.
    pub fn keep(&self, letter: &Arc<Letter>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(letter));
    }
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

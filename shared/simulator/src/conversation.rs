//! A conversation, to look at and to wait on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Model, Place, Resolved, Stored, Writer};
use crate::shared::Shared;
use crate::{ConversationKind, Message, PlaceName};

/// How long waiting for a message lasts when nothing else is said.
const PATIENCE: Duration = Duration::from_secs(10);

/// A personal chat, group chat, channel, or thread of a channel.
#[derive(Clone)]
pub struct Conversation {
    pub(crate) shared: Arc<Shared>,
    pub(crate) place: Place,
    /// The thread; in a channel, `None` means all of it.
    pub(crate) root: Option<u64>,
    patience: Duration,
}

/// Nothing arrived in time.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "no message of the bot arrived in {place} within {waited:?}; unread elsewhere: {elsewhere:?}"
)]
pub struct NothingArrived {
    /// Where it was awaited.
    pub place: String,
    /// How long.
    pub waited: Duration,
    /// Where the bot posted something that nobody looked at yet.
    pub elsewhere: Vec<String>,
}

impl Conversation {
    pub(crate) fn new(shared: &Arc<Shared>, place: Place, root: Option<u64>) -> Self {
        Self {
            shared: shared.clone(),
            place,
            root,
            patience: PATIENCE,
        }
    }

    pub(crate) fn find(shared: &Arc<Shared>, id: &str) -> Option<Self> {
        match shared.model().resolve(id) {
            Resolved::At(place, root) => Some(Self::new(shared, place, root)),
            Resolved::NotFound | Resolved::NotForThisBot => None,
        }
    }

    /// Its id, as the Connector knows it.
    #[must_use]
    pub fn id(&self) -> String {
        self.shared.model().conversation_id(self.place, self.root)
    }

    /// Its id, kind and name.
    #[must_use]
    pub fn name(&self) -> PlaceName {
        self.shared.model().place_name(self.place, self.root)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ConversationKind {
        self.name().kind
    }

    /// Whether the bot is in it.
    #[must_use]
    pub fn has_bot(&self) -> bool {
        self.shared.model().bot_is_in(self.place)
    }

    /// The thread of this message, in a channel; else the conversation itself.
    #[must_use]
    pub fn thread(&self, message: &Message) -> Self {
        Self {
            root: message.thread().and_then(|root| root.parse().ok()),
            ..self.clone()
        }
    }

    /// The same conversation, waited on for this long.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Everything that was said, by the bot and by people. Counts as read.
    pub fn messages(&self) -> Vec<Message> {
        self.read(|_| true)
    }

    /// Everything that the bot posted. Counts as read.
    pub fn from_bot(&self) -> Vec<Message> {
        self.read(|stored| stored.writer == Writer::Bot)
    }

    /// What the bot posted since somebody last looked. Counts as read.
    pub fn unread(&self) -> Vec<Message> {
        self.read(|stored| !stored.read)
    }

    /// How many messages the bot posted. Reads nothing.
    #[must_use]
    pub fn count(&self) -> usize {
        let model = self.shared.model();
        let messages = model.log(self.place).messages.iter();
        messages
            .filter(|stored| stored.writer == Writer::Bot && self.covers(stored))
            .count()
    }

    /// A message by its id, as it is now. Counts as read.
    pub fn message(&self, id: &str) -> Option<Message> {
        let id: u64 = id.parse().ok()?;
        self.read(|stored| stored.id == id).pop()
    }

    /// The oldest message of the bot that nobody has looked at; waits for one.
    ///
    /// # Errors
    ///
    /// [`NothingArrived`]: none came in time (10 s, or as [`Conversation::within`] says).
    pub async fn next_message(&self) -> Result<Message, NothingArrived> {
        self.next_where(|_| true).await
    }

    /// The oldest unread message of the bot that fits; waits for one. Others stay unread.
    ///
    /// # Errors
    ///
    /// [`NothingArrived`]: none came in time (10 s, or as [`Conversation::within`] says).
    pub async fn next_where(
        &self,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Message, NothingArrived> {
        self.wait(|model| {
            let found = model
                .log(self.place)
                .unread()
                .filter(|stored| self.covers(stored))
                .map(|stored| model.message(self.place, stored))
                .find(|message| fits(message))?;
            let id = found.id.parse().ok()?;
            if let Some(stored) = model.log_mut(self.place).get_mut(id) {
                stored.read = true;
            }
            Some(found)
        })
        .await
    }

    /// A message as soon as it fits, whether or not it was read: to wait for
    /// an edit or a deletion.
    ///
    /// # Errors
    ///
    /// [`NothingArrived`]: it did not fit in time.
    pub async fn changed(
        &self,
        message: &Message,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Message, NothingArrived> {
        let id: u64 = message.id.parse().unwrap_or(0);
        self.wait(|model| {
            let stored = model.log(self.place).get(id)?;
            let now = model.message(self.place, stored);
            fits(&now).then_some(now)
        })
        .await
    }

    async fn wait<T>(
        &self,
        look: impl FnMut(&mut Model) -> Option<T>,
    ) -> Result<T, NothingArrived> {
        match self.shared.until(self.patience, look).await {
            Some(found) => Ok(found),
            None => Err(NothingArrived {
                place: self.name().name,
                waited: self.patience,
                elsewhere: crate::record::unread(&self.shared.model()),
            }),
        }
    }

    /// Reads what fits, and marks it as read.
    fn read(&self, fits: impl Fn(&Stored) -> bool) -> Vec<Message> {
        self.shared.advance_batches();
        let mut model = self.shared.model();
        let mut seen = Vec::new();
        let mut messages = Vec::new();
        for stored in &model.log(self.place).messages {
            if self.covers(stored) && fits(stored) {
                seen.push(stored.id);
                messages.push(model.message(self.place, stored));
            }
        }
        let log = model.log_mut(self.place);
        for id in seen {
            if let Some(stored) = log.get_mut(id) {
                stored.read = true;
            }
        }
        messages
    }

    fn covers(&self, stored: &Stored) -> bool {
        self.root.is_none_or(|root| stored.root == root)
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Conversation").field(&self.name()).finish()
    }
}

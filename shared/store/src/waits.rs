//! Whoever has to get the app first, and the chunks in which a message waits
//! for them.
//!
//! A note lies under the recipient, so that an installation finds it with one
//! small read. It says which chunk to work on again, and nothing more: what
//! is still wanted, and whether it was sent, is on the ledger.

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::{NotificationKey, Recipient, RecipientKey};
use work_items::{ChunkKey, QueueName};

use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::keys::{self, Key};
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES, expires};
use crate::{Store, preferences};

/// Operations on notes of who waits.
#[derive(Clone, Copy, Debug)]
pub struct Waits<'a> {
    pub(crate) store: &'a Store,
}

/// A chunk in which a message waits for a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The notification.
    pub notification: NotificationKey,
    /// The chunk.
    pub chunk: ChunkKey,
    /// The queue in which the chunk travels.
    pub queue: QueueName,
    /// The chunk as a message of that queue.
    pub body: String,
    /// Who noted it: a name that no other claim uses.
    pub by: String,
}

const ENTITY: &str = "wait";
const QUEUE: &str = "queue";
const BODY: &str = "body";
const BY: &str = "by";

impl Waits<'_> {
    /// Notes that a message waits for this recipient. Noting it again replaces
    /// the note.
    ///
    /// A message to a thread waits for its channel.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn note(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        wait: &Wait,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let item = Item::from([
            (QUEUE.to_owned(), s(wait.queue.as_str())),
            (BODY.to_owned(), s(wait.body.as_str())),
            (BY.to_owned(), s(wait.by.as_str())),
            (EXPIRES.to_owned(), expires(now, retention::LEDGER)),
        ]);
        Change::put(key(tenant, recipient, wait), item)
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Whether any message waits for this recipient. One small read.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn any(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
    ) -> Result<bool, StoreError> {
        Ok(!self.page(tenant, recipient, 1).await?.is_empty())
    }

    /// Up to `limit` of the chunks in which a message waits for this recipient.
    ///
    /// A note that this version cannot read is logged, left where it is, and
    /// holds up no other.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn page(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        limit: u16,
    ) -> Result<Vec<Wait>, StoreError> {
        let partition = keys::waits_partition(tenant, &who(recipient));
        let wanted = usize::from(limit.max(1));
        let mut found: Vec<Wait> = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: partition.clone(),
                    low: last.clone().unwrap_or_else(|| " ".to_owned()),
                    high: "~".to_owned(),
                    descending: false,
                    limit: i32::from(limit.max(1)) + i32::from(last.is_some()),
                    read: Read::Consistent,
                })
                .await?;
            let before = last.clone();
            for item in &items {
                let sort = Attributes::of(ENTITY, item).need_text(keys::SORT)?;
                if before.as_deref() == Some(sort) || found.len() == wanted {
                    continue;
                }
                last = Some(sort.to_owned());
                match read(item) {
                    Ok(wait) => found.push(wait),
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        wait.partition = partition,
                        wait.sort = sort,
                        "a note of who waits cannot be read and is left where it is"
                    ),
                }
            }
            if !more || found.len() == wanted || last == before {
                return Ok(found);
            }
        }
    }

    /// Takes a note away, unless somebody has noted it anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        wait: &Wait,
    ) -> Result<(), StoreError> {
        Change::delete(key(tenant, recipient, wait))
            .only_if(format!("#{BY} = :{BY}"))
            .value(BY, s(wait.by.as_str()))
            .write(self.store)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Which of these recipients have the app, by what is known for certain now.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn has_the_app<'a>(
        &self,
        tenant: &TenantId,
        recipients: impl IntoIterator<Item = &'a RecipientKey>,
    ) -> Result<Vec<&'a RecipientKey>, StoreError> {
        let mut found = Vec::new();
        for recipient in recipients {
            let (_, key) = preferences::owner(tenant, recipient);
            let Some(item) = self.get(&key, Read::Consistent).await? else {
                continue;
            };
            let target = self.target(tenant, recipient, &item).await?;
            if target.is_some_and(|target| target.reference().is_some()) {
                found.push(recipient);
            }
        }
        Ok(found)
    }
}

/// Who has to get the app: a thread's channel.
fn who(recipient: &RecipientKey) -> RecipientKey {
    match recipient.recipient() {
        Recipient::Thread(id) => RecipientKey::conversation(&id.without_thread()),
        _ => recipient.clone(),
    }
}

fn key(tenant: &TenantId, recipient: &RecipientKey, wait: &Wait) -> Key {
    keys::wait(tenant, &who(recipient), &wait.notification, &wait.chunk)
}

fn read(item: &Item) -> Result<Wait, StoreError> {
    let read = Attributes::of(ENTITY, item);
    let sort = read.need_text(keys::SORT)?.split_once('#');
    let (notification, chunk) = sort.ok_or_else(|| read.unreadable(keys::SORT))?;
    Ok(Wait {
        notification: notification
            .parse()
            .map_err(|_| read.unreadable(keys::SORT))?,
        chunk: chunk.parse().map_err(|_| read.unreadable(keys::SORT))?,
        queue: read.parsed(QUEUE)?.ok_or_else(|| read.unreadable(QUEUE))?,
        body: read.need_text(BODY)?.to_owned(),
        by: read.need_text(BY)?.to_owned(),
    })
}

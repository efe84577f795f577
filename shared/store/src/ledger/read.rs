//! Reading the ledger: what became of it for one recipient, and what was
//! lately.

use activity::ids::TenantId;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use notifications::{NotificationId, NotificationKey, RecipientKey, TopicName};
use work_items::ChunkKey;

use super::freeze::{FrozenNotification, topic_name};
use super::{Chunk, Ledger, RecipientProgress};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, s};
use crate::keys::{self, Key};
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES, expires};

/// What the ledger says about one recipient of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientRecord {
    /// The chunk that the recipient is in.
    pub chunk: ChunkKey,
    /// Their place in it.
    pub index: usize,
    /// How far they have come.
    pub progress: RecipientProgress,
    /// How many times the chunk was claimed.
    pub attempts: u32,
}

/// A notification in the list of recent ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// Its key.
    pub key: NotificationKey,
    /// Its topic.
    pub topic: TopicName,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The id that its sender gave it, unless an older version listed it.
    pub id: Option<NotificationId>,
}

const ENTITY: &str = "recent notification";
const TOPIC: &str = "topic";
const ACCEPTED_AT: &str = "accepted_at";
const ID: &str = "id";
/// Notifications that are read at once.
const PAGE: usize = 500;

impl Ledger<'_> {
    /// What became of a notification for one recipient; `None` when it was not
    /// for them, or is not planned so far.
    ///
    /// The chunk is the last one that does not start after the recipient: two
    /// small reads, however large the audience.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn recipient(
        &self,
        notification: &NotificationKey,
        recipient: &RecipientKey,
    ) -> Result<Option<RecipientRecord>, StoreError> {
        let starting_here = ChunkKey::starting_with(recipient);
        let (items, _) = self
            .store
            .range(Range {
                partition: keys::notification_partition(notification),
                low: keys::CHUNKS.to_owned(),
                high: keys::chunk(notification, &starting_here).sort,
                descending: true,
                limit: 1,
                read: Read::Eventual,
            })
            .await?;
        let Some(item) = items.first() else {
            return Ok(None);
        };
        let chunk = Chunk::read(item)?;
        let Some(index) = chunk.recipients.iter().position(|one| one == recipient) else {
            return Ok(None);
        };
        let (progress, attempts) = self
            .progress(notification, &chunk.key, chunk.recipients.len())
            .await?;
        Ok(progress.get(index).map(|one| RecipientRecord {
            chunk: chunk.key.clone(),
            index,
            progress: one.clone(),
            attempts,
        }))
    }

    /// Up to `limit` notifications, newest first, of the `days` days before
    /// `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn recent(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        days: u8,
        limit: u16,
    ) -> Result<Vec<Recent>, StoreError> {
        self.listed(tenant, now, days, usize::from(limit), |_| true)
            .await
    }

    /// The same of those that `matches`; page by page, whatever their number.
    pub(super) async fn listed(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        days: u8,
        limit: usize,
        matches: impl Fn(&Recent) -> bool,
    ) -> Result<Vec<Recent>, StoreError> {
        let mut found = Vec::new();
        for back in 0..=i64::from(days) {
            let day = day(now - SignedDuration::from_hours(24 * back));
            let mut high = "~".to_owned();
            loop {
                if found.len() >= limit {
                    return Ok(found);
                }
                let page = limit.min(PAGE) + 1;
                let (items, more) = self
                    .store
                    .range(Range {
                        partition: keys::recent_partition(tenant, &day),
                        low: " ".to_owned(),
                        high: high.clone(),
                        descending: true,
                        limit: i32::try_from(page).unwrap_or(i32::MAX),
                        read: Read::Eventual,
                    })
                    .await?;
                let mut last = None;
                for item in &items {
                    let read = Attributes::of(ENTITY, item);
                    let sort = read.need_text(keys::SORT)?;
                    if sort != high && found.len() < limit {
                        found.extend(Some(recent(&read, sort)?).filter(&matches));
                    }
                    last = Some(sort.to_owned());
                }
                match last {
                    Some(last) if more => high = last,
                    _ => break,
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn list_as_recent(
        &self,
        frozen: &FrozenNotification,
    ) -> Result<(), StoreError> {
        let key = Key {
            partition: keys::recent_partition(&frozen.tenant, &day(frozen.accepted_at)),
            sort: format!("{:013}#{}", frozen.accepted_at.as_millisecond(), frozen.key),
        };
        let item = Item::from([
            (TOPIC.to_owned(), s(topic_name(frozen).as_str())),
            (ACCEPTED_AT.to_owned(), ms(frozen.accepted_at)),
            (ID.to_owned(), s(frozen.id.as_str())),
            (
                EXPIRES.to_owned(),
                expires(frozen.accepted_at, retention::LEDGER),
            ),
        ]);
        Change::put(key, item).write(self.store).await?;
        Ok(())
    }
}

fn recent(read: &Attributes<'_>, sort: &str) -> Result<Recent, StoreError> {
    let key = sort.split_once('#').and_then(|(_, key)| key.parse().ok());
    Ok(Recent {
        key: key.ok_or_else(|| read.unreadable(keys::SORT))?,
        topic: read.parsed(TOPIC)?.ok_or_else(|| read.unreadable(TOPIC))?,
        accepted_at: read.need_time(ACCEPTED_AT)?,
        id: read.text(ID).map(NotificationId::new),
    })
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

//! The frozen chunks of a notification.

use std::collections::HashSet;

use notifications::{NotificationKey, RecipientKey};
use work_items::ChunkKey;

use super::claim::WAITING;
use super::plan::{KEYS, PlanCursor};
use super::{Ledger, recipients};
use crate::error::StoreError;
use crate::item::{Attributes, Item};
use crate::keys;
use crate::requests::{Range, Read};

/// A frozen chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its name within the notification.
    pub key: ChunkKey,
    /// Everyone in it, in the order by which outcomes are recorded.
    pub recipients: Vec<RecipientKey>,
}

const ENTITY: &str = "chunk";
const PAGE: i32 = 100;

impl Chunk {
    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        let read = Attributes::of(ENTITY, item);
        let key = read
            .need_text(keys::SORT)?
            .strip_prefix(keys::CHUNKS)
            .and_then(|key| key.parse().ok())
            .ok_or_else(|| read.unreadable(keys::SORT))?;
        let bytes = read.bytes(KEYS).ok_or_else(|| read.unreadable(KEYS))?;
        Ok(Self {
            key,
            recipients: recipients::decode(bytes).map_err(|_| read.unreadable(KEYS))?,
        })
    }
}

impl Ledger<'_> {
    /// Up to `limit` chunks after the one called `after`, in order: what a
    /// report, a recall or a resend goes through. Fewer than `limit` is not the
    /// end; none is.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn chunks(
        &self,
        notification: &NotificationKey,
        after: Option<&ChunkKey>,
        limit: u16,
    ) -> Result<Vec<Chunk>, StoreError> {
        let low = after.map_or_else(
            || keys::CHUNKS.to_owned(),
            |after| keys::chunk(notification, after).sort,
        );
        let (items, _) = self
            .store
            .range(Range {
                partition: keys::notification_partition(notification),
                low,
                high: "CHUNK$".to_owned(),
                descending: false,
                limit: i32::from(limit.max(1)) + i32::from(after.is_some()),
                read: Read::Eventual,
            })
            .await?;
        let mut chunks = Vec::with_capacity(items.len());
        for item in &items {
            let chunk = Chunk::read(item)?;
            if Some(&chunk.key) != after {
                chunks.push(chunk);
            }
        }
        Ok(chunks)
    }

    /// Of the chunks after the one called `after`, up to `limit` of them, those in
    /// which somebody waits for the app; and the name of the last one that was
    /// looked at, `None` at the end.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn waiting_chunks(
        &self,
        notification: &NotificationKey,
        after: Option<&ChunkKey>,
        limit: u16,
    ) -> Result<(Vec<Chunk>, Option<ChunkKey>), StoreError> {
        let mut chunks = self.chunks(notification, after, limit).await?;
        let last = chunks.last().map(|chunk| chunk.key.clone());
        let state = |chunk: &Chunk| keys::chunk_state(notification, &chunk.key);
        let wanted = chunks.iter().map(state).collect();
        let states = self
            .store
            .get_parts(wanted, Read::Eventual, &[keys::SORT, WAITING]);
        let states = states.await?;
        let waiting: HashSet<&str> = states
            .iter()
            .filter(|item| item.contains_key(WAITING))
            .filter_map(|item| Attributes::of(ENTITY, item).text(keys::SORT))
            .collect();
        chunks.retain(|chunk| waiting.contains(&*state(chunk).sort));
        Ok((chunks, last))
    }

    /// The chunks that start after one place of a plan, up to another.
    pub(super) async fn chunks_between(
        &self,
        notification: &NotificationKey,
        from: &PlanCursor,
        to: &PlanCursor,
    ) -> Result<Vec<Chunk>, StoreError> {
        let place = |key: &RecipientKey| format!("{}{}#{key}", keys::CHUNKS, key.bucket());
        let mut low = match from {
            PlanCursor::Start => keys::CHUNKS.to_owned(),
            PlanCursor::After(key) => place(key),
            PlanCursor::End => return Ok(Vec::new()),
        };
        let high = match to {
            PlanCursor::Start => return Ok(Vec::new()),
            PlanCursor::After(key) => place(key),
            PlanCursor::End => "CHUNK$".to_owned(),
        };
        let mut excluded = match from {
            PlanCursor::After(_) => Some(low.clone()),
            _ => None,
        };
        let mut chunks: Vec<Chunk> = Vec::new();
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::notification_partition(notification),
                    low: low.clone(),
                    high: high.clone(),
                    descending: false,
                    limit: PAGE,
                    read: Read::Consistent,
                })
                .await?;
            for item in &items {
                let sort = Attributes::of(ENTITY, item).need_text(keys::SORT)?;
                if excluded.as_deref() != Some(sort) {
                    chunks.push(Chunk::read(item)?);
                }
                low = sort.to_owned();
            }
            if !more {
                return Ok(chunks);
            }
            excluded = Some(low.clone());
        }
    }
}

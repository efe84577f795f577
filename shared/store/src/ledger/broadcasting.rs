//! Moving a broadcast on.
//!
//! Every move is one conditional write: of two that see the same stage and page
//! one wins, and whoever lost reads what became of it.

use jiff::Timestamp;
use notifications::{NotificationKey, RecipientKey};
use work_items::ChunkKey;

use super::broadcast::{Broadcast, BroadcastDecided, BroadcastDecision, ENTITY, PAGE, STAGE};
use super::claim::{ENTITY as STATE, PROGRESS};
use super::{Chunk, Ledger, Tally, progress};
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, n, s};
use crate::keys;
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES, expires};

/// What became of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deciding {
    /// It counts: it was taken now, or before by the same person.
    Counts(Box<Broadcast>),
    /// It does not: somebody decided before, the time was over, or nobody is
    /// asked (any more). Nothing was changed.
    TooLate(Box<Broadcast>),
    /// Whoever asked for the broadcast does not approve it. Nothing was changed.
    OwnRequest(Box<Broadcast>),
    /// There is no such broadcast.
    NotABroadcast,
}

/// Chunk states that are read at once.
const STATES_PAGE: i32 = 500;

impl Ledger<'_> {
    /// Where a broadcast stands; `None` when the notification is none, or is
    /// not planned so far.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn broadcast(
        &self,
        notification: &NotificationKey,
    ) -> Result<Option<Broadcast>, StoreError> {
        let key = keys::broadcast(notification);
        let item = self.store.get(&key, Read::Consistent).await?;
        item.as_ref().map(Broadcast::read).transpose()
    }

    /// Puts a broadcast on the ledger, once; returns the one that is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn begin_broadcast(
        &self,
        notification: &NotificationKey,
        broadcast: &Broadcast,
        now: Timestamp,
    ) -> Result<Broadcast, StoreError> {
        let mut item = broadcast.write();
        item.insert(EXPIRES.to_owned(), expires(now, retention::LEDGER));
        let written = Change::put(keys::broadcast(notification), item)
            .only_if("attribute_not_exists(#pk)")
            .write(self.store)
            .await?;
        match written {
            Written::Done(_) => Ok(broadcast.clone()),
            Written::Refused(item) => Broadcast::read(&item),
        }
    }

    /// Moves a broadcast on, if it still is at the stage and page that it was
    /// read at. Returns whether it did.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn move_broadcast(
        &self,
        notification: &NotificationKey,
        from: &Broadcast,
        to: &Broadcast,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut item = to.write();
        item.insert(EXPIRES.to_owned(), expires(now, retention::LEDGER));
        let written = Change::put(keys::broadcast(notification), item)
            .only_if(format!("#{STAGE} = :stage AND #{PAGE} = :page"))
            .value("stage", s(from.stage.as_str()))
            .value("page", n(from.page))
            .write(self.store)
            .await?;
        Ok(match written {
            Written::Done(_) => true,
            // An answer that was lost, and the write tried again.
            Written::Refused(item) => Broadcast::read(&item).is_ok_and(|now| now == *to),
        })
    }

    /// Takes a decision, if nobody took another before, and if the time for it
    /// is not over. Of two at once exactly one counts.
    ///
    /// Whether the person may decide is the caller's concern, but for one
    /// thing: nobody approves what they asked for themselves.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn decide(
        &self,
        notification: &NotificationKey,
        decision: BroadcastDecision,
        by: &RecipientKey,
        now: Timestamp,
    ) -> Result<Deciding, StoreError> {
        let Some(mut before) = self.broadcast(notification).await? else {
            return Ok(Deciding::NotABroadcast);
        };
        loop {
            if let Some(decided) = before.decided_instead_of(decision)
                && decided.what == decision
                && decided.by == *by
            {
                return Ok(Deciding::Counts(Box::new(before)));
            }
            let open = before.stage == decision.stage();
            if open
                && decision == BroadcastDecision::Approve
                && before.requester.as_ref() == Some(by)
            {
                return Ok(Deciding::OwnRequest(Box::new(before)));
            }
            if !open || before.until.is_some_and(|until| until <= now) {
                return Ok(Deciding::TooLate(Box::new(before)));
            }
            let after = before.after(BroadcastDecided {
                what: decision,
                by: by.clone(),
                at: crate::people::millisecond(now),
            });
            if self
                .move_broadcast(notification, &before, &after, now)
                .await?
            {
                return Ok(Deciding::Counts(Box::new(after)));
            }
            match self.broadcast(notification).await? {
                Some(now) => before = now,
                None => return Ok(Deciding::NotABroadcast),
            }
        }
    }

    /// Up to `limit` chunks after the one called `after`, in order, and whether
    /// there are more. Sees every chunk that is frozen.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn chunks_to_queue(
        &self,
        notification: &NotificationKey,
        after: Option<&ChunkKey>,
        limit: usize,
    ) -> Result<(Vec<Chunk>, bool), StoreError> {
        let low = after.map_or_else(
            || keys::CHUNKS.to_owned(),
            |after| keys::chunk(notification, after).sort,
        );
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut low = low;
        loop {
            // One more says whether there are more; and one is known already.
            let wanted = limit.saturating_sub(chunks.len()).saturating_add(2);
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::notification_partition(notification),
                    low: low.clone(),
                    high: "CHUNK$".to_owned(),
                    descending: false,
                    limit: i32::try_from(wanted).unwrap_or(i32::MAX),
                    read: Read::Consistent,
                })
                .await?;
            for item in &items {
                let chunk = Chunk::read(item)?;
                let last = chunks.last().map(|chunk| &chunk.key).or(after);
                if last != Some(&chunk.key) {
                    Attributes::of(ENTITY, item)
                        .need_text(keys::SORT)?
                        .clone_into(&mut low);
                    chunks.push(chunk);
                }
            }
            if chunks.len() > limit {
                chunks.truncate(limit);
                return Ok((chunks, true));
            }
            if !more {
                return Ok((chunks, false));
            }
        }
    }

    /// How the recipients of all chunks up to this one ended so far.
    ///
    /// A read unit for about 16 chunks; memory stays the same.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn tally_until(
        &self,
        notification: &NotificationKey,
        last: &ChunkKey,
    ) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        let high = keys::chunk_state(notification, last).sort;
        let mut low = keys::STATES.to_owned();
        let mut counted: Option<String> = None;
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::notification_partition(notification),
                    low: low.clone(),
                    high: high.clone(),
                    descending: false,
                    limit: STATES_PAGE,
                    read: Read::Consistent,
                })
                .await?;
            for item in &items {
                let read = Attributes::of(STATE, item);
                let sort = read.need_text(keys::SORT)?;
                if counted.as_deref() == Some(sort) {
                    continue;
                }
                if let Some(bytes) = read.bytes(PROGRESS) {
                    let progress =
                        progress::decode(bytes).map_err(|_| read.unreadable(PROGRESS))?;
                    tally.add(&Tally::of(&progress));
                }
                sort.clone_into(&mut low);
            }
            if !more {
                return Ok(tally);
            }
            counted = Some(low.clone());
        }
    }
}

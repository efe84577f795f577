//! What waits for its time, found by its minute.
//!
//! An item lies in the partition of the minute in which it is due, one of four
//! shards. A tick looks at every minute since the last one it is done with; it
//! stays a little behind, because an item may be written into a minute that
//! has just begun.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use work_items::HeldItem;

use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, n, s};
use crate::requests::{Range, Read};
use crate::{Store, keys};

/// Operations on held items.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    pub(crate) store: &'a Store,
}

/// Where a held item lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldKey {
    minute: i64,
    shard: u8,
    id: String,
}

const SHARDS: u8 = 4;
/// How far behind the clock a tick is ever done: longer than any clock is
/// wrong and any write takes.
const BEHIND: i64 = 2;
/// Where a tick starts that has never run.
const FIRST_LOOK: i64 = 60;
const ENTITY: &str = "held item";
const MINUTE: &str = "minute";

impl<'a> Held<'a> {
    /// Holds an item until its time. The same id for the same minute twice is
    /// held once.
    ///
    /// What is due already is released by the next tick.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn hold(&self, item: &HeldItem, now: Timestamp) -> Result<HeldKey, StoreError> {
        // Never into a minute that a tick may be done with.
        let minute = minute_after(item.until).max(minute_of(now));
        let key = HeldKey {
            minute,
            shard: shard(&item.id),
            id: item.id.clone(),
        };
        let content = Item::from([
            ("until".to_owned(), ms(item.until)),
            ("why".to_owned(), s(item.why.as_str())),
            ("queue".to_owned(), s(item.queue.as_str())),
            ("body".to_owned(), s(item.body.as_str())),
        ]);
        Change::put(keys::held(minute, key.shard, &key.id), content)
            .write(self.store)
            .await?;
        Ok(key)
    }

    /// Takes an item away, because it was released or is no longer wanted.
    /// Taking it away twice is taking it away once.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove(&self, key: &HeldKey) -> Result<(), StoreError> {
        Change::delete(keys::held(key.minute, key.shard, &key.id))
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Begins to look through everything that is due at `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn sweep(&self, now: Timestamp) -> Result<Sweep<'a>, StoreError> {
        let cursor = self
            .store
            .get(&keys::held_cursor(), Read::Consistent)
            .await?;
        let done = cursor.and_then(|item| Attributes::of("cursor", &item).number(MINUTE));
        let last = minute_of(now);
        let first = match done {
            Some(done) => done + 1,
            None => last - FIRST_LOOK,
        };
        Ok(Sweep {
            store: self.store,
            minute: first,
            shard: 0,
            after: None,
            last,
        })
    }
}

/// A look through what is due, page by page.
///
/// It may be dropped at any page: what was removed stays removed, and the next
/// look finds the rest. Call [`done`](Self::done) after the pages that were
/// dealt with, so that the next look starts there.
#[derive(Debug)]
pub struct Sweep<'a> {
    store: &'a Store,
    minute: i64,
    shard: u8,
    after: Option<String>,
    last: i64,
}

impl Sweep<'_> {
    /// The next items that are due, `limit` at most; `None` when there are no
    /// more.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn next(
        &mut self,
        limit: u16,
    ) -> Result<Option<Vec<(HeldKey, HeldItem)>>, StoreError> {
        while self.minute <= self.last {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::held_partition(self.minute, self.shard),
                    low: self.after.clone().unwrap_or_else(|| " ".to_owned()),
                    high: "\u{10FFFF}".to_owned(),
                    descending: false,
                    limit: i32::from(limit.max(1)) + i32::from(self.after.is_some()),
                    read: Read::Consistent,
                })
                .await?;
            let mut page = Vec::with_capacity(items.len());
            for item in &items {
                let (id, held) = self.read(item)?;
                if self.after.as_ref() != Some(&id) {
                    let key = HeldKey {
                        minute: self.minute,
                        shard: self.shard,
                        id,
                    };
                    page.push((key, held));
                }
            }
            // The one that the last page ended with may be gone by now.
            let more = more || page.len() > usize::from(limit.max(1));
            page.truncate(usize::from(limit.max(1)));
            match page.last() {
                Some((key, _)) if more => self.after = Some(key.id.clone()),
                // Never only the one that was skipped, when there are more.
                _ => self.next_shard(),
            }
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    fn next_shard(&mut self) {
        self.after = None;
        self.shard += 1;
        if self.shard == SHARDS {
            self.shard = 0;
            self.minute += 1;
        }
    }

    fn read(&self, item: &Item) -> Result<(String, HeldItem), StoreError> {
        let read = Attributes::of(ENTITY, item);
        let id = read.need_text(keys::SORT)?.to_owned();
        let held = HeldItem {
            id: id.clone(),
            until: read.need_time("until")?,
            why: read.parsed("why")?.ok_or_else(|| read.unreadable("why"))?,
            queue: read
                .parsed("queue")?
                .ok_or_else(|| read.unreadable("queue"))?,
            body: read.need_text("body")?.to_owned(),
        };
        Ok((id, held))
    }

    /// Records how far the pages that were dealt with reach. Two ticks at once:
    /// the further one stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn done(&self) -> Result<(), StoreError> {
        let minute = (self.minute - 1).min(self.last - BEHIND);
        Change::update(keys::held_cursor())
            .set(MINUTE, n(minute))
            .only_if(format!(
                "attribute_not_exists(#{MINUTE}) OR #{MINUTE} < :{MINUTE}"
            ))
            .write(self.store)
            .await?;
        Ok(())
    }
}

/// The minute that a time lies in.
fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// The first minute at whose beginning a time is past.
fn minute_after(until: Timestamp) -> i64 {
    let almost = SignedDuration::from_secs(60) - SignedDuration::from_nanos(1);
    until
        .checked_add(almost)
        .map_or_else(|_| minute_of(until), minute_of)
}

fn shard(id: &str) -> u8 {
    Sha256::digest(id)[0] % SHARDS
}

//! What waits for its time, found by its minute.
//!
//! An item lies in the partition of the minute in which it is due. A tick looks
//! at every minute since the last one it is done with; it stays a little behind,
//! because an item may be written into a minute that has just begun.

use jiff::{SignedDuration, Timestamp};
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
    until: Timestamp,
}

/// One takes 1,000 items a second for the same minute, more than anything here
/// holds, and each more is two reads of every tick. They can become more: a tick
/// of that version looks into all. They must not become fewer where items are held.
const SHARDS: u8 = 1;
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
            // With more shards: by a hash of the id.
            shard: 0,
            id: item.id.clone(),
            until: item.until,
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
    /// Taking it away twice is taking it away once. One that was held anew under
    /// the same id, for another time in the same minute, stays: whoever got the
    /// first may ask for the next before the first is taken away.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove(&self, key: &HeldKey) -> Result<(), StoreError> {
        Change::delete(keys::held(key.minute, key.shard, &key.id))
            .only_if("#until = :until")
            .value("until", ms(key.until))
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
            recorded: done,
            unreadable: 0,
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
    /// What is recorded as done.
    recorded: Option<i64>,
    unreadable: usize,
}

impl Sweep<'_> {
    /// How many items were met that this version cannot read.
    ///
    /// They are logged, left where they are, and hold up nobody.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The next items that are due, `limit` at most; `None` when there are no
    /// more. What cannot be read is left where it is, and
    /// [counted](Self::unreadable).
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
            let (mut last, mut left) = (None, usize::from(limit.max(1)));
            for item in &items {
                let id = Attributes::of(ENTITY, item).need_text(keys::SORT)?;
                if self.after.as_deref() == Some(id) {
                    continue;
                }
                // One more may come when the one that the last page ended with is gone by now.
                if left == 0 {
                    break;
                }
                left -= 1;
                last = Some(id.to_owned());
                match self.read(item) {
                    Ok(held) => {
                        let key = HeldKey {
                            minute: self.minute,
                            shard: self.shard,
                            id: id.to_owned(),
                            until: held.until,
                        };
                        page.push((key, held));
                    }
                    Err(error) => self.skip(id, &error),
                }
            }
            let more = more || last.as_deref() != items.last().and_then(sort);
            match last {
                Some(last) if more => self.after = Some(last),
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

    /// One item that nobody can read must not keep back what lies behind it.
    fn skip(&mut self, id: &str, error: &StoreError) {
        self.unreadable += 1;
        tracing::error!(
            error = error as &dyn std::error::Error,
            held.partition = keys::held_partition(self.minute, self.shard),
            held.id = id,
            "a held item cannot be read and is left where it is"
        );
    }

    fn read(&self, item: &Item) -> Result<HeldItem, StoreError> {
        let read = Attributes::of(ENTITY, item);
        Ok(HeldItem {
            id: read.need_text(keys::SORT)?.to_owned(),
            until: read.need_time("until")?,
            why: read.parsed("why")?.ok_or_else(|| read.unreadable("why"))?,
            queue: read
                .parsed("queue")?
                .ok_or_else(|| read.unreadable("queue"))?,
            body: read.need_text("body")?.to_owned(),
        })
    }

    /// Records how far the pages that were dealt with reach. Two ticks at once:
    /// the further one stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn done(&self) -> Result<(), StoreError> {
        let minute = (self.minute - 1).min(self.last - BEHIND);
        // A tick that came early has nothing to record.
        if self.recorded.is_some_and(|recorded| recorded >= minute) {
            return Ok(());
        }
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

fn sort(item: &Item) -> Option<&str> {
    Attributes::of(ENTITY, item).text(keys::SORT)
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

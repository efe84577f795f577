//! How far a notification has come, in numbers.
//!
//! While it is delivered the numbers are added up in one small item, with one
//! write for all the chunks of it that a worker completed together. An addition
//! can be missing or be there twice after a crash, so that nothing is decided
//! by them but *when to look*: whoever looks counts the chunks themselves.

use aws::dynamodb::ReturnValue;
use jiff::Timestamp;
use notifications::NotificationKey;

use super::cancel::CANCELLED;
use super::claim::{DONE, ENTITY as STATE, PROGRESS};
use super::counts_item::{
    CHUNKS_DONE, ENDED, ENTITY, FIRST, LAST, OF, REQUESTS, TOLD, WALKING, adding, exact, in_round,
    number, numbers_in, round,
};
use super::freeze::ACCEPTED_AT;
use super::{Ledger, Plan, Tally, Track, progress, unreachable};
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms, n};
use crate::keys;
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES, expires};

/// How far a notification has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Whether everybody is planned: before, `planned` grows.
    pub planned_all: bool,
    /// Recipients that are planned.
    pub planned: u64,
    /// Chunks that they are in.
    pub chunks: u64,
    /// Chunks in which everybody has an outcome.
    pub chunks_done: u64,
    /// Whoever has an outcome. While `exact` is false, those of chunks that are
    /// not done are missing.
    pub tally: Tally,
    /// Recipients without an outcome: planned, and not sent to so far.
    pub waiting: u64,
    /// Those of `waiting` who wait until they have the app. Counted only when
    /// `exact`.
    pub waiting_for_install: u64,
    /// Addresses that lead to nobody.
    pub unreachable: u64,
    /// When it was cancelled, if it was.
    pub cancelled: Option<Timestamp>,
    /// When the last recipient ended, if everybody has.
    pub ended: Option<Timestamp>,
    /// How many times what had failed was sent again.
    pub round: u32,
    /// Whether the numbers were counted from the chunks, rather than added up
    /// along the way.
    pub exact: bool,
}

impl Counts {
    /// When the first recipient ended.
    #[must_use]
    pub fn started(&self) -> Option<Timestamp> {
        self.tally.first
    }
}

/// What is known after a worker has added its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Recipients that were counted as ended.
    pub ended: u64,
    /// Recipients that there are, once that is known.
    pub of: Option<u64>,
}

impl Counted {
    /// Whether it is time to look whether the notification has ended.
    #[must_use]
    pub fn may_be_all(&self) -> bool {
        self.of.is_some_and(|of| self.ended >= of)
    }
}

/// Whether a notification has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It has. The numbers are final.
    Ended {
        /// They.
        counts: Box<Counts>,
        /// Whether it was found just now: true for one caller in each round.
        first: bool,
        /// Whether its event is published.
        told: bool,
    },
    /// It has not.
    Open(Box<Counts>),
    /// It is not on the ledger.
    NotOnLedger,
}

/// Chunk states that are read at once; a megabyte holds some 2,000.
const PAGE: i32 = 1_000;

impl Ledger<'_> {
    /// How far a notification has come, from the numbers that workers added up;
    /// exact when it has ended. `None` when it is not on the ledger.
    ///
    /// One read of four small items, and a second one for a notification with
    /// a single chunk, which is its own account.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn counts(
        &self,
        notification: &NotificationKey,
    ) -> Result<Option<Counts>, StoreError> {
        let Some((mut counts, item)) = self.overview(notification).await? else {
            return Ok(None);
        };
        match item {
            Some(item) => counts.added_up(&item)?,
            // Nobody adds up what is one chunk, or what nobody has worked on.
            None if counts.planned_all && counts.chunks <= 1 => {
                self.count_states(notification, &mut counts).await?;
                counts.close();
            }
            None => {}
        }
        Ok(Some(counts))
    }

    /// The same, counted from the outcomes of every chunk: exact at any time.
    ///
    /// Reads all of them, page by page: a read unit for about 16 chunks.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn recount(
        &self,
        notification: &NotificationKey,
    ) -> Result<Option<Counts>, StoreError> {
        let Some((mut counts, item)) = self.overview(notification).await? else {
            return Ok(None);
        };
        self.recounted(notification, &mut counts, item.as_ref())
            .await?;
        Ok(Some(counts))
    }

    async fn recounted(
        &self,
        notification: &NotificationKey,
        counts: &mut Counts,
        item: Option<&Item>,
    ) -> Result<(), StoreError> {
        self.count_states(notification, counts).await?;
        let read = item.map(|item| Attributes::of(ENTITY, item));
        counts.round = read.as_ref().map_or(0, round);
        // While a request to send again goes through the chunks, there is no end.
        if !read.is_some_and(|read| read.has(WALKING)) {
            counts.close();
        }
        Ok(())
    }

    /// Adds what a worker brought to its end: `chunks` chunks with these
    /// outcomes. `of` is how many recipients there are altogether, if the worker
    /// knows.
    ///
    /// One write unit, whatever the number of chunks. Not for a notification
    /// of one chunk.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was not added is found by [`settle`](Self::settle).
    pub async fn count(
        &self,
        notification: &NotificationKey,
        chunks: u64,
        tally: &Tally,
        of: Option<u64>,
        now: Timestamp,
    ) -> Result<Counted, StoreError> {
        // An addition that comes twice, its answer lost, must not touch what is final.
        let mut change = adding(notification, chunks, tally, 1)
            .set(EXPIRES, expires(now, retention::LEDGER))
            .only_if(format!("attribute_not_exists(#{ENDED})"));
        if let Some(of) = of {
            change = change.set(OF, n(of));
        }
        if let (Some(first), Some(last)) = (tally.first, tally.last) {
            change = change
                .set_to(&format!("#{FIRST} = if_not_exists(#{FIRST}, :{FIRST})"))
                .value(FIRST, ms(first))
                .set(LAST, ms(last));
        }
        let written = change
            .write_returning(self.store, ReturnValue::AllNew)
            .await?;
        let item = match written {
            Written::Done(item) => item,
            // It has ended: there is nothing to look for.
            Written::Refused(_) => Item::new(),
        };
        let of = Attributes::of(ENTITY, &item).number(OF);
        Ok(Counted {
            ended: numbers_in(&item)?.ended(),
            of: of.and_then(|of| u64::try_from(of).ok()),
        })
    }

    /// Looks whether a notification has ended, by its chunks; if so, that is
    /// written once, with the exact numbers.
    ///
    /// Call it when [`Counted::may_be_all`], when planning ends, and whenever a
    /// worker may have died between recording and counting. Calling it too
    /// often costs reads, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn settle(
        &self,
        notification: &NotificationKey,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        let Some((mut counts, item)) = self.overview(notification).await? else {
            return Ok(Settled::NotOnLedger);
        };
        if let Some(item) = &item {
            let read = Attributes::of(ENTITY, item);
            if read.has(ENDED) {
                counts.added_up(item)?;
                return Ok(Settled::Ended {
                    counts: Box::new(counts),
                    first: false,
                    told: read.has(TOLD),
                });
            }
        }
        self.recounted(notification, &mut counts, item.as_ref())
            .await?;
        let Some(ended) = counts.ended else {
            return Ok(Settled::Open(Box::new(counts)));
        };
        let mut exact = exact(&counts, now);
        exact.insert(ENDED.to_owned(), ms(ended));
        if let Some(requests) = item.and_then(|mut item| item.remove(REQUESTS)) {
            exact.insert(REQUESTS.to_owned(), requests);
        }
        let open = format!("attribute_not_exists(#{ENDED}) AND attribute_not_exists(#{WALKING})");
        let ending = Change::put(keys::counts(notification), exact);
        let written = in_round(ending, open, counts.round)
            .write(self.store)
            .await?;
        let (first, told) = match written {
            Written::Done(_) => (true, false),
            Written::Refused(item) => {
                let read = Attributes::of(ENTITY, &item);
                if !read.has(ENDED) {
                    // Another round began meanwhile.
                    return Ok(Settled::Open(Box::new(counts)));
                }
                (false, read.has(TOLD))
            }
        };
        Ok(Settled::Ended {
            counts: Box::new(counts),
            first,
            told,
        })
    }

    /// Notes that the event of a notification's end is published.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation. The event is then published again.
    pub async fn end_told(
        &self,
        notification: &NotificationKey,
        round: u32,
    ) -> Result<(), StoreError> {
        let change = Change::update(keys::counts(notification)).set(TOLD, mark());
        in_round(change, format!("attribute_exists(#{ENDED})"), round)
            .write(self.store)
            .await?;
        Ok(())
    }

    /// What is known of a notification but the outcomes, and its counts' item.
    async fn overview(
        &self,
        notification: &NotificationKey,
    ) -> Result<Option<(Counts, Option<Item>)>, StoreError> {
        let wanted = [
            keys::notification(notification),
            keys::plan(notification),
            keys::counts(notification),
            keys::unreachable(notification),
        ];
        let items = self.store.get_many(wanted.to_vec(), Read::Consistent);
        let mut items = items.await?;
        let mut take = |key: &keys::Key| {
            let place = items
                .iter()
                .position(|item| Attributes::of(ENTITY, item).text(keys::SORT) == Some(&key.sort));
            place.map(|place| items.swap_remove(place))
        };
        let [meta, plan, counts, nobodies] = wanted.each_ref().map(&mut take);
        let Some(meta) = meta else {
            return Ok(None);
        };
        let meta = Attributes::of(super::freeze::ENTITY, &meta);
        let plan = plan.map_or_else(|| Ok(Plan::untouched()), |item| Plan::read(&item))?;
        let nobodies = nobodies.as_ref().map(unreachable::read).transpose()?;
        let overview = Counts {
            accepted_at: meta.need_time(ACCEPTED_AT)?,
            planned_all: plan.is_complete(),
            planned: plan.recipients,
            chunks: plan.chunks,
            chunks_done: 0,
            tally: Tally::default(),
            waiting: plan.recipients,
            waiting_for_install: 0,
            unreachable: nobodies.map_or(0, |nobodies| nobodies.len() as u64),
            cancelled: meta.time(CANCELLED),
            ended: None,
            round: 0,
            exact: false,
        };
        Ok(Some((overview, counts)))
    }

    /// Counts the outcomes of every chunk.
    async fn count_states(
        &self,
        notification: &NotificationKey,
        counts: &mut Counts,
    ) -> Result<(), StoreError> {
        (counts.tally, counts.chunks_done) = self.tally(notification, &Track::Delivery).await?;
        counts.waiting = counts.planned.saturating_sub(counts.tally.ended());
        counts.waiting_for_install = counts.tally.waiting_for_install;
        counts.exact = true;
        Ok(())
    }

    /// The outcomes of all chunks on one track, and how many chunks are done.
    pub(super) async fn tally(
        &self,
        notification: &NotificationKey,
        track: &Track,
    ) -> Result<(Tally, u64), StoreError> {
        let (mut tally, mut done) = (Tally::default(), 0);
        let prefix = track.states();
        let mut low = prefix.clone();
        let mut last: Option<String> = None;
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::notification_partition(notification),
                    low: low.clone(),
                    high: format!("{prefix}g"),
                    descending: false,
                    limit: PAGE,
                    read: Read::Consistent,
                })
                .await?;
            for item in &items {
                let read = Attributes::of(STATE, item);
                let sort = read.need_text(keys::SORT)?;
                if last.as_deref() == Some(sort) {
                    continue;
                }
                if let Some(bytes) = read.bytes(PROGRESS) {
                    let progress =
                        progress::decode(bytes).map_err(|_| read.unreadable(PROGRESS))?;
                    tally.add(&Tally::of(&progress));
                }
                done += u64::from(read.has(DONE));
                sort.clone_into(&mut low);
            }
            if !more {
                return Ok((tally, done));
            }
            last = Some(low.clone());
        }
    }
}

impl Counts {
    /// Takes over what was added up along the way, or is final.
    fn added_up(&mut self, item: &Item) -> Result<(), StoreError> {
        let read = Attributes::of(ENTITY, item);
        self.tally = numbers_in(item)?;
        self.chunks_done = number(&read, CHUNKS_DONE);
        self.round = round(&read);
        self.ended = read.time(ENDED);
        self.exact = self.ended.is_some();
        self.waiting = self.planned.saturating_sub(self.tally.ended());
        Ok(())
    }

    /// If everybody has an outcome, that is the end.
    fn close(&mut self) {
        if self.planned_all && self.waiting == 0 {
            self.ended = Some(self.tally.last.unwrap_or(self.accepted_at));
        }
    }
}

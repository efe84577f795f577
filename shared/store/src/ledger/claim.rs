//! Working on a chunk: claim it, record what happened, give it back.
//!
//! One small item per chunk holds the lease and then the outcomes, so claiming
//! and recording are one write unit each. The lease outlives a crash: when it
//! has run out, the next worker takes the chunk over and is told that whoever
//! has no outcome may have been sent to.

use aws::dynamodb::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use notifications::NotificationKey;
use work_items::ChunkKey;

use super::progress::{self, ChunkProgress};
use super::{Ledger, Track};
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, b, mark, ms, n, s};
use crate::keys;
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};

/// A lease on a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The notification.
    pub notification: NotificationKey,
    /// The chunk.
    pub chunk: ChunkKey,
    /// What is done to it.
    pub track: Track,
    /// Who holds it: a name that no other invocation uses.
    pub owner: String,
    /// Until when it is theirs alone.
    pub until: Timestamp,
    /// How many times the chunk was claimed, this one included.
    pub attempt: u32,
    /// Whether the chunk was complete before: it is looked at again for those
    /// who wait.
    pub again: bool,
    /// How many claims in a row found no token, so that nothing could be sent.
    /// What stands here when progress is recorded is kept for the next claim.
    pub without_token: u32,
    /// The same of claims in which Teams asked to be left alone. All that a
    /// chunk met are counted, in a row or not.
    pub throttled: u32,
}

/// A chunk that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedChunk {
    /// The lease.
    pub claim: Claim,
    /// How far the chunk has come. After a takeover, whoever has no outcome and
    /// does not wait is in doubt.
    pub progress: ChunkProgress,
    /// Whether another worker's lease ran out with the chunk in its hands.
    pub taken_over: bool,
}

/// What became of claiming a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claiming {
    /// It is the caller's.
    Claimed(Box<ClaimedChunk>),
    /// Another worker has it until then. Come back later.
    Held {
        /// When its lease runs out.
        until: Timestamp,
    },
    /// Every recipient has an outcome, and nobody waits: there is nothing to do.
    Done,
}

/// What happens to the lease when progress is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It goes on, until this time.
    Keep {
        /// The new end.
        until: Timestamp,
    },
    /// It is given back: what is left is for another invocation. Who is in doubt
    /// stays so, and nobody else is.
    Release,
}

/// What became of recording progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// It is recorded.
    Recorded {
        /// Whether every recipient has an outcome now, or waits until they have
        /// the app. True for exactly one recording of each chunk.
        complete: bool,
    },
    /// The chunk was complete before, and is again: it is recorded what became
    /// of those who waited.
    Revised,
    /// The lease had run out and somebody else took the chunk over: nothing was
    /// recorded, and nothing may be sent any more.
    Lost,
}

pub(super) const ENTITY: &str = "chunk state";

pub(super) const OWNER: &str = "owner";
/// Who had the chunk when it was claimed; whoever claims it, if nobody had. A
/// claim that is written twice, because its answer was lost, knows by it that
/// it took the chunk over.
const BEFORE: &str = "before";
const UNTIL: &str = "until";
pub(super) const ATTEMPT: &str = "attempt";
pub(super) const PROGRESS: &str = "progress";
pub(super) const DONE: &str = "done";
/// With a chunk that is done, but for those who wait.
pub(super) const WAITING: &str = "waiting";
const WITHOUT_TOKEN: &str = "without_token";
const THROTTLED: &str = "throttled";

impl Ledger<'_> {
    /// Claims a chunk of `recipients` recipients until `until`.
    ///
    /// One write unit. Of several workers at once, one gets it. Claiming again
    /// under the same name is claiming once.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn claim(
        &self,
        notification: &NotificationKey,
        chunk: &ChunkKey,
        recipients: usize,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claiming, StoreError> {
        let track = Track::Delivery;
        self.claim_for(track, notification, chunk, recipients, owner, now, until)
            .await
    }

    /// The same for another thing that is done to the chunk.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    #[expect(
        clippy::too_many_arguments,
        reason = "a claim names what it is on, whose it is and how long"
    )]
    pub async fn claim_for(
        &self,
        track: Track,
        notification: &NotificationKey,
        chunk: &ChunkKey,
        recipients: usize,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claiming, StoreError> {
        let key = track.state(notification, chunk);
        let written = Change::update(key.clone())
            .set(OWNER, s(owner))
            .set_to(&format!("#{BEFORE} = if_not_exists(#{OWNER}, :{OWNER})"))
            .set(UNTIL, ms(until))
            .set_to(&format!(
                "#{ATTEMPT} = if_not_exists(#{ATTEMPT}, :zero) + :one"
            ))
            .value("zero", n(0))
            .value("one", n(1))
            .set(EXPIRES, expires(now, retention::LEDGER))
            .only_if(format!(
                "(attribute_not_exists(#{DONE}) OR attribute_exists(#{WAITING})) \
                 AND (attribute_not_exists(#{OWNER}) \
                 OR (#{UNTIL} <= :now AND #{OWNER} <> :{OWNER}))"
            ))
            .value("now", ms(now))
            .write_returning(self.store, ReturnValue::AllOld)
            .await?;
        let (item, before, attempts) = match written {
            Written::Done(old) => {
                let before = Attributes::of(ENTITY, &old).text(OWNER).map(str::to_owned);
                (old, before, 1)
            }
            Written::Refused(item) => {
                let read = Attributes::of(ENTITY, &item);
                if read.has(DONE) && !read.has(WAITING) {
                    return Ok(Claiming::Done);
                }
                let held = Claiming::Held {
                    until: read.need_time(UNTIL)?,
                };
                // Claimed in this name before: by this very request, whose answer was lost, or by somebody who died.
                if read.text(OWNER) != Some(owner)
                    || !self.prolonged(&key, owner, &read, until).await?
                {
                    return Ok(held);
                }
                let before = read.text(BEFORE).map(str::to_owned);
                (item, before, 0)
            }
        };
        let read = Attributes::of(ENTITY, &item);
        let mut progress = progress_of(&read, recipients)?;
        let taken_over = before.is_some_and(|before| before != owner);
        if taken_over {
            progress.doubt_all();
        }
        let counted = |name| {
            let count = read.number(name).unwrap_or(0);
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        Ok(Claiming::Claimed(Box::new(ClaimedChunk {
            claim: Claim {
                notification: notification.clone(),
                chunk: chunk.clone(),
                track,
                owner: owner.to_owned(),
                until,
                attempt: counted(ATTEMPT).saturating_add(attempts),
                again: read.has(DONE),
                without_token: counted(WITHOUT_TOKEN),
                throttled: counted(THROTTLED),
            },
            progress,
            taken_over,
        })))
    }

    /// Whether a claim in this name goes on until `until`.
    async fn prolonged(
        &self,
        key: &keys::Key,
        owner: &str,
        claimed: &Attributes<'_>,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        if claimed.need_time(UNTIL)? >= until {
            return Ok(true);
        }
        let prolonging = Change::update(key.clone())
            .set(UNTIL, ms(until))
            .only_if(format!("#{OWNER} = :{OWNER}"))
            .value(OWNER, s(owner));
        Ok(prolonging.write(self.store).await?.is_done())
    }

    /// Notes whom of those who wait a worker is about to send to: `progress` has
    /// them in doubt. Returns whether the chunk still is the worker's.
    ///
    /// A takeover leaves the others as they are: nobody sends to whoever waits
    /// before this is noted.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation. Then nothing may be sent to them.
    pub async fn about_to_send(
        &self,
        claim: &Claim,
        progress: &ChunkProgress,
    ) -> Result<bool, StoreError> {
        let noting = Change::update(claim.track.state(&claim.notification, &claim.chunk))
            .set(PROGRESS, b(progress::encode(progress)))
            .only_if(format!("#{OWNER} = :me"))
            .value("me", s(claim.owner.as_str()));
        Ok(noting.write(self.store).await?.is_done())
    }

    /// Records how far a claimed chunk has come, all of it in one write unit.
    ///
    /// When every recipient has an outcome or waits the chunk is done, and the
    /// lease ends, whatever `then` says. While somebody waits it can be claimed
    /// again.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn record(
        &self,
        claim: &Claim,
        progress: &ChunkProgress,
        then: Then,
    ) -> Result<Recording, StoreError> {
        let complete = progress.is_complete();
        let mut change = Change::update(claim.track.state(&claim.notification, &claim.chunk))
            .set(PROGRESS, b(progress::encode(progress)))
            .set_or_remove(WAITING, progress.waiting().next().map(|_| mark()))
            .set_or_remove(WITHOUT_TOKEN, some(claim.without_token))
            .set_or_remove(THROTTLED, some(claim.throttled))
            .only_if(format!("#{OWNER} = :me"))
            .value("me", s(claim.owner.as_str()));
        let recorded = match complete && claim.again {
            true => Recording::Revised,
            false => Recording::Recorded { complete },
        };
        if complete {
            change = change.set(DONE, mark());
        }
        change = match then {
            Then::Keep { until } if !complete => change.set(UNTIL, ms(until)),
            Then::Keep { .. } | Then::Release => change.remove(OWNER).remove(BEFORE).remove(UNTIL),
        };
        match change.write(self.store).await? {
            Written::Done(_) => Ok(recorded),
            Written::Refused(now) => {
                // An answer that was lost, and the write tried again: what is
                // there is what was to be recorded.
                let read = Attributes::of(ENTITY, &now);
                let ours = read.bytes(PROGRESS) == Some(&progress::encode(progress)[..])
                    && read.number(ATTEMPT) == Some(i64::from(claim.attempt));
                Ok(if ours { recorded } else { Recording::Lost })
            }
        }
    }

    /// How far a chunk of `recipients` recipients has come, and how many times
    /// it was claimed.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn progress(
        &self,
        notification: &NotificationKey,
        chunk: &ChunkKey,
        recipients: usize,
    ) -> Result<(ChunkProgress, u32), StoreError> {
        let item: Option<Item> = self
            .store
            .get(&keys::chunk_state(notification, chunk), Read::Consistent)
            .await?;
        let item = item.unwrap_or_default();
        let read = Attributes::of(ENTITY, &item);
        let attempts = read.number(ATTEMPT).unwrap_or(0);
        Ok((
            progress_of(&read, recipients)?,
            u32::try_from(attempts).unwrap_or(u32::MAX),
        ))
    }
}

/// Nothing is kept of what never was.
fn some(count: u32) -> Option<AttributeValue> {
    (count > 0).then(|| n(count))
}

fn progress_of(read: &Attributes<'_>, recipients: usize) -> Result<ChunkProgress, StoreError> {
    let Some(bytes) = read.bytes(PROGRESS) else {
        return Ok(ChunkProgress::untouched(recipients));
    };
    progress::decode(bytes)
        .ok()
        .filter(|progress| progress.recipients().len() == recipients)
        .ok_or_else(|| read.unreadable(PROGRESS))
}

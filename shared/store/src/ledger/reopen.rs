//! Sending again what had failed: the same chunks, and in them exactly those
//! recipients.
//!
//! A round is begun once for a request. While its request goes through the
//! chunks, the notification cannot end; each chunk is reopened once for it, in
//! one transaction with the counts.

use aws::dynamodb::AttributeValue;
use jiff::Timestamp;
use notifications::{NotificationKey, Outcome};
use work_items::{ChunkKey, Which};

use super::claim::{DONE, ENTITY as STATE, OWNER, PROGRESS};
use super::counts_item::{ENDED, ENTITY, REQUESTS, WALKING, adding, exact, in_round, round};
use super::{Ledger, Tally, Track, progress};
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, b, s};
use crate::keys;
use crate::requests::{Read, Transacted};

/// What became of beginning to send again what had failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resending {
    /// Reopen its chunks, then [`end_resend`](Ledger::end_resend).
    Begun,
    /// This request has gone through all chunks before.
    Done,
    /// The notification has not ended, or another request is at it. Try again
    /// when it has.
    NotEnded,
    /// It is not on the ledger.
    NotOnLedger,
}

/// What became of reopening a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reopened {
    /// So many recipients are to be tried again: queue the chunk.
    Now {
        /// How many.
        recipients: usize,
    },
    /// This request reopened it before. Queue it again: whoever queued it may
    /// have died before.
    Before,
    /// Nobody in it is to be tried again.
    Nobody,
}

/// The request that reopened a chunk last.
const REQUEST: &str = "request";

/// Whether somebody who ended so is meant.
fn meant(which: Which, outcome: &Outcome) -> bool {
    match which {
        Which::Failed => matches!(outcome, Outcome::Failed(_)),
        Which::Unknown => matches!(outcome, Outcome::Unknown),
    }
}

impl Ledger<'_> {
    /// Begins to send again what had failed of a notification that has ended.
    /// The same request, again, goes on where it was.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn begin_resend(
        &self,
        notification: &NotificationKey,
        request: &str,
        now: Timestamp,
    ) -> Result<Resending, StoreError> {
        let key = keys::counts(notification);
        let known = self.store.get(&key, Read::Consistent).await?;
        let known = known.unwrap_or_default();
        let read = Attributes::of(ENTITY, &known);
        if read.text(WALKING) == Some(request) {
            return Ok(Resending::Begun);
        }
        let mut requests = read.texts(REQUESTS).to_vec();
        if requests.iter().any(|known| known == request) {
            return Ok(Resending::Done);
        }
        let Some(mut counts) = self.recount(notification).await? else {
            return Ok(Resending::NotOnLedger);
        };
        if counts.ended.is_none() || read.has(WALKING) {
            return Ok(Resending::NotEnded);
        }
        let before = round(&read);
        counts.round = before + 1;
        let mut item = exact(&counts, now);
        item.insert(WALKING.to_owned(), s(request));
        requests.push(request.to_owned());
        item.insert(REQUESTS.to_owned(), AttributeValue::Ss(requests));
        // A notification of one chunk has no counts before its first round.
        let ended = match known.is_empty() {
            true => "attribute_not_exists(#pk)".to_owned(),
            false => format!("attribute_exists(#{ENDED}) AND attribute_not_exists(#{WALKING})"),
        };
        let written = in_round(Change::put(key, item), ended, before)
            .write(self.store)
            .await?;
        Ok(match written {
            Written::Done(_) => Resending::Begun,
            Written::Refused(item) => {
                let read = Attributes::of(ENTITY, &item);
                match read.text(WALKING) == Some(request) {
                    true => Resending::Begun,
                    false => Resending::NotEnded,
                }
            }
        })
    }

    /// Opens those of a chunk who are meant, once for each request.
    ///
    /// What the chunk says of them is kept until their new outcome is recorded,
    /// and the tries stay counted. Of a delivery the counts are put right in the
    /// same transaction; two write units of a transaction cost four.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn reopen(
        &self,
        track: &Track,
        notification: &NotificationKey,
        chunk: &ChunkKey,
        which: Which,
        request: &str,
    ) -> Result<Reopened, StoreError> {
        let key = track.state(notification, chunk);
        loop {
            let item = self.store.get(&key, Read::Consistent).await?;
            let item = item.unwrap_or_default();
            let read = Attributes::of(STATE, &item);
            if read.text(REQUEST) == Some(request) {
                return Ok(Reopened::Before);
            }
            let (Some(bytes), true) = (read.bytes(PROGRESS), read.has(DONE)) else {
                return Ok(Reopened::Nobody);
            };
            // It is worked on for somebody who waits: what comes of that must be recorded first.
            if read.has(OWNER) {
                return Err(StoreError::Busy {
                    code: "ChunkClaimed".to_owned(),
                });
            }
            let mut progress = progress::decode(bytes).map_err(|_| read.unreadable(PROGRESS))?;
            let was = Tally::of(&progress);
            let recipients = progress.reopen(|outcome| meant(which, outcome));
            if recipients == 0 {
                return Ok(Reopened::Nobody);
            }
            let open = Change::update(key.clone())
                .set(PROGRESS, b(progress::encode(&progress)))
                .set(REQUEST, s(request))
                .remove(DONE)
                .only_if(format!(
                    "attribute_exists(#{DONE}) AND attribute_not_exists(#{OWNER}) \
                     AND #{PROGRESS} = :old"
                ))
                .value("old", b(bytes.to_vec()));
            let mut changes = vec![open];
            if *track == Track::Delivery {
                changes.push(adding(notification, 1, &was, -1));
            }
            match self.store.transact(changes).await? {
                Transacted::Done => return Ok(Reopened::Now { recipients }),
                // Somebody else was at it: look again.
                Transacted::Refused => {}
            }
        }
    }

    /// Notes that a request has gone through all chunks: from now on the
    /// notification can end again. [Settle](Self::settle) it then.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn end_resend(
        &self,
        notification: &NotificationKey,
        request: &str,
    ) -> Result<(), StoreError> {
        Change::update(keys::counts(notification))
            .remove(WALKING)
            .only_if(format!("#{WALKING} = :request"))
            .value("request", s(request))
            .write(self.store)
            .await?;
        Ok(())
    }
}

//! One chunk: claim it, bring its recipients to their ends, record, give back what is left.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws::OutgoingMessage;
use aws::queue::LONGEST_DELAY;
use futures_util::future::join_all;
use jiff::SignedDuration;
use notifications::RecipientKey;
use polls::OccurrenceId;
use store::{ChunkProgress, Claim, Claiming, Recording, StoreError, Then};
use work_items::{DeliveryChunk, HeldFor, HeldItem, Lane, QueueName, Work};

use crate::account::{Page, Recorded};
use crate::bulk::Bulk;
use crate::error::DeliverError;
use crate::handler::Deliver;
use crate::reading::Reading;
use crate::sending::{Again, Errand};
use crate::shift::Shift;

/// How often recording is tried. What is not recorded is in doubt, so it is worth a few seconds.
const RECORDINGS: u32 = 5;
/// The wait between two of those, doubled each time.
const RECORDING_WAIT: Duration = Duration::from_millis(100);

/// The first wait of a chunk for a token, doubled each time.
const TOKEN_WAIT: Duration = Duration::from_secs(30);
/// After so many claims without a token in a row, some two hours, an operator has to look.
const CLAIMS_WITHOUT_TOKEN: u32 = 12;
/// When a chunk that was lost to another worker is looked at again: by then that worker's lease has ended.
pub(crate) const LOST_WAIT: Duration = Duration::from_secs(90);

impl Deliver {
    /// Works on the chunk in this message body, with what was read for its batch, if that worked.
    ///
    /// # Errors
    ///
    /// [`DeliverError`], which says whether the same message may succeed later.
    pub(crate) async fn chunk(
        &self,
        body: &str,
        shift: Shift,
        reading: Option<&Reading>,
        page: Page<'_>,
    ) -> Result<(), DeliverError> {
        let chunk = DeliveryChunk::parse(body)?;
        // Read before the claim: a table that fails leaves no claim behind that would put everybody in doubt.
        let own;
        let reading = match reading {
            Some(reading) => reading,
            None => {
                own = self.read(std::slice::from_ref(&chunk)).await?;
                &own
            }
        };
        let letter = reading.letter(&chunk)?;
        if chunk.work != Work::Send {
            // Boxed, as what is rare: a plain send must not carry its state.
            return Box::pin(self.rework(&chunk, letter, reading, shift)).await;
        }

        // Boxed, as what is rare; before the claim, as all that is read.
        let answered = match letter.reminds_of() {
            Some(poll) => Box::pin(self.answered(&chunk, poll)).await?,
            None => BTreeSet::new(),
        };
        let (ledger, me, now) = (self.store.ledger(), self.chance.name(), self.clock.now());
        let claiming = ledger.claim(
            &chunk.notification,
            &chunk.chunk,
            chunk.recipients.len(),
            &me,
            now,
            shift.lease_until,
        );
        let mut claimed = match claiming.await? {
            Claiming::Claimed(claimed) => *claimed,
            Claiming::Done => {
                page.found_done(letter, &chunk);
                return Ok(());
            }
            Claiming::Held { until } => {
                // Not acknowledged before a copy is queued: the worker that has it may be dead.
                let wait = until.duration_since(self.clock.now());
                let wait = Duration::try_from(wait).unwrap_or_default();
                return self.come_back(&chunk, wait + Duration::from_secs(1)).await;
            }
        };
        if claimed.taken_over {
            self.metrics.count("TakenOver", 1);
            tracing::warn!(
                notification.key = chunk.notification.as_str(),
                chunk.key = chunk.chunk.as_str(),
                "a chunk was taken over from a worker that did not come to its end"
            );
        }
        let mut open: Vec<usize> = claimed.progress.unended().collect();
        let waiting: Vec<usize> = claimed.progress.waiting().collect();
        open.extend(&waiting);
        let errand = Errand {
            deliver: self,
            letter,
            answered,
            chunk: &chunk,
            targets: reading.targets(&chunk),
            shift,
            began: now,
            throttled_before: claimed.claim.throttled,
            throttled: AtomicBool::new(false),
            progress: Mutex::new(claimed.progress),
        };
        if !waiting.is_empty() {
            let noted = Box::pin(errand.note_due(&claimed.claim, &waiting)).await?;
            if !noted {
                return self.come_back(&chunk, LOST_WAIT).await;
            }
        }
        let bulk = match self.bulk == Bulk::Off && errand.progress().bulk().is_empty() {
            true => None,
            false => Box::pin(errand.bulk(&open)).await,
        };
        let mine = errand.left_over(&open);
        let mut left = join_all(mine.map(|index| errand.attempt(index))).await;
        left.extend(bulk.map(|wait| Some(Again::After(wait))));
        let claim = &mut claimed.claim;
        if errand.throttled.load(Ordering::Relaxed) {
            claim.throttled = claim.throttled.saturating_add(1);
        }
        let progress = errand.progress.into_inner();
        let progress = progress.unwrap_or_else(PoisonError::into_inner);
        let without_token = count_without_token(claim, &left);
        match self.record(claim, &progress).await? {
            Recording::Recorded { .. } | Recording::Revised => {
                let recorded = Recorded {
                    letter,
                    chunk: &chunk,
                    claim,
                    open: &open,
                    progress: &progress,
                };
                page.recorded(self, &recorded);
                if progress.waiting().next().is_some() {
                    let waits = self.see_to_waits(&chunk, letter, claim, &progress);
                    Box::pin(waits).await?;
                }
                match left.iter().any(Option::is_some) || !progress.is_complete() {
                    true => self.give_back(&chunk, without_token, left).await,
                    false => Ok(()),
                }
            }
            Recording::Lost => {
                // Whoever has it now has put everybody in doubt. Whether its message is still there nobody knows.
                tracing::error!(
                    notification.key = chunk.notification.as_str(),
                    chunk.key = chunk.chunk.as_str(),
                    "a chunk was lost to another worker before its outcomes were recorded"
                );
                self.come_back(&chunk, LOST_WAIT).await
            }
        }
    }

    /// Who of a chunk has answered a poll: nobody reminds them.
    async fn answered(
        &self,
        chunk: &DeliveryChunk,
        poll: &OccurrenceId,
    ) -> Result<BTreeSet<RecipientKey>, DeliverError> {
        let polls = self.store.polls();
        Ok(polls.voted(&chunk.tenant, poll, &chunk.recipients).await?)
    }

    pub(crate) async fn record(
        &self,
        claim: &Claim,
        progress: &ChunkProgress,
    ) -> Result<Recording, StoreError> {
        let mut wait = RECORDING_WAIT;
        for _ in 1..RECORDINGS {
            match self
                .store
                .ledger()
                .record(claim, progress, Then::Release)
                .await
            {
                Err(error) if error.is_retryable() => {
                    self.clock.sleep(wait).await;
                    wait *= 2;
                }
                result => return result,
            }
        }
        self.store
            .ledger()
            .record(claim, progress, Then::Release)
            .await
    }

    /// Sees to it that whoever has no outcome is tried again.
    pub(crate) async fn give_back(
        &self,
        chunk: &DeliveryChunk,
        without_token: u32,
        left: Vec<Option<Again>>,
    ) -> Result<(), DeliverError> {
        if left.contains(&Some(Again::Panicked)) {
            return Err(DeliverError::Panicked);
        }
        // All of them at the latest of their times: nobody is asked before Teams wants to be.
        let mut wait = Duration::ZERO;
        for again in left.into_iter().flatten() {
            wait = wait.max(match again {
                Again::After(after) => after,
                Again::Panicked => Duration::ZERO,
                Again::NoToken { reason, .. } if without_token >= CLAIMS_WITHOUT_TOKEN => {
                    return Err(DeliverError::NoToken { reason });
                }
                Again::NoToken { reason, after } => {
                    tracing::error!(reason, "nothing can be sent without a token");
                    let doubled =
                        TOKEN_WAIT.saturating_mul(1 << without_token.saturating_sub(1).min(8));
                    doubled.min(LONGEST_DELAY).max(after.unwrap_or_default())
                }
            });
        }
        self.metrics.count("HandedBack", 1);
        self.come_back(chunk, wait).await
    }

    /// Queues a copy for later: in the queue if it can wait that long, else held in the table.
    pub(crate) async fn come_back(
        &self,
        chunk: &DeliveryChunk,
        wait: Duration,
    ) -> Result<(), DeliverError> {
        if wait <= LONGEST_DELAY {
            let queue = match chunk.lane {
                Lane::Delivery => &self.delivery_queue,
                Lane::Broadcast => &self.broadcast_queue,
            };
            let copy = OutgoingMessage::new(chunk.to_body()).delayed(wait);
            return Ok(queue.send(vec![copy]).await?);
        }
        let now = self.clock.now();
        let until = SignedDuration::try_from(wait)
            .ok()
            .and_then(|wait| now.checked_add(wait).ok());
        // Its delivery, its recall and each replacement may wait for the same minute.
        let work = match &chunk.work {
            Work::Send => String::new(),
            Work::Recall => "#recall".to_owned(),
            Work::Update { revision } => format!("#update#{revision}"),
        };
        let item = HeldItem {
            id: format!("chunk#{}#{}{work}", chunk.notification, chunk.chunk),
            until: until.unwrap_or(now),
            why: HeldFor::Retry,
            queue: queue_of(chunk.lane),
            body: chunk.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }
}

/// The queue in which chunks of this lane travel.
pub(crate) fn queue_of(lane: Lane) -> QueueName {
    match lane {
        Lane::Delivery => QueueName::Delivery,
        Lane::Broadcast => QueueName::Broadcast,
    }
}

/// Counts the claims in a row that found no token, this one included. What goes to the dead letters begins anew.
pub(crate) fn count_without_token(claim: &mut Claim, left: &[Option<Again>]) -> u32 {
    let found_none = |again: &Again| matches!(again, Again::NoToken { .. });
    let count = match left.iter().flatten().any(found_none) {
        true => claim.without_token.saturating_add(1),
        false => 0,
    };
    claim.without_token = if count < CLAIMS_WITHOUT_TOKEN {
        count
    } else {
        0
    };
    count
}

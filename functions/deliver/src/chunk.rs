//! One chunk: claim it, bring its recipients to their ends, record, give back what is left.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws::OutgoingMessage;
use aws::queue::LONGEST_DELAY;
use futures_util::future::join_all;
use jiff::SignedDuration;
use store::{ChunkProgress, Claim, Claiming, Recording, StoreError, Then};
use work_items::{DeliveryChunk, HeldFor, HeldItem, Lane, QueueName};

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
/// After so many claims without a token, some two hours, an operator has to look.
const CLAIMS_WITHOUT_TOKEN: u32 = 12;

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

        let (ledger, me, now) = (self.store.ledger(), self.chance.name(), self.clock.now());
        let claiming = ledger.claim(
            &chunk.notification,
            &chunk.chunk,
            chunk.recipients.len(),
            &me,
            now,
            shift.lease_until,
        );
        let claimed = match claiming.await? {
            Claiming::Claimed(claimed) => *claimed,
            Claiming::Done => return Ok(()),
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
        let open: Vec<usize> = claimed.progress.unended().collect();
        let errand = Errand {
            deliver: self,
            letter,
            chunk: &chunk,
            targets: reading.targets(&chunk),
            shift,
            claims: claimed.claim.attempt,
            progress: Mutex::new(claimed.progress),
        };
        let left = join_all(open.into_iter().map(|index| errand.attempt(index))).await;
        let progress = errand.progress.into_inner();
        let progress = progress.unwrap_or_else(PoisonError::into_inner);
        match self.record(&claimed.claim, &progress).await? {
            Recording::Recorded { complete: true } => Ok(()),
            Recording::Recorded { complete: false } => {
                self.give_back(&chunk, claimed.claim.attempt, left).await
            }
            Recording::Lost => {
                // Whoever has it now has put everybody in doubt, and its message is not this one.
                tracing::error!(
                    notification.key = chunk.notification.as_str(),
                    chunk.key = chunk.chunk.as_str(),
                    "a chunk was lost to another worker before its outcomes were recorded"
                );
                Ok(())
            }
        }
    }

    async fn record(
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
    async fn give_back(
        &self,
        chunk: &DeliveryChunk,
        claims: u32,
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
                Again::NoToken { reason, .. } if claims >= CLAIMS_WITHOUT_TOKEN => {
                    return Err(DeliverError::NoToken { reason });
                }
                Again::NoToken { reason, after } => {
                    tracing::error!(reason, "nothing can be sent without a token");
                    let doubled = TOKEN_WAIT.saturating_mul(1 << claims.saturating_sub(1).min(8));
                    doubled.min(LONGEST_DELAY).max(after.unwrap_or_default())
                }
            });
        }
        self.metrics.count("HandedBack", 1);
        self.come_back(chunk, wait).await
    }

    /// Queues a copy for later: in the queue if it can wait that long, else held in the table.
    async fn come_back(&self, chunk: &DeliveryChunk, wait: Duration) -> Result<(), DeliverError> {
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
        let item = HeldItem {
            id: format!("chunk#{}#{}", chunk.notification, chunk.chunk),
            until: until.unwrap_or(now),
            why: HeldFor::Retry,
            queue: match chunk.lane {
                Lane::Delivery => QueueName::Delivery,
                Lane::Broadcast => QueueName::Broadcast,
            },
            body: chunk.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }
}

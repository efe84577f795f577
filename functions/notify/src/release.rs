//! Releasing a broadcast: its chunks go to the queue, or end without a message, page by page.

use std::time::Duration;

use aws::OutgoingMessage;
use futures_util::future::join_all;
use jiff::SignedDuration;
use notifications::{Outcome, SkipReason};
use startup::Deadline;
use store::{
    Broadcast, BroadcastStage, Chunk, Claiming, FrozenNotification, Plan, Recording, Tally, Then,
};
use work_items::{DeliveryChunk, HeldFor, HeldItem, QueueName, Settle, Task, Work};

use crate::broadcast::CANARY_TIME;
use crate::error::NotifyError;
use crate::handler::Notify;
use crate::planning::{CHUNKS_PER_PAGE, lane};

/// The wait before the next page: by then it is noted that this one is done.
const BETWEEN_PAGES: Duration = Duration::from_secs(1);
/// In whose name chunks end without a message. Always the same: whoever died with a chunk had it from this one page, and
/// has sent nothing.
const ENDS: &str = "notify: ends without a message";
/// How long such a claim lasts.
const ENDING_TAKES: SignedDuration = SignedDuration::from_secs(65);
/// How many chunks end at once.
const AT_ONCE: usize = 16;

impl Notify {
    /// Queues the next page of chunks, of the canary or of the rest; nothing for a page that is done.
    ///
    /// The chunks go first, then the message that asks for the next page, then it is noted: killed in between, the page is
    /// queued again, which the claims on its chunks make harmless.
    pub(crate) async fn release(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
        broadcast: Broadcast,
        page: u32,
    ) -> Result<(), NotifyError> {
        if page < broadcast.page {
            return Ok(());
        }
        let ledger = self.store.ledger();
        let canary = broadcast.stage == BroadcastStage::Canary;
        let most = match canary {
            true => broadcast.canary.saturating_sub(broadcast.chunks).max(1),
            false => u64::MAX,
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let (chunks, more) = ledger
            .chunks_to_queue(
                &frozen.key,
                broadcast.after.as_ref(),
                most.min(CHUNKS_PER_PAGE),
            )
            .await?;
        let now = self.clock.now();
        let mut after = advanced(&broadcast, &chunks);
        self.queue_chunks(frozen, plan, chunks).await?;
        if !more {
            after.stage = BroadcastStage::Released;
            self.account(frozen, plan, &after);
        } else if canary && after.chunks >= after.canary {
            let takes = self.broadcasts.lasts(after.recipients);
            let takes = SignedDuration::try_from(takes).unwrap_or_default();
            after.stage = BroadcastStage::Watching;
            after.until = Some(now + takes + CANARY_TIME);
            self.look_again(&frozen.key, &after, now, now).await?;
        } else {
            self.next_step(&frozen.key, after.page, BETWEEN_PAGES)
                .await?;
        }
        ledger
            .move_broadcast(&frozen.key, &broadcast, &after, now)
            .await?;
        Ok(())
    }

    /// Queues chunks for delivery.
    pub(crate) async fn queue_chunks(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
        chunks: Vec<Chunk>,
    ) -> Result<(), NotifyError> {
        let lane = lane(plan);
        let messages: Vec<OutgoingMessage> = chunks
            .into_iter()
            .map(|chunk| DeliveryChunk {
                tenant: frozen.tenant.clone(),
                notification: frozen.key.clone(),
                chunk: chunk.key,
                lane,
                work: Work::Send,
                of: plan.is_complete().then_some(plan.recipients),
                recipients: chunk.recipients,
            })
            .map(|chunk| OutgoingMessage::new(chunk.to_body()))
            .collect();
        if !messages.is_empty() {
            self.queue_of(lane).send(messages).await?;
        }
        Ok(())
    }

    /// Ends the next page of chunks without a message; nothing for a page that is done.
    pub(crate) async fn end_page(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
        broadcast: Broadcast,
        page: u32,
        deadline: Deadline,
    ) -> Result<(), NotifyError> {
        if page < broadcast.page {
            return Ok(());
        }
        let ledger = self.store.ledger();
        let why = broadcast.skipped.unwrap_or(SkipReason::Declined);
        let (mut chunks, mut more) = ledger
            .chunks_to_queue(&frozen.key, broadcast.after.as_ref(), CHUNKS_PER_PAGE)
            .await?;
        let mut tally = Tally::default();
        let mut ended = 0;
        let mut looked_at = 0;
        for some in chunks.chunks(AT_ONCE) {
            // What is left goes on as a page of its own.
            if looked_at > 0 && deadline.time_left(self.clock.now()).is_zero() {
                break;
            }
            looked_at += some.len();
            for one in join_all(some.iter().map(|chunk| self.end(frozen, chunk, why))).await {
                if let Some(ends) = one? {
                    ended += 1;
                    tally.add(&ends);
                }
            }
        }
        more |= looked_at < chunks.len();
        chunks.truncate(looked_at);
        self.metrics.count("Skipped", tally.all_skipped());
        let now = self.clock.now();
        let mut after = advanced(&broadcast, &chunks);
        if more {
            self.next_step(&frozen.key, after.page, BETWEEN_PAGES)
                .await?;
        } else {
            after.stage = BroadcastStage::Released;
            self.account(frozen, plan, &after);
            self.settle_later(frozen).await?;
        }
        if ended > 0 && plan.chunks > 1 {
            // An addition that is missing or doubled is made good when it is settled.
            ledger
                .count(&frozen.key, ended, &tally, Some(plan.recipients), now)
                .await?;
        }
        ledger
            .move_broadcast(&frozen.key, &broadcast, &after, now)
            .await?;
        Ok(())
    }

    /// Ends whoever has no outcome in a chunk; how many ended, if the chunk is done by that.
    async fn end(
        &self,
        frozen: &FrozenNotification,
        chunk: &Chunk,
        why: SkipReason,
    ) -> Result<Option<Tally>, NotifyError> {
        let ledger = self.store.ledger();
        let now = self.clock.now();
        let recipients = chunk.recipients.len();
        let until = now + ENDING_TAKES;
        let claiming = ledger.claim(&frozen.key, &chunk.key, recipients, ENDS, now, until);
        let claimed = match claiming.await? {
            Claiming::Claimed(claimed) => *claimed,
            // It was queued before, and whoever has it ends it.
            Claiming::Held { .. } | Claiming::Done => return Ok(None),
        };
        let mut progress = claimed.progress;
        let open: Vec<usize> = progress.unended().collect();
        for index in open {
            // Somebody died over it: to call it skipped would say that nothing arrived.
            let outcome = match progress.may_have_arrived(index) {
                true => Outcome::Unknown,
                false => Outcome::Skipped(why),
            };
            progress.end(index, outcome, now);
        }
        let recording = ledger.record(&claimed.claim, &progress, Then::Release);
        Ok(match recording.await? {
            Recording::Recorded { complete: true } => Some(Tally::of(&progress)),
            _ => None,
        })
    }

    /// Has somebody look whether the notification has ended, and tell.
    pub(crate) async fn settle_later(
        &self,
        frozen: &FrozenNotification,
    ) -> Result<(), NotifyError> {
        let now = self.clock.now();
        let task = Task::Settle(Settle {
            notification: frozen.key.clone(),
            looks: 0,
        });
        let item = HeldItem {
            id: format!("settle#{}", frozen.key),
            until: now,
            why: HeldFor::Schedule,
            queue: QueueName::Task,
            body: task.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }

    /// Everybody who is planned is queued, or has ended.
    fn account(&self, frozen: &FrozenNotification, plan: &Plan, broadcast: &Broadcast) {
        if (broadcast.chunks, broadcast.recipients) == (plan.chunks, plan.recipients) {
            return;
        }
        self.metrics.count("BroadcastsIncomplete", 1);
        tracing::error!(
            notification.key = frozen.key.as_str(),
            plan.chunks,
            plan.recipients,
            broadcast.chunks,
            broadcast.recipients,
            "a broadcast has not queued what was planned"
        );
    }
}

/// The broadcast after these chunks.
fn advanced(broadcast: &Broadcast, chunks: &[Chunk]) -> Broadcast {
    let recipients: usize = chunks.iter().map(|chunk| chunk.recipients.len()).sum();
    let last = chunks.last().map(|chunk| chunk.key.clone());
    Broadcast {
        page: broadcast.page + 1,
        after: last.or_else(|| broadcast.after.clone()),
        chunks: broadcast.chunks + chunks.len() as u64,
        recipients: broadcast.recipients + recipients as u64,
        ..broadcast.clone()
    }
}

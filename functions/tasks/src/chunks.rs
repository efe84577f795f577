//! What goes through all chunks of a notification: to send again what had failed, to delete or to replace what was sent.
//!
//! Each page of chunks is queued for `deliver`, the only one that sends; then the task goes back to its queue with the
//! place where it stands. Killed anywhere, it does a page again, which the claims of the chunks make harmless.

use std::time::Duration;

use aws::OutgoingMessage;
use notifications::NotificationKey;
use store::{Chunk, Counts, FrozenNotification, Reopened, Resending, Track};
use work_items::{
    ChunkKey, DeliveryChunk, EditPoll, GoOn, Lane, Recall, Resend, Settle, Task, Update, Which,
    Work,
};

use crate::failure::Failure;
use crate::handler::{Progress, Tasks};

/// Chunks of one page.
const PAGE: usize = 100;
/// The same where somebody waits for the app.
const WAITING_PAGE: u16 = 100;
/// What is not planned to its end is looked at again after this long.
const NOT_PLANNED: Duration = Duration::from_secs(30);

impl Tasks {
    /// Opens those who failed, and queues their chunks. Of a notification that has not ended nothing is opened.
    pub(crate) async fn resend(&self, task: Resend) -> Result<Progress, Failure> {
        let ledger = self.store.ledger();
        let (key, request) = (&task.notification, &task.request);
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        let mut beginning = ledger.begin_resend(key, request, self.clock.now()).await?;
        // Nobody has noted the end, perhaps because whoever came to it died over counting.
        if beginning == Resending::NotEnded && self.has_ended(key).await? {
            beginning = ledger.begin_resend(key, request, self.clock.now()).await?;
        }
        match beginning {
            Resending::Begun => {}
            Resending::Done => return Ok(Progress::Done),
            Resending::NotOnLedger => return Err(Failure::NotOnLedger),
            Resending::NotEnded => return Err(Failure::NotEnded),
        }
        let (chunks, _) = ledger
            .chunks_to_queue(key, task.after.as_ref(), PAGE)
            .await?;
        let mut reopened = Vec::new();
        for chunk in &chunks {
            let track = &Track::Delivery;
            let reopening = ledger.reopen(track, key, &chunk.key, task.which, request);
            match reopening.await? {
                Reopened::Now { recipients } => {
                    let count = u64::try_from(recipients).unwrap_or(u64::MAX);
                    self.metrics.count("Reopened", count);
                    reopened.push(chunk.clone());
                }
                Reopened::Before => reopened.push(chunk.clone()),
                Reopened::Nobody => {}
            }
        }
        // Counted apart, also where there is but one chunk: a round has its own end.
        self.queue(&frozen, reopened, &Work::Send, None).await?;
        if let Some(after) = last(&chunks) {
            let after = Some(after);
            let rest = Task::Resend(Resend { after, ..task });
            return Ok(Progress::Left(rest, Duration::ZERO));
        }
        ledger.end_resend(key, request).await?;
        // There may have been nobody to send to, and whoever was fast is done by now.
        let settle = Settle {
            notification: task.notification,
            looks: 0,
        };
        self.settle(settle).await
    }

    /// Cancels a notification, then queues its chunks to have the message deleted wherever it was sent.
    pub(crate) async fn recall(&self, task: Recall) -> Result<Progress, Failure> {
        let ledger = self.store.ledger();
        let key = &task.notification;
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        if task.after.is_none() {
            ledger.cancel(key, self.clock.now()).await?;
            // A broadcast that waits for somebody ends now, not with the next tick.
            if ledger.broadcast(key).await?.is_some() {
                let notification = key.clone();
                self.go_on(GoOn { notification }).await?;
            }
        }
        if !ledger.plan(key).await?.is_complete() {
            return Ok(Progress::Left(Task::Recall(task), NOT_PLANNED));
        }
        let (chunks, _) = ledger
            .chunks_to_queue(key, task.after.as_ref(), PAGE)
            .await?;
        for chunk in &chunks {
            // Of an earlier recall, what could not be deleted.
            let (track, which) = (&Track::Recall, Which::Failed);
            ledger
                .reopen(track, key, &chunk.key, which, &task.request)
                .await?;
        }
        let after = last(&chunks);
        self.queue(&frozen, chunks, &Work::Recall, None).await?;
        Ok(match after {
            Some(_) => Progress::Left(Task::Recall(Recall { after, ..task }), Duration::ZERO),
            None => Progress::Done,
        })
    }

    /// Queues the chunks of a notification to have the message replaced wherever it was sent.
    pub(crate) async fn update(&self, task: Update) -> Result<Progress, Failure> {
        let ledger = self.store.ledger();
        let key = &task.notification;
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        if ledger.revision(key, &task.revision).await?.is_none() {
            return Err(Failure::NotOnLedger);
        }
        if !ledger.plan(key).await?.is_complete() {
            return Ok(Progress::Left(Task::Update(task), NOT_PLANNED));
        }
        let (mut chunks, _) = ledger
            .chunks_to_queue(key, task.after.as_ref(), PAGE)
            .await?;
        let after = last(&chunks);
        if EditPoll::is_revision(&task.revision) {
            chunks.retain(|chunk| chunk.recipients.iter().any(|one| !one.is_person()));
        }
        let work = Work::Update {
            revision: task.revision.clone(),
        };
        self.queue(&frozen, chunks, &work, None).await?;
        Ok(match after {
            Some(_) => Progress::Left(Task::Update(Update { after, ..task }), Duration::ZERO),
            None => Progress::Done,
        })
    }

    /// Queues the chunks of a cancelled notification in which somebody waits for the app: they need not wait any more.
    pub(crate) async fn end_waits(
        &self,
        key: &NotificationKey,
        counts: &Counts,
    ) -> Result<(), Failure> {
        let ledger = self.store.ledger();
        let of = (counts.round == 0).then_some(counts.planned);
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        let mut after = None;
        loop {
            let (waiting, last) = ledger
                .waiting_chunks(key, after.as_ref(), WAITING_PAGE)
                .await?;
            self.queue(&frozen, waiting, &Work::Send, of).await?;
            if last.is_none() {
                return Ok(());
            }
            after = last;
        }
    }

    /// Queues chunks behind the alarms: nobody waits for a correction as for a page.
    async fn queue(
        &self,
        frozen: &FrozenNotification,
        chunks: Vec<Chunk>,
        work: &Work,
        of: Option<u64>,
    ) -> Result<(), Failure> {
        if chunks.is_empty() {
            return Ok(());
        }
        let messages = chunks.into_iter().map(|chunk| DeliveryChunk {
            tenant: frozen.tenant.clone(),
            notification: frozen.key.clone(),
            chunk: chunk.key,
            lane: Lane::Broadcast,
            work: work.clone(),
            of,
            recipients: chunk.recipients,
        });
        let messages = messages.map(|chunk| OutgoingMessage::new(chunk.to_body()));
        Ok(self.queues.broadcast.send(messages.collect()).await?)
    }
}

/// The last of a page of chunks; no chunk, no page after it.
fn last(chunks: &[Chunk]) -> Option<ChunkKey> {
    chunks.last().map(|chunk| chunk.key.clone())
}

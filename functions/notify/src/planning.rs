//! One page of planning: an audience becomes frozen chunks, and the chunks are queued.

use aws::OutgoingMessage;
use notifications::{Address, Policy, RecipientKey};
use startup::Deadline;
use store::{Chunk, FrozenNotification, Plan, PlanCursor, PlanStep, Resolved};
use work_items::{ChunkKey, DeliveryChunk, Lane, PlanPage, Work};

use crate::error::NotifyError;
use crate::handler::Notify;

/// Up to so many recipients go to the delivery queue, more to the broadcast queue.
pub const FEW: u64 = 100;

/// The most recipients of a chunk.
///
/// A chunk costs three calls to DynamoDB and a message, shared by its recipients; one worker holds it for as long as
/// they take.
pub const CHUNK: usize = 20;

/// The most recipients of a chunk whose topic is `at-most-once`: a worker that is killed leaves all the unrecorded
/// recipients of its chunk unknown.
pub const CHUNK_AT_MOST_ONCE: usize = 5;

/// The most chunks of a page; the ledger freezes a page in one transaction.
pub const CHUNKS_PER_PAGE: usize = store::CHUNKS_PER_PAGE;

impl Notify {
    /// Plans this page of a notification, if that is not done, and queues what follows from it.
    ///
    /// What is `known` of the plan need not be read; if it is out of date, freezing fails and it is read.
    ///
    /// It may be killed anywhere and called again: a page that is frozen stays as it is and is queued (again), which
    /// the claims on its chunks make harmless.
    pub(crate) async fn plan_page(
        &self,
        frozen: &FrozenNotification,
        page: u32,
        known: Option<Plan>,
        deadline: Deadline,
    ) -> Result<Plan, NotifyError> {
        let ledger = self.store.ledger();
        let mut plan = match known {
            Some(plan) => plan,
            None => ledger.plan(&frozen.key).await?,
        };
        let chunks = loop {
            match plan.step(page) {
                PlanStep::Nothing => return Ok(plan),
                PlanStep::Queue => break ledger.last_page(&frozen.key, &plan).await?,
                PlanStep::Freeze => {
                    let (chunks, next) = self.next_chunks(frozen, &plan.cursor, deadline).await?;
                    let now = self.clock.now();
                    let freezing = ledger.freeze_page(&frozen.key, &plan, &chunks, next, now);
                    match freezing.await? {
                        Some(after) => {
                            self.metrics
                                .count("Recipients", after.recipients - plan.recipients);
                            plan = after;
                            break chunks.into_iter().filter_map(named).collect();
                        }
                        // Another planner was faster. Its page counts.
                        None => plan = ledger.plan(&frozen.key).await?,
                    }
                }
            }
        };
        self.queue(frozen, &plan, chunks).await?;
        ledger.page_queued(&frozen.key, &plan).await?;
        Ok(plan)
    }

    /// Walks on through the audience from the cursor, as far as a page reaches.
    async fn next_chunks(
        &self,
        frozen: &FrozenNotification,
        cursor: &PlanCursor,
        deadline: Deadline,
    ) -> Result<(Vec<Vec<RecipientKey>>, PlanCursor), NotifyError> {
        let size = match frozen.policy() {
            Policy::AtLeastOnce => CHUNK,
            Policy::AtMostOnce => CHUNK_AT_MOST_ONCE,
        };
        let most = size * CHUNKS_PER_PAGE;
        let Resolved {
            include, exclude, ..
        } = self.resolve(frozen).await?;
        let after = cursor.after().cloned();
        let audiences = self.store.audiences();
        let mut walk = audiences.walk(&frozen.tenant, include, exclude, after);
        let mut recipients: Vec<RecipientKey> = Vec::new();
        let next = loop {
            let found = walk.next(most - recipients.len()).await?;
            recipients.extend(found.recipients);
            if found.finished {
                break PlanCursor::End;
            }
            let late = deadline.time_left(self.clock.now()).is_zero();
            if recipients.len() >= most || late {
                match walk.position() {
                    Some(position) if Some(position) != cursor.after() => {
                        break PlanCursor::After(position.clone());
                    }
                    // Nobody was looked at so far: a page that ends here would never get on.
                    _ => {}
                }
            }
        };
        let chunks = recipients.chunks(size).map(<[_]>::to_vec).collect();
        Ok((chunks, next))
    }

    /// The lists that the audience is made of. Who is nobody is recorded the first time, and stays nobody.
    async fn resolve(&self, frozen: &FrozenNotification) -> Result<Resolved, NotifyError> {
        let mut audience = frozen.notification.audience();
        let (audiences, ledger) = (self.store.audiences(), self.store.ledger());
        let (tenant, topic) = (&frozen.tenant, &frozen.topic);
        if !audience.include.iter().any(may_be_nobody) {
            return Ok(audiences.resolve(tenant, topic, &audience).await?);
        }
        let nobodies = match ledger.unreachable(&frozen.key).await? {
            Some(recorded) => recorded,
            None => {
                let resolved = audiences.resolve(tenant, topic, &audience).await?;
                let recording =
                    ledger.record_unreachable(&frozen.key, &resolved.unreachable, self.clock.now());
                let recorded = recording.await?;
                if recorded == resolved.unreachable {
                    self.tell(frozen, &resolved);
                    return Ok(resolved);
                }
                // Another planner looked them up before.
                recorded
            }
        };
        audience
            .include
            .retain(|address| !nobodies.iter().any(|nobody| nobody.address == *address));
        Ok(audiences.resolve(tenant, topic, &audience).await?)
    }

    fn tell(&self, frozen: &FrozenNotification, resolved: &Resolved) {
        for nobody in &resolved.unreachable {
            tracing::warn!(
                notification.key = frozen.key.as_str(),
                address.kind = nobody.address.kind(),
                reason = nobody.why.as_str(),
                "an address leads to nobody"
            );
        }
        let count = resolved.unreachable.len();
        self.metrics
            .count("Unreachable", u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Queues the chunks of the plan's last page, and the next page if there is one.
    async fn queue(
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
        let queue = match lane {
            Lane::Delivery => &self.delivery_queue,
            Lane::Broadcast => &self.broadcast_queue,
        };
        if !messages.is_empty() {
            queue.send(messages).await?;
        }
        if !plan.is_complete() {
            let next = PlanPage {
                notification: frozen.key.clone(),
                page: plan.pages,
            };
            let message = OutgoingMessage::new(next.to_body());
            self.notification_queue.send(vec![message]).await?;
        }
        Ok(())
    }
}

/// Few recipients must not wait behind many. How many there are is known when the first page has them all.
fn lane(plan: &Plan) -> Lane {
    if plan.is_complete() && plan.recipients <= FEW {
        Lane::Delivery
    } else {
        Lane::Broadcast
    }
}

fn may_be_nobody(address: &Address) -> bool {
    matches!(
        address,
        Address::Upn(_) | Address::Mail(_) | Address::Roster(_) | Address::Alias(_)
    )
}

fn named(recipients: Vec<RecipientKey>) -> Option<Chunk> {
    let key = ChunkKey::starting_with(recipients.first()?);
    Some(Chunk { key, recipients })
}

//! One page of planning: an audience becomes frozen chunks, and the chunks are queued.

use aws::OutgoingMessage;
use notifications::{Address, Policy, RecipientKey};
use startup::Deadline;
use store::{Chunk, FrozenNotification, Plan, PlanCursor, PlanStep, Resolved};
use work_items::{ChunkKey, Lane, PlanPage};

use crate::error::NotifyError;
use crate::handler::Notify;

/// Up to so many recipients go to the delivery queue, more to the broadcast queue.
pub const FEW: u64 = 100;

/// The most recipients of a chunk.
///
/// A chunk costs four write units and a message, shared by its recipients: as many as fit into an item of a kilobyte. One
/// worker holds it for as long as they take; a batch has two of a broadcast, so that no more are in doubt when it is killed.
pub const CHUNK: usize = 50;

/// The most recipients of a chunk where there are [`FEW`] in all: so they are shared by several workers.
pub const CHUNK_OF_FEW: usize = 20;

/// The most recipients of a chunk whose topic is `at-most-once`: a worker that is killed leaves all the unrecorded
/// recipients of its chunk unknown.
pub const CHUNK_AT_MOST_ONCE: usize = 5;

/// The most chunks of a page; the ledger freezes a page in one transaction.
pub const CHUNKS_PER_PAGE: usize = store::CHUNKS_PER_PAGE;

impl Notify {
    /// Plans this page of a notification, if that is not done, and sees to what follows from it: the next page; after
    /// the last one the chunks, or the first step of a broadcast.
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
        let frozen_now = loop {
            match plan.step(page) {
                PlanStep::Nothing => return Ok(plan),
                PlanStep::Queue => break None,
                PlanStep::Freeze => {
                    let (chunks, next) = self.next_chunks(frozen, &plan.cursor, deadline).await?;
                    let now = self.clock.now();
                    let freezing = ledger.freeze_page(&frozen.key, &plan, &chunks, next, now);
                    match freezing.await? {
                        Some(after) => {
                            self.metrics
                                .count("Recipients", after.recipients - plan.recipients);
                            plan = after;
                            break Some(chunks.into_iter().filter_map(named).collect());
                        }
                        // Another planner was faster. Its page counts.
                        None => plan = ledger.plan(&frozen.key).await?,
                    }
                }
            }
        };
        if !plan.is_complete() {
            self.next_page(frozen, &plan).await?;
        } else if self.is_broadcast(frozen, &plan) {
            self.begin(frozen, &plan).await?;
        } else {
            let chunks = match frozen_now {
                Some(chunks) => chunks,
                None => ledger.last_page(&frozen.key, &plan).await?,
            };
            self.queue_chunks(frozen, &plan, chunks).await?;
        }
        if plan.is_complete() && plan.chunks == 0 {
            // Nobody delivers what is for nobody, so nobody else finds that it has ended.
            self.settle_later(frozen).await?;
        }
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
        let largest = match frozen.policy() {
            Policy::AtLeastOnce => CHUNK,
            Policy::AtMostOnce => CHUNK_AT_MOST_ONCE,
        };
        let most = largest * CHUNKS_PER_PAGE;
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
        let all = *cursor == PlanCursor::Start && next == PlanCursor::End;
        let size = match all && recipients.len() as u64 <= FEW {
            true => largest.min(CHUNK_OF_FEW),
            false => largest,
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

    /// Asks for the next page.
    async fn next_page(&self, frozen: &FrozenNotification, plan: &Plan) -> Result<(), NotifyError> {
        let next = PlanPage {
            notification: frozen.key.clone(),
            page: plan.pages,
        };
        let message = OutgoingMessage::new(next.to_body());
        Ok(self.notification_queue.send(vec![message]).await?)
    }
}

/// Few recipients must not wait behind many. How many there are is known when everybody is planned.
pub(crate) fn lane(plan: &Plan) -> Lane {
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

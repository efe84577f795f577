//! A broadcast, step by step: asked for, tried out on a few, released.
//!
//! Where it stands is on the ledger. Each step looks there, does one thing, and sees to it that the next step comes before
//! it says that this one is done: killed anywhere, the step is done again.

use std::time::Duration;

use aws::OutgoingMessage;
use jiff::{SignedDuration, Timestamp};
use notifications::{NotificationKey, SkipReason, Source};
use startup::Deadline;
use store::{Broadcast, BroadcastStage, FrozenNotification, Plan};
use work_items::{BroadcastStep, HeldFor, HeldItem, QueueName};

use crate::asking::NOT_REACHED;
use crate::canary::{Verdict, judge};
use crate::error::NotifyError;
use crate::handler::{Accepted, Notify};

/// How long somebody has to decide, if the message is wanted for so long.
pub const TO_DECIDE: SignedDuration = SignedDuration::from_hours(24);
/// How often a broadcast that waits for somebody is looked at: whether it was cancelled, whether a setting was mended.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// How often the outcomes of a canary are looked at.
const WATCH_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// How long the outcomes of a canary are waited for, besides the time that sending it takes: longer than a delivery is
/// tried.
pub const CANARY_TIME: SignedDuration = SignedDuration::from_hours(2);
/// How often a step looks again when somebody else moved the broadcast on meanwhile.
const LOOKS: u32 = 6;

impl Notify {
    /// Whether a notification is released in steps of its own: when nobody knows how many it goes to before the last
    /// page, or when it waits for somebody or something.
    pub(crate) fn is_broadcast(&self, frozen: &FrozenNotification, plan: &Plan) -> bool {
        let asks = self.asks(frozen, plan);
        plan.pages > 1 || asks || self.canary(frozen, plan) > 0
    }

    fn asks(&self, frozen: &FrozenNotification, plan: &Plan) -> bool {
        // Questions about broadcasts go to as many as they have to.
        frozen.source != Source::Tidings && self.broadcasts.needs_approval(plan.recipients)
    }

    fn canary(&self, frozen: &FrozenNotification, plan: &Plan) -> u64 {
        match frozen.source {
            Source::Tidings => 0,
            _ => self.broadcasts.canary_chunks(plan.recipients, plan.chunks),
        }
    }

    /// Begins with a broadcast of which everybody is planned, once.
    pub(crate) async fn begin(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
    ) -> Result<(), NotifyError> {
        let now = self.clock.now();
        let canary = self.canary(frozen, plan);
        let asks = self.asks(frozen, plan);
        let mut first = Broadcast::beginning(match (asks, canary) {
            (true, _) => BroadcastStage::WaitingApproval,
            (false, 0) => BroadcastStage::Releasing,
            (false, _) => BroadcastStage::Canary,
        });
        first.canary = canary;
        if asks {
            first.until = Some(decide_by(frozen, now));
            first.requester = self.requester(frozen).await?;
        }
        let ledger = self.store.ledger();
        let there = ledger.begin_broadcast(&frozen.key, &first, now).await?;
        self.next_step(&frozen.key, there.page, Duration::ZERO)
            .await
    }

    /// Does what comes next for a broadcast.
    pub(crate) async fn step(
        &self,
        step: &BroadcastStep,
        deadline: Deadline,
    ) -> Result<Accepted, NotifyError> {
        let ledger = self.store.ledger();
        let key = &step.notification;
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(NotifyError::NotOnLedger)?;
        let mut stage = None;
        for _ in 0..LOOKS {
            let Some(broadcast) = ledger.broadcast(key).await? else {
                // Somebody asks before everybody is planned. Whoever plans the last page begins.
                break;
            };
            stage = Some(broadcast.stage);
            let Some(mut now) = self.stopped(&frozen, broadcast).await? else {
                continue;
            };
            stage = Some(now.stage);
            if let Some(question) = now.closing {
                // Boxed: it happens once or twice to a broadcast.
                Box::pin(self.close_question(&frozen, question, &now)).await?;
                let closed = Broadcast {
                    closing: None,
                    ..now.clone()
                };
                let at = self.clock.now();
                if !ledger.move_broadcast(key, &now, &closed, at).await? {
                    continue;
                }
                now = closed;
            }
            let plan = ledger.plan(key).await?;
            let done = match now.stage {
                BroadcastStage::WaitingApproval => {
                    self.wait_for_somebody(&frozen, &plan, now).await?
                }
                BroadcastStage::Held => self.wait_for_somebody(&frozen, &plan, now).await?,
                BroadcastStage::Watching => self.watch(&frozen, now).await?,
                BroadcastStage::Canary | BroadcastStage::Releasing => {
                    self.release(&frozen, &plan, now, step.page).await?;
                    true
                }
                BroadcastStage::Ending => {
                    self.end_page(&frozen, &plan, now, step.page, deadline)
                        .await?;
                    true
                }
                BroadcastStage::Released => true,
            };
            if done {
                break;
            }
        }
        Ok(Accepted::Broadcast {
            notification: frozen.key,
            stage: stage.map(BroadcastStage::as_str),
        })
    }

    /// The broadcast as it is to go on: ending, if it is not wanted any more. `None` when somebody else moved it on.
    async fn stopped(
        &self,
        frozen: &FrozenNotification,
        broadcast: Broadcast,
    ) -> Result<Option<Broadcast>, NotifyError> {
        if matches!(
            broadcast.stage,
            BroadcastStage::Ending | BroadcastStage::Released
        ) {
            return Ok(Some(broadcast));
        }
        let ledger = self.store.ledger();
        let now = self.clock.now();
        let expires = frozen.notification.expires;
        let undecided = broadcast.stage.waits_for_somebody()
            && broadcast.until.is_some_and(|until| until <= now);
        let why = if ledger.cancelled(&frozen.key).await?.is_some() {
            SkipReason::Cancelled
        } else if undecided || expires.is_some_and(|expires| expires <= now) {
            SkipReason::Expired
        } else {
            return Ok(Some(broadcast));
        };
        let ending = Broadcast {
            stage: BroadcastStage::Ending,
            skipped: Some(why),
            until: None,
            problem: None,
            closing: broadcast.stage.question().or(broadcast.closing),
            ..broadcast.clone()
        };
        let moving = ledger.move_broadcast(&frozen.key, &broadcast, &ending, now);
        let moved = moving.await?;
        if moved {
            tracing::warn!(
                notification.key = frozen.key.as_str(),
                broadcast.stage = broadcast.stage.as_str(),
                reason = why.code(),
                "a broadcast ends before it was sent to everybody"
            );
        }
        Ok(moved.then_some(ending))
    }

    /// Sees to it that somebody is asked, and looks again later. `false` when somebody else moved the broadcast on.
    async fn wait_for_somebody(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
        broadcast: Broadcast,
    ) -> Result<bool, NotifyError> {
        let held = broadcast.stage == BroadcastStage::Held;
        let problem = if broadcast.asked {
            let nobody = match broadcast.stage.question() {
                Some(kind) => self.nobody_got(frozen, kind).await?,
                None => false,
            };
            nobody.then_some(NOT_REACHED)
        } else if held {
            self.ask_for_rest(frozen, plan, &broadcast).await?
        } else {
            self.ask_for_approval(frozen, plan, &broadcast).await?
        };
        if let Some(problem) = problem {
            self.metrics.count("BroadcastsStuck", 1);
            tracing::error!(
                notification.key = frozen.key.as_str(),
                notification.topic = frozen.topic.name.as_str(),
                broadcast.stage = broadcast.stage.as_str(),
                broadcast.recipients = plan.recipients,
                problem,
                "a broadcast waits for somebody whom nobody can ask"
            );
        }
        let now = self.clock.now();
        let after = Broadcast {
            asked: broadcast.asked || problem.is_none(),
            problem: problem.map(str::to_owned),
            ..broadcast.clone()
        };
        let again = now + LOOK_AGAIN;
        let again = broadcast.until.map_or(again, |until| until.min(again));
        self.look_again(&frozen.key, &broadcast, again, now).await?;
        if after == broadcast {
            return Ok(true);
        }
        let ledger = self.store.ledger();
        Ok(ledger
            .move_broadcast(&frozen.key, &broadcast, &after, now)
            .await?)
    }

    /// Looks how the canary goes. `false` when the broadcast moved on, so that there is something to do at once.
    async fn watch(
        &self,
        frozen: &FrozenNotification,
        broadcast: Broadcast,
    ) -> Result<bool, NotifyError> {
        let ledger = self.store.ledger();
        let now = self.clock.now();
        let tally = match &broadcast.after {
            Some(last) => ledger.tally_until(&frozen.key, last).await?,
            None => store::Tally::default(),
        };
        let late = broadcast.until.is_none_or(|until| until <= now);
        let bound = self.broadcasts.canary_bound_percent;
        let (stage, result) = match judge(&tally, broadcast.recipients, bound, late) {
            Verdict::Wait => {
                self.look_again(&frozen.key, &broadcast, now + WATCH_AGAIN, now)
                    .await?;
                return Ok(true);
            }
            Verdict::Release(result) => (BroadcastStage::Releasing, result),
            Verdict::Hold(result) => (BroadcastStage::Held, result),
        };
        let held = stage == BroadcastStage::Held;
        if held {
            self.metrics.count("CanariesHeld", 1);
        }
        tracing::info!(
            notification.key = frozen.key.as_str(),
            canary.recipients = result.recipients,
            canary.bad = result.bad,
            canary.open = result.open,
            held,
            "the canary of a broadcast is judged"
        );
        let after = Broadcast {
            stage,
            result: Some(result),
            until: held.then(|| decide_by(frozen, now)),
            asked: false,
            ..broadcast.clone()
        };
        let moving = ledger.move_broadcast(&frozen.key, &broadcast, &after, now);
        moving.await?;
        Ok(false)
    }

    /// Queues the next step.
    pub(crate) async fn next_step(
        &self,
        key: &NotificationKey,
        page: u32,
        after: Duration,
    ) -> Result<(), NotifyError> {
        let step = BroadcastStep {
            notification: key.clone(),
            page,
        };
        let message = OutgoingMessage::new(step.to_body()).delayed(after);
        Ok(self.notification_queue.send(vec![message]).await?)
    }

    /// Holds another look at a broadcast until a time. Two for the same minute are one.
    pub(crate) async fn look_again(
        &self,
        key: &NotificationKey,
        broadcast: &Broadcast,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), NotifyError> {
        let step = BroadcastStep {
            notification: key.clone(),
            page: broadcast.page,
        };
        let item = HeldItem {
            id: format!("broadcast#{key}"),
            until,
            why: HeldFor::Schedule,
            queue: QueueName::Notification,
            body: step.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }
}

/// By when somebody has to decide.
fn decide_by(frozen: &FrozenNotification, now: Timestamp) -> Timestamp {
    let long = now.saturating_add(TO_DECIDE).unwrap_or(Timestamp::MAX);
    let expires = frozen.notification.expires;
    expires.map_or(long, |expires| expires.min(long))
}

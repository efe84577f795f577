//! What happens to one event.

use std::sync::Arc;
use std::time::Duration;

use activity::ids::TenantId;
use aws::queue::LONGEST_DELAY;
use aws::{OutgoingMessage, Queue};
use jiff::Timestamp;
use notifications::{
    Audience, Carrier, ContractErrors, Incoming, NotificationKey, Topic, Unwrapped, envelope,
};
use serde::Serialize;
use startup::{Clock, Deadline, Metrics};
use store::{Freeze, FrozenNotification, Plan, Store};
use work_items::{HeldFor, HeldItem, Lane, PlanPage, Planning, QueueName};

use crate::broadcasts::Broadcasts;
use crate::error::NotifyError;

/// Turns events into notifications and queues their deliveries.
#[derive(Debug)]
pub struct Notify {
    /// The table.
    pub store: Store,
    /// Where planning goes on.
    pub notification_queue: Arc<dyn Queue>,
    /// Where a message goes that can never succeed.
    pub dead_letter_queue: Arc<dyn Queue>,
    /// Chunks of few recipients.
    pub delivery_queue: Arc<dyn Queue>,
    /// Chunks of many recipients.
    pub broadcast_queue: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The tenant of a notification that names none.
    pub home_tenant: TenantId,
    /// When many are asked for and tried out on a few.
    pub broadcasts: Broadcasts,
    /// What operators watch.
    pub metrics: Arc<Metrics>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Accepted {
    /// It is an event of our own, which makes no notification.
    Dropped,
    /// It is on the ledger and waits for its `notBefore`.
    Waits {
        /// Its key on the ledger.
        notification: NotificationKey,
        /// When it is planned.
        until: Timestamp,
    },
    /// It is on the ledger, and deliveries are queued.
    Planned {
        /// Its key on the ledger.
        notification: NotificationKey,
        /// How many recipients are planned so far.
        recipients: u64,
        /// Whether these are all.
        complete: bool,
    },
    /// It is a broadcast, and a step of it is done.
    Broadcast {
        /// Its key on the ledger.
        notification: NotificationKey,
        /// Where it stood when the step was done.
        stage: Option<&'static str>,
    },
}

impl Notify {
    /// Accepts a body that the contract lists, a page of planning, or a step of a broadcast.
    ///
    /// # Errors
    ///
    /// [`NotifyError`], which says whether the same body may succeed later.
    pub async fn message(
        &self,
        body: &str,
        carrier: &Carrier<'_>,
        deadline: Deadline,
    ) -> Result<Accepted, NotifyError> {
        match Planning::read(body).transpose()? {
            Some(Planning::Page(page)) => self.go_on(&page, deadline).await,
            // Boxed: what happens to one message must not carry the state of what is rare.
            Some(Planning::Broadcast(step)) => Box::pin(self.step(&step, deadline)).await,
            None => self.event(body.as_bytes(), carrier, deadline).await,
        }
    }

    /// Accepts a body that the contract lists: freezes the notification, once, and plans its first page.
    ///
    /// # Errors
    ///
    /// [`NotifyError`], which says whether the same body may succeed later.
    pub async fn event(
        &self,
        body: &[u8],
        carrier: &Carrier<'_>,
        deadline: Deadline,
    ) -> Result<Accepted, NotifyError> {
        let incoming = match envelope::unwrap(body, carrier)? {
            Unwrapped::Ours => {
                self.metrics.count("OwnEventsDropped", 1);
                tracing::debug!("an event of our own was dropped");
                return Ok(Accepted::Dropped);
            }
            Unwrapped::Notification(incoming) => *incoming,
        };
        let (frozen, plan) = self.freeze(incoming).await?;
        self.plan(&frozen, 0, plan, deadline).await
    }

    /// Plans another page of a notification.
    async fn go_on(&self, page: &PlanPage, deadline: Deadline) -> Result<Accepted, NotifyError> {
        let frozen = self.store.ledger().notification(&page.notification).await?;
        let frozen = frozen.ok_or(NotifyError::NotOnLedger)?;
        self.plan(&frozen, page.page, None, deadline).await
    }

    /// Puts a notification on the ledger; what is known of its plan, without reading it.
    async fn freeze(
        &self,
        incoming: Incoming,
    ) -> Result<(FrozenNotification, Option<Plan>), NotifyError> {
        let notification = incoming.notification;
        let tenant = notification.tenant.clone();
        let tenant = tenant.unwrap_or_else(|| self.home_tenant.clone());
        let topic = self
            .store
            .topics()
            .get(&tenant, &notification.topic)
            .await?;
        let topic = topic.unwrap_or_else(|| Topic::undefined(notification.topic.clone()));
        check_audience(&topic, &notification.audience())?;
        let frozen = FrozenNotification {
            key: incoming.key,
            tenant,
            source: incoming.source,
            id: incoming.id,
            notification,
            topic,
            accepted_at: self.clock.now(),
        };
        match self.store.ledger().freeze(&frozen).await? {
            Freeze::New => {
                self.metrics.count("Notifications", 1);
                tracing::info!(
                    notification.key = frozen.key.as_str(),
                    notification.topic = frozen.topic.name.as_str(),
                    notification.made_from = incoming.made_from,
                    "a notification was accepted"
                );
                Ok((frozen, Some(Plan::untouched())))
            }
            // As it was frozen, not as it arrived now: the topic may have changed.
            Freeze::AlreadyThere(frozen) => Ok((*frozen, None)),
            Freeze::Conflict => Err(NotifyError::IdReused),
        }
    }

    async fn plan(
        &self,
        frozen: &FrozenNotification,
        page: u32,
        plan: Option<Plan>,
        deadline: Deadline,
    ) -> Result<Accepted, NotifyError> {
        let now = self.clock.now();
        if let Some(until) = frozen.notification.not_before.filter(|at| *at > now) {
            self.wait(&frozen.key, until, now).await?;
            return Ok(Accepted::Waits {
                notification: frozen.key.clone(),
                until,
            });
        }
        let plan = self.plan_page(frozen, page, plan, deadline).await?;
        Ok(Accepted::Planned {
            notification: frozen.key.clone(),
            recipients: plan.recipients,
            complete: plan.is_complete(),
        })
    }

    pub(crate) fn queue_of(&self, lane: Lane) -> &dyn Queue {
        match lane {
            Lane::Delivery => &*self.delivery_queue,
            Lane::Broadcast => &*self.broadcast_queue,
        }
    }

    /// Sees to it that planning begins at `until`. Waiting twice is waiting once, but for a message too many.
    async fn wait(
        &self,
        key: &NotificationKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), NotifyError> {
        let body = PlanPage {
            notification: key.clone(),
            page: 0,
        }
        .to_body();
        let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        if wait <= LONGEST_DELAY {
            let message = OutgoingMessage::new(body).delayed(wait);
            self.notification_queue.send(vec![message]).await?;
        } else {
            let item = HeldItem {
                id: format!("plan#{key}"),
                until,
                why: HeldFor::NotBefore,
                queue: QueueName::Notification,
                body,
            };
            self.store.held().hold(&item, now).await?;
        }
        Ok(())
    }
}

/// A topic may say which addresses its notifications can have.
fn check_audience(topic: &Topic, audience: &Audience) -> Result<(), ContractErrors> {
    let mut refused = audience
        .include
        .iter()
        .filter(|address| !topic.allows(address));
    match refused.next() {
        None => Ok(()),
        Some(address) => Err(ContractErrors::one(
            "to",
            format!("an address of kind {}", address.kind()),
            "an address of the topic's audienceAllowed",
        )),
    }
}

//! Cancelling a notification.

use jiff::Timestamp;
use notifications::NotificationKey;
use work_items::{BroadcastStep, HeldFor, HeldItem, QueueName, Settle, Task};

use super::freeze::ENTITY;
use super::{BroadcastStage, Ledger};
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, ms};
use crate::keys;
use crate::requests::Read;

/// When a notification was cancelled, on its `META`.
pub(crate) const CANCELLED: &str = "cancelled";

/// What became of cancelling a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It is cancelled now. Within seconds nothing more is sent; whoever was
    /// not sent to, planned or not, ends as skipped (cancelled).
    Now,
    /// It was cancelled before, at this time.
    Already {
        /// When.
        at: Timestamp,
    },
    /// Every recipient had an outcome: there was nothing to cancel.
    AlreadyEnded {
        /// When the last of them ended.
        at: Timestamp,
    },
    /// It is not on the ledger.
    NotOnLedger,
}

impl Ledger<'_> {
    /// Cancels what is not sent of a notification, and has it looked, with the
    /// next tick, whether somebody waits for the app who need not any more. A
    /// broadcast that waits for somebody goes on with that tick, too;
    /// `Task::GoOn` has it go on at once.
    ///
    /// Asked again, it does what it may have died over.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn cancel(
        &self,
        notification: &NotificationKey,
        now: Timestamp,
    ) -> Result<Cancelled, StoreError> {
        let Some(counts) = self.counts(notification).await? else {
            return Ok(Cancelled::NotOnLedger);
        };
        if let (None, Some(at)) = (counts.cancelled, counts.ended) {
            return Ok(Cancelled::AlreadyEnded { at });
        }
        if counts.ended.is_none() {
            let look = Task::Settle(Settle {
                notification: notification.clone(),
                looks: 0,
            });
            let item = HeldItem {
                id: format!("cancelled#{notification}"),
                until: now,
                why: HeldFor::Schedule,
                queue: QueueName::Task,
                body: look.to_body(),
            };
            self.store.held().hold(&item, now).await?;
            self.hold_last_step(notification, now).await?;
        }
        if let Some(at) = counts.cancelled {
            return Ok(Cancelled::Already { at });
        }
        let written = Change::update(keys::notification(notification))
            .set(CANCELLED, ms(now))
            .only_if(format!(
                "attribute_exists(#pk) AND attribute_not_exists(#{CANCELLED})"
            ))
            .write(self.store)
            .await?;
        Ok(match written {
            Written::Done(_) => Cancelled::Now,
            Written::Refused(item) => match Attributes::of(ENTITY, &item).time(CANCELLED) {
                Some(at) => Cancelled::Already { at },
                None => Cancelled::NotOnLedger,
            },
        })
    }

    /// Has a broadcast that is not released looked at with the next tick.
    async fn hold_last_step(
        &self,
        notification: &NotificationKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let broadcast = self.broadcast(notification).await?;
        if broadcast.is_none_or(|broadcast| broadcast.stage == BroadcastStage::Released) {
            return Ok(());
        }
        let step = BroadcastStep {
            notification: notification.clone(),
            // Whatever page is next: the ledger says which.
            page: u32::MAX,
        };
        let item = HeldItem {
            id: format!("cancelled#broadcast#{notification}"),
            until: now,
            why: HeldFor::Schedule,
            queue: QueueName::Notification,
            body: step.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }

    /// When a notification was cancelled, if it was. Half a read unit for each
    /// 4 KB of it, and at most seconds old.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn cancelled(
        &self,
        notification: &NotificationKey,
    ) -> Result<Option<Timestamp>, StoreError> {
        let key = keys::notification(notification);
        let found = self
            .store
            .get_parts(vec![key], Read::Eventual, &[CANCELLED]);
        let found = found.await?;
        let item = found.first();
        Ok(item.and_then(|item| Attributes::of(ENTITY, item).time(CANCELLED)))
    }
}

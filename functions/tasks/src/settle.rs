//! Making good for a worker that died before it could tell that a notification has ended.

use std::time::Duration;

use aws::queue::LONGEST_DELAY;
use delivery_events::Level;
use jiff::SignedDuration;
use notifications::NotificationKey;
use store::{Counts, Settled};
use work_items::{HeldFor, HeldItem, QueueName, Settle, Task};

use crate::failure::Failure;
use crate::handler::{Progress, Tasks};

/// The wait before a second look, doubled each time …
const FIRST_WAIT: Duration = Duration::from_secs(300);
/// … up to this one. Whoever waits for the app may wait for weeks.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);

impl Tasks {
    /// Looks whether a notification has ended, and publishes that if nobody has; looks again later if it has not.
    pub(crate) async fn settle(&self, task: Settle) -> Result<Progress, Failure> {
        let ledger = self.store.ledger();
        let now = self.clock.now();
        match ledger.settle(&task.notification, now).await? {
            Settled::NotOnLedger => Ok(Progress::Done),
            Settled::Ended { counts, told, .. } => {
                if !told {
                    self.tell_end(&task.notification, &counts).await?;
                }
                Ok(Progress::Done)
            }
            Settled::Open(counts) => {
                if counts.cancelled.is_some() && counts.waiting_for_install > 0 {
                    self.end_waits(&task.notification, &counts).await?;
                }
                self.look_again(task).await
            }
        }
    }

    /// Whether a notification has ended; notes and tells it, if nobody has.
    pub(crate) async fn has_ended(&self, key: &NotificationKey) -> Result<bool, Failure> {
        let ledger = self.store.ledger();
        match ledger.settle(key, self.clock.now()).await? {
            Settled::Ended { counts, told, .. } => {
                if !told {
                    self.tell_end(key, &counts).await?;
                }
                Ok(true)
            }
            Settled::Open(_) | Settled::NotOnLedger => Ok(false),
        }
    }

    /// Publishes the event of a notification's end, if that is wanted, then notes it: killed in between, it is published
    /// again.
    async fn tell_end(&self, key: &NotificationKey, counts: &Counts) -> Result<(), Failure> {
        if self.level < Level::Notification {
            return Ok(());
        }
        let ledger = self.store.ledger();
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        if let Some(event) = delivery_events::ended(&frozen, counts) {
            self.events.publish(event).await?;
            ledger.end_told(key, counts.round).await?;
        }
        Ok(())
    }

    async fn look_again(&self, task: Settle) -> Result<Progress, Failure> {
        let wait = FIRST_WAIT.saturating_mul(1 << task.looks.min(8));
        let wait = wait.min(LONGEST_WAIT);
        let notification = task.notification.clone();
        let next = Task::Settle(Settle {
            looks: task.looks.saturating_add(1),
            ..task
        });
        if wait <= LONGEST_DELAY {
            return Ok(Progress::Left(next, wait));
        }
        let now = self.clock.now();
        let item = HeldItem {
            id: format!("settle#{notification}"),
            until: now + SignedDuration::try_from(wait).unwrap_or_default(),
            why: HeldFor::Schedule,
            queue: QueueName::Task,
            body: next.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(Progress::Done)
    }
}

//! The one-minute tick: what was held and is due goes to its queue.

use std::collections::HashMap;
use std::time::Duration;

use aws::{OutgoingMessage, QueueError};
use lambda_runtime::Diagnostic;
use serde::Serialize;
use startup::Deadline;
use startup::logging::chain;
use store::{HeldKey, StoreError};
use work_items::{HeldItem, QueueName};

use crate::handler::Tasks;

/// Items that are released together.
const PAGE: u16 = 100;
/// Items that one tick releases at most; the next goes on a minute later.
const MOST: usize = 5_000;
/// What a page may take. With less time left, the next tick goes on.
const FOR_A_PAGE: Duration = Duration::from_secs(5);

/// What a tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Released {
    /// How many held items went to their queues.
    pub released: usize,
    /// Whether there may be more that are due.
    pub more: bool,
}

/// Why a tick did not do all that it should have. The next one does it.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// The table did not do what was asked.
    #[error("failed to look for what is due")]
    Store(#[from] StoreError),
    /// A queue did not take what is due; the other queues did.
    #[error("failed to release {count} items")]
    Queue {
        /// How many items are still held.
        count: usize,
        /// What the last such queue answered.
        #[source]
        source: QueueError,
    },
}

impl Tasks {
    /// Releases what is due, oldest first.
    ///
    /// An item goes to its queue before it is taken away: killed in between, the next tick sends it again, and whoever
    /// gets it knows it by its ledger. Two ticks at once do the same.
    pub(crate) async fn tick(&self, deadline: Deadline) -> Result<Released, TickError> {
        self.refresh_keys().await;
        let held = self.store.held();
        let mut sweep = held.sweep(self.clock.now()).await?;
        let mut done = Released::default();
        let mut stuck: Option<(usize, QueueError)> = None;
        loop {
            let left = deadline.time_left(self.clock.now());
            let left = left.saturating_sub(FOR_A_PAGE);
            // After a long standstill there are many empty minutes to look through before the next page.
            let next = tokio::time::timeout(left, sweep.next(PAGE));
            let Ok(next) = next.await else {
                done.more = true;
                break;
            };
            let Some(page) = next? else {
                break;
            };
            let (released, refused) = self.release(page).await?;
            done.released += released;
            if let Some((count, error)) = refused {
                let before = stuck.map_or(0, |(before, _)| before);
                stuck = Some((before + count, error));
            }
            if done.released >= MOST {
                done.more = true;
                break;
            }
        }
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.metrics.count("Released", count(done.released));
        if sweep.unreadable() > 0 {
            self.metrics
                .count("HeldUnreadable", count(sweep.unreadable()));
        }
        if let Some((count, source)) = stuck {
            // The cursor stays: the next tick looks at the same minutes again.
            return Err(TickError::Queue { count, source });
        }
        sweep.done().await?;
        Ok(done)
    }

    /// Sends a page of items to their queues and takes away those that went; says how many, and how many did not.
    async fn release(
        &self,
        page: Vec<(HeldKey, HeldItem)>,
    ) -> Result<(usize, Option<(usize, QueueError)>), StoreError> {
        let mut by_queue: HashMap<QueueName, Vec<(HeldKey, HeldItem)>> = HashMap::new();
        for (key, item) in page {
            by_queue.entry(item.queue).or_default().push((key, item));
        }
        let mut released = 0;
        let mut stuck: Option<(usize, QueueError)> = None;
        for (queue, items) in by_queue {
            let (keys, messages): (Vec<_>, Vec<_>) = items
                .into_iter()
                .map(|(key, item)| (key, OutgoingMessage::new(item.body)))
                .unzip();
            let refused = match self.queues.get(queue).send(messages).await {
                Ok(()) => Vec::new(),
                Err(error) => {
                    let refused = match &error {
                        QueueError::Partly { failed } => {
                            failed.iter().map(|failed| failed.index).collect()
                        }
                        _ => (0..keys.len()).collect::<Vec<_>>(),
                    };
                    let before = stuck.map_or(0, |(before, _)| before);
                    stuck = Some((before + refused.len(), error));
                    refused
                }
            };
            for (index, key) in keys.iter().enumerate() {
                if !refused.contains(&index) {
                    self.store.held().remove(key).await?;
                    released += 1;
                }
            }
        }
        Ok((released, stuck))
    }

    /// Keeps the signing keys in the table no older than a day, so that a cold start finds them while their provider
    /// is down. That it is down now is not this tick's failure.
    async fn refresh_keys(&self) {
        if let Err(error) = self.signing_keys.refresh().await {
            self.metrics.count("SigningKeysNotRefreshed", 1);
            tracing::warn!(error = chain(&error), "the signing keys were not refreshed");
        }
    }
}

impl From<TickError> for Diagnostic {
    fn from(error: TickError) -> Self {
        let error_type = match &error {
            TickError::Store(error) => error.error_type(),
            TickError::Queue { .. } => "QueueUnavailable",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: chain(&error),
        }
    }
}

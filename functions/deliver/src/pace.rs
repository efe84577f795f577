//! When a send may go.

use std::sync::Arc;
use std::time::Duration;

use activity::ids::{ConversationId, TenantId};
use async_trait::async_trait;
use jiff::SignedDuration;
use pacing::{Need, Settings};
use pacing_in_table::{Ask, TablePacer};
use startup::{Clock, Metrics};
use store::Store;
use work_items::Lane;

pub use pacing_in_table::{Announced, Turn};

/// A send that asks for its turn.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Whose limit it counts against: Teams counts per app and tenant.
    pub tenant: &'a TenantId,
    /// Where it goes; absent before a conversation is created.
    pub conversation: Option<&'a ConversationId>,
    /// Alarms go ahead of broadcasts.
    pub lane: Lane,
    /// How long the asker can wait at most.
    pub patience: Duration,
}

/// Gives turns, so that all the copies of the function together stay within Teams' limits.
#[async_trait]
pub trait Pacer: Send + Sync + std::fmt::Debug {
    /// Counts a send that will ask for its turn soon, so that the turns of all can be got together.
    fn announce(&self) -> Announced {
        Announced::default()
    }

    /// Waits for this send's turn.
    async fn turn(&self, wish: Wish<'_>) -> Turn;

    /// Is told how long Teams took to answer a send that had its turn.
    fn answered(&self, _took: Duration) {}

    /// Is told that Teams answered 429 to a send that had its turn, and how long Teams asked to wait, if it did.
    async fn throttled(&self, wish: Wish<'_>, retry_after: Option<Duration>);
}

/// Gives turns by what all copies of the function share in the table.
#[derive(Debug)]
pub struct Paced {
    table: TablePacer,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Paced {
    /// Takes turns from this table, at these rates.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        settings: Settings,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            table: TablePacer::new(store, Arc::clone(&clock), settings),
            clock,
            metrics,
        }
    }
}

impl<'a> From<Wish<'a>> for Ask<'a> {
    /// Opening a conversation is no delivery: it has its part of the limit for itself.
    fn from(wish: Wish<'a>) -> Self {
        let need = match (wish.conversation, wish.lane) {
            (None, _) => Need::Other,
            (Some(_), Lane::Delivery) => Need::Alarm,
            (Some(_), Lane::Broadcast) => Need::Broadcast,
        };
        Ask {
            tenant: wish.tenant,
            conversation: wish.conversation,
            reads: false,
            need,
            patience: wish.patience,
        }
    }
}

#[async_trait]
impl Pacer for Paced {
    fn announce(&self) -> Announced {
        self.table.announce()
    }

    async fn turn(&self, wish: Wish<'_>) -> Turn {
        let began = self.clock.now();
        let turn = self.table.turn(wish.into()).await;
        let waited = self.clock.now().duration_since(began);
        if let Some(waited) = worth_telling(waited) {
            self.metrics.duration("PacerWait", waited);
        }
        if let Some(rate) = self.table.take_rate() {
            self.metrics.rate("Rate", rate);
        }
        turn
    }

    fn answered(&self, took: Duration) {
        self.table.answered(took);
    }

    async fn throttled(&self, wish: Wish<'_>, retry_after: Option<Duration>) {
        self.table.throttled(wish.into(), retry_after).await;
    }
}

/// Gives every turn at once: the limits are met by obeying Teams' 429 alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unpaced;

#[async_trait]
impl Pacer for Unpaced {
    async fn turn(&self, _: Wish<'_>) -> Turn {
        Turn::Now
    }

    async fn throttled(&self, _: Wish<'_>, _: Option<Duration>) {}
}

/// A wait that somebody could notice: a metric is billed for each hour in which it has a value.
fn worth_telling(waited: SignedDuration) -> Option<Duration> {
    let waited = Duration::try_from(waited).ok()?;
    (waited >= Duration::from_millis(1)).then_some(waited)
}

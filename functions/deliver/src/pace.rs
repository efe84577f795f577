//! When a send may go.

use std::time::Duration;

use activity::ids::{ConversationId, TenantId};
use async_trait::async_trait;
use work_items::Lane;

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

/// The answer to a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send now. What had to be waited has been waited.
    Now,
    /// There is no turn within the asker's patience: come back after this long.
    Later(Duration),
}

/// Gives turns, so that all the copies of the function together stay within Teams' limits.
#[async_trait]
pub trait Pacer: Send + Sync + std::fmt::Debug {
    /// Waits for this send's turn.
    async fn turn(&self, wish: Wish<'_>) -> Turn;

    /// Is told that Teams answered 429 to a send that had its turn, and how long Teams asked to wait, if it did.
    fn throttled(&self, wish: Wish<'_>, retry_after: Option<Duration>);
}

/// Gives every turn at once: the limits are met by obeying Teams' 429 alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unpaced;

#[async_trait]
impl Pacer for Unpaced {
    async fn turn(&self, _: Wish<'_>) -> Turn {
        Turn::Now
    }

    fn throttled(&self, _: Wish<'_>, _: Option<Duration>) {}
}

//! Asking for a turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use activity::{ConversationId, TenantId};
use pacing::Need;

/// A request that asks for its turn.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Whose limit it counts against: Teams counts per app and tenant.
    pub tenant: &'a TenantId,
    /// The conversation whose windows for messages it counts against, if it is a message.
    pub conversation: Option<&'a ConversationId>,
    /// What it is for.
    pub need: Need,
    /// How long it can wait at most.
    pub patience: Duration,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send now. What had to be waited has been waited.
    Now,
    /// There is no turn within the asker's patience: come back after this long.
    Later(Duration),
}

/// Counts a request that will ask for its turn soon, as long as it is held.
#[derive(Debug, Default)]
pub struct Announced(Option<Arc<AtomicUsize>>);

impl Announced {
    pub(crate) fn to(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Some(Arc::clone(count)))
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

//! Asking for a turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use activity::{ConversationId, TenantId};
use pacing::{Limit, Need, READS, SENDS};

/// A request that asks for its turn.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Whose limit it counts against: Teams counts per app and tenant.
    pub tenant: &'a TenantId,
    /// The conversation whose windows it counts against, if it is about one that is there.
    pub conversation: Option<&'a ConversationId>,
    /// Whether it reads members or channels there: those have windows of their own.
    pub reads: bool,
    /// What it is for.
    pub need: Need,
    /// How long it can wait at most.
    pub patience: Duration,
}

impl Ask<'_> {
    /// The windows that it counts against, and under which id they are kept.
    pub(crate) fn windows(&self) -> Option<(ConversationId, &'static [Limit])> {
        let id = self.conversation?.without_thread();
        Some(match self.reads {
            false => (id, SENDS),
            true => (ConversationId::new(format!("{id}#reads")), READS),
        })
    }
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

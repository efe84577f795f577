//! Giving turns.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use activity::TenantId;
use jiff::{SignedDuration, Timestamp};
use pacing::{Blame, Settings, Storms, Transit};
use startup::Clock;
use store::Store;

use crate::asking::{Announced, Ask, Turn};
use crate::conversations::Conversations;
use crate::slots::Known;

/// Gives turns, so that all workers together stay within Teams' limits.
///
/// Cheap while it holds slots: then a turn is a look into its own memory. Slots are bought for everybody who waits, a
/// second's worth at most, with one write to the table. Only channels, group chats and conversations that were busy
/// lately cost a write each time.
///
/// When the table fails, it goes on by itself at a twentieth of the rate.
#[derive(Debug)]
pub struct TablePacer {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) state: Mutex<State>,
    /// Held by whoever asks the table, so that the others wait for the answer.
    pub(crate) asking: tokio::sync::Mutex<()>,
    /// The requests that wait for a turn, or will soon.
    pub(crate) announced: Arc<AtomicUsize>,
    /// Those of them that have a slot, and wait for its time.
    pub(crate) served: AtomicUsize,
}

/// What a worker knows. Locked for moments, never across a wait.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tenants: HashMap<TenantId, Known>,
    pub(crate) conversations: Conversations,
    pub(crate) storms: Storms,
    pub(crate) transit: Transit,
    /// The table failed: it is not asked before then.
    pub(crate) table_away_until: Option<Timestamp>,
    /// The deliveries a second as of the last purchase, until somebody asks.
    pub(crate) bought_at_rate: Option<u32>,
}

impl State {
    pub(crate) fn tenant(&mut self, tenant: &TenantId) -> &mut Known {
        if !self.tenants.contains_key(tenant) {
            self.tenants.insert(tenant.clone(), Known::default());
        }
        self.tenants.get_mut(tenant).expect("it was put there")
    }

    pub(crate) fn table_is_away(&self, now: Timestamp) -> bool {
        self.table_away_until.is_some_and(|until| now < until)
    }
}

impl TablePacer {
    /// A pacer that has bought nothing yet.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self {
            store,
            clock,
            settings,
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            announced: Arc::default(),
            served: AtomicUsize::new(0),
        }
    }

    /// Counts a request that will ask for its turn soon: its slot is bought with those of the others.
    #[must_use]
    pub fn announce(&self) -> Announced {
        Announced::to(&self.announced)
    }

    /// Waits for a request's turn.
    pub async fn turn(&self, ask: Ask<'_>) -> Turn {
        let until = after(self.clock.now(), ask.patience);
        let windows = ask.windows();
        loop {
            let now = self.clock.now();
            // What is known here of the conversation costs no slot.
            let open = self.state().conversations.open_at(windows.as_ref(), now);
            if open > now {
                if open > until {
                    return Turn::Later(left(now, open));
                }
                self.clock.sleep(left(now, open)).await;
                continue;
            }
            let held = match self.slot(&ask, until).await {
                Ok(held) => held,
                Err(wait) => return Turn::Later(wait),
            };
            let wait = left(self.clock.now(), held.at());
            if !wait.is_zero() {
                self.clock.sleep(wait).await;
            }
            if self.still_good(ask.tenant, &held).await && self.enter(&ask).await {
                return Turn::Now;
            }
            drop(held);
            if self.clock.now() >= until {
                return Turn::Later(Duration::ZERO);
            }
        }
    }

    /// Is told how long Teams took to answer a request that had its turn.
    pub fn answered(&self, took: Duration) {
        self.state().transit.note(took);
    }

    /// Is told that Teams answered 429 to a request that had its turn, and how long Teams asked to wait, if it did.
    ///
    /// When the table cannot be told, this worker slows down at least.
    pub async fn throttled(&self, ask: Ask<'_>, retry_after: Option<Duration>) {
        let now = self.clock.now();
        let blame = self
            .state()
            .storms
            .blame(ask.conversation, retry_after, now);
        match blame {
            Blame::Conversation => {
                let until = after(now, retry_after.unwrap_or_default());
                self.leave_alone(&ask, until).await;
            }
            Blame::Tenant => self.lower(ask.tenant, retry_after).await,
        }
    }

    /// The deliveries a second of all workers together, if slots were bought since this was last asked.
    pub fn take_rate(&self) -> Option<u32> {
        self.state().bought_at_rate.take()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long it is until then; nothing if that is past.
pub(crate) fn left(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

/// Adds, and stops at the end of the calendar.
pub(crate) fn after(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

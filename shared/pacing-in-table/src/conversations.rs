//! The windows of conversations.

use std::collections::HashMap;

use activity::{ConversationId, ConversationKind, TenantId};
use jiff::{SignedDuration, Timestamp};
use pacing::{Limit, Window};
use store::{Replaced, Versioned};

use crate::asking::Ask;
use crate::pacer::TablePacer;

/// With so many messages in half a minute a personal conversation is busy.
const BUSY: usize = 4;
/// How long a conversation counts as busy after its 429.
const BUSY_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// With so many in memory, those that are quiet are forgotten.
const MANY: usize = 4096;
/// After so many refusals in a row it is left to Teams to say no.
const TRIES: u32 = 8;

/// What this worker knows of conversations.
#[derive(Debug, Default)]
pub(crate) struct Conversations {
    known: HashMap<ConversationId, Known>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    window: Window,
    /// The version in the table, when it was seen there.
    version: Option<i64>,
    throttled: Option<Timestamp>,
}

impl Known {
    fn is_quiet(&self, now: Timestamp) -> bool {
        self.window.lately(now) == 0 && !self.was_throttled(now)
    }

    fn was_throttled(&self, now: Timestamp) -> bool {
        self.throttled
            .is_some_and(|until| now.duration_since(until) < BUSY_AFTER)
    }
}

impl Conversations {
    /// When these windows take another request, as far as is known here; not before `now`.
    pub(crate) fn open_at(
        &self,
        windows: Option<&(ConversationId, &'static [Limit])>,
        now: Timestamp,
    ) -> Timestamp {
        windows.map_or(now, |(id, limits)| {
            let known = self.known.get(id);
            known.map_or(now, |known| known.window.earliest(limits, now))
        })
    }

    fn get(&mut self, id: ConversationId, now: Timestamp) -> &mut Known {
        if self.known.len() >= MANY && !self.known.contains_key(&id) {
            self.known.retain(|_, known| !known.is_quiet(now));
        }
        self.known.entry(id).or_default()
    }

    /// Whether all workers have to agree: several of them write to channels and chats, hardly ever to one person. Reads
    /// are few.
    fn is_shared(&self, id: &ConversationId, reads: bool, now: Timestamp) -> bool {
        if reads {
            return true;
        }
        if matches!(
            id.kind(),
            Some(ConversationKind::Channel | ConversationKind::GroupChat)
        ) {
            return true;
        }
        let known = self.known.get(id);
        known.is_some_and(|known| known.window.lately(now) >= BUSY || known.was_throttled(now))
    }
}

impl TablePacer {
    /// Counts a request that goes now; says no if the conversation turns out to be full.
    pub(crate) async fn enter(&self, ask: &Ask<'_>) -> bool {
        let Some((id, limits)) = ask.windows() else {
            return true;
        };
        let now = self.clock.now();
        {
            let mut state = self.state();
            if !state.conversations.is_shared(&id, ask.reads, now) || state.table_is_away(now) {
                state.conversations.get(id, now).window.record(now);
                return true;
            }
        }
        self.change(ask.tenant, &id, |window, now| {
            let open = window.earliest(limits, now) <= now;
            if open {
                window.record(now);
            }
            open
        })
        .await
    }

    /// Teams asked to leave a conversation alone.
    pub(crate) async fn leave_alone(&self, ask: &Ask<'_>, until: Timestamp) {
        let Some((id, _)) = ask.windows() else {
            return;
        };
        let now = self.clock.now();
        let shared = {
            let mut state = self.state();
            // A person's conversation is shared from now on, but nobody else looks at it yet.
            let shared =
                state.conversations.is_shared(&id, ask.reads, now) && !state.table_is_away(now);
            let known = state.conversations.get(id.clone(), now);
            known.throttled = Some(until);
            known.window.pause(until);
            shared
        };
        if shared {
            let pause = |window: &mut Window, _| {
                window.pause(until);
                true
            };
            self.change(ask.tenant, &id, pause).await;
        }
    }

    /// Changes a window in the table, unless the decision is against it.
    async fn change(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        decide: impl Fn(&mut Window, Timestamp) -> bool,
    ) -> bool {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let known = self.state().conversations.get(id.clone(), now).clone();
            let mut window = known.window;
            if !decide(&mut window, now) {
                return false;
            }
            let pacing = self.store.pacing();
            let replaced = pacing
                .replace_window(tenant, id, known.version, &window, now)
                .await;
            let stands = match replaced {
                Ok(Replaced::Done { version }) => Versioned {
                    version,
                    value: window,
                },
                Ok(Replaced::Refused(stands)) => {
                    self.saw_window(id, stands);
                    continue;
                }
                Err(error) => {
                    self.table_failed(tenant, &error);
                    self.state().conversations.get(id.clone(), now).window = window;
                    return true;
                }
            };
            self.saw_window(id, stands);
            return true;
        }
        tracing::warn!("a conversation is too busy to agree on: Teams has to say no");
        true
    }

    fn saw_window(&self, id: &ConversationId, stands: Versioned<Window>) {
        let now = self.clock.now();
        let mut state = self.state();
        let known = state.conversations.get(id.clone(), now);
        known.version = Some(stands.version);
        known.window = stands.value;
        if let Some(until) = known.throttled {
            known.window.pause(until);
        }
    }
}

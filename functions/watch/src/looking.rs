//! One look at one source.

use std::error::Error;

use activity::ids::TenantId;
use aws::{OutgoingMessage, QueueError};
use http_client::HttpError;
use jiff::Timestamp;
use sources::{Cursor, Document, Look, NotASource, Watch, broken, look, whole_again};
use store::{Once, StoreError};
use tracing::field;

use crate::fetch::{Fetched, Unread};
use crate::handler::Watcher;
use crate::names::Unresolved;
use crate::patience::Failing;
use crate::state::State;

/// How many things one look tells; the next look tells the rest.
pub(crate) const AT_ONCE: usize = 20;

/// How much may wait to be told, in bytes of JSON. The table takes items of 400 KB, and the cursor is in the same.
const OUTBOX: usize = 256 * 1024;

/// What came of a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// How many things were new.
    pub(crate) news: usize,
    /// Whether the source could not be read.
    pub(crate) is_failed: bool,
}

/// Why a look did not end; the next one does what this one left.
#[derive(Debug, thiserror::Error)]
pub enum Unlooked {
    /// The table did not do what was asked.
    #[error("failed at the table")]
    Store(#[from] StoreError),
    /// What is new could not be queued.
    #[error("failed to queue what is new")]
    Queue(#[from] QueueError),
    /// What is remembered cannot be read.
    #[error("failed to read what is remembered of a source")]
    Unreadable(#[source] serde_json::Error),
    /// The look panicked: a mistake of ours, which the log tells.
    #[error("panicked at a source")]
    Panicked,
}

impl Unlooked {
    /// The stable word for logs and alarms.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Store(error) => error.error_type(),
            Self::Queue(QueueError::Refused { .. }) => "QueueRefused",
            Self::Queue(_) => "QueueUnavailable",
            Self::Unreadable(_) => "WatchUnreadable",
            Self::Panicked => "WatchPanicked",
        }
    }
}

impl Watcher {
    /// Looks at a source, and queues what is new.
    ///
    /// What is new is written with the cursor, queued, and then crossed out. Two looks at once write once; killed anywhere, the
    /// next look queues the same again, which the ledger knows.
    pub(crate) async fn look(&self, tenant: &TenantId, watch: &Watch) -> Result<Looked, Unlooked> {
        let id = watch.id();
        let watches = self.store.watches();
        let (mut over, before) = match watches.state(tenant, id.as_str()).await? {
            Some(there) => {
                let state = serde_json::from_str(&there.state).map_err(Unlooked::Unreadable)?;
                (Some(there.version), state)
            }
            None => (None, State::new()),
        };
        let mut state = before.clone();
        // Left by a look that was stopped.
        if !state.outbox.is_empty() {
            self.queue(&state).await?;
            state.outbox.clear();
        }
        let now = self.clock.now();
        let waits = state
            .failing
            .as_ref()
            .is_some_and(|failing| failing.is_left_alone(now));
        let mut looked = Looked::default();
        if !waits {
            looked = self.read(tenant, watch, &mut state, now).await;
        }
        if state == before {
            return Ok(looked);
        }
        let written = watches
            .remember(tenant, id.as_str(), over, &text(&state))
            .await?;
        if written == Once::Taken {
            // Another look was faster, and tells what is new.
            return Ok(Looked::default());
        }
        if over.is_none() && watches.get(tenant, id.as_str()).await?.is_none() {
            // It was taken away after it was listed, and what was remembered of it before this look wrote.
            watches.forget(tenant, id.as_str()).await?;
            return Ok(Looked::default());
        }
        if !state.outbox.is_empty() {
            self.queue(&state).await?;
            state.outbox.clear();
            over = Some(over.unwrap_or(0) + 1);
            let crossed = watches
                .remember(tenant, id.as_str(), over, &text(&state))
                .await?;
            if crossed == Once::Taken {
                tracing::debug!(
                    watch.id = id.as_str(),
                    "another look crossed out what is queued"
                );
            }
        }
        Ok(looked)
    }

    /// Asks the source, and puts what is new into the outbox.
    async fn read(
        &self,
        tenant: &TenantId,
        watch: &Watch,
        state: &mut State,
        now: Timestamp,
    ) -> Looked {
        let read = match self.fetcher.fetch(&watch.url, &state.validators, now).await {
            Ok(Fetched::Unchanged) if state.cursor.is_some() => Ok(0),
            // It was not asked whether it changed.
            Ok(Fetched::Unchanged) => Err(("it answered with status 304".to_owned(), None)),
            Ok(Fetched::Document {
                url,
                body,
                validators,
            }) => {
                let document = Document {
                    url: &url,
                    body: &body,
                };
                match looked_at(watch, tenant, state.cursor.as_ref(), &document) {
                    Ok(look) => {
                        // The rest is new to the next look, which must see the document again.
                        state.validators = if look.is_partial {
                            Default::default()
                        } else {
                            validators
                        };
                        state.cursor = Some(match state.cursor {
                            Some(_) => look.cursor,
                            None => begun(look.cursor, now),
                        });
                        look.news.iter().for_each(|news| state.tell(news));
                        Ok(look.news.len())
                    }
                    Err(why) => Err((format!("it is {why}"), None)),
                }
            }
            Err(why) => Err((told(&why), wish(&why))),
        };
        match read {
            Ok(news) => {
                state.note_read(now);
                if news > 0 {
                    state.new = Some(now);
                }
                if let Some(failing) = state.failing.take().filter(|failing| failing.is_told) {
                    state.tell(&whole_again(watch, tenant, failing.since));
                }
                Looked {
                    news,
                    is_failed: false,
                }
            }
            Err((reason, wish)) => {
                let id = watch.id();
                tracing::warn!(
                    watch.id = id.as_str(),
                    reason = field::display(&reason),
                    "a source could not be read"
                );
                let before = state.failing.as_ref();
                let patience = self.patience;
                let mut failing = Failing::again(before, reason, wish, now, watch.every, patience);
                if failing.is_to_be_told(now, patience) {
                    state.tell(&broken(watch, tenant, &failing.reason, failing.since));
                    failing.is_told = true;
                }
                state.failing = Some(failing);
                Looked {
                    news: 0,
                    is_failed: true,
                }
            }
        }
    }

    async fn queue(&self, state: &State) -> Result<(), QueueError> {
        let messages = state
            .outbox
            .iter()
            .map(|news| OutgoingMessage::new(news.to_string()));
        self.notifications.send(messages.collect()).await
    }
}

/// Looks at a document; tells no more at once than an item of the table has room for.
fn looked_at(
    watch: &Watch,
    tenant: &TenantId,
    cursor: Option<&Cursor>,
    document: &Document<'_>,
) -> Result<Look, NotASource> {
    let mut most = AT_ONCE;
    loop {
        let look = look(watch, tenant, cursor, document, most)?;
        let bytes = look.news.iter().map(|news| {
            let text = serde_json::to_vec(news);
            text.map_or(0, |text| text.len())
        });
        if bytes.sum::<usize>() <= OUTBOX || most <= 1 {
            return Ok(look);
        }
        most /= 2;
    }
}

/// A cursor of a first look: a watch that was taken away and is added again begins anew.
pub(crate) fn begun(cursor: Cursor, now: Timestamp) -> Cursor {
    cursor.counting_from(now.as_second().unsigned_abs())
}

fn text(state: &State) -> String {
    serde_json::to_string(state).expect("texts and numbers are JSON")
}

/// What people are told of a failure: the cause, where the source did not answer.
pub(crate) fn told(why: &Unread) -> String {
    let Unread::Unreachable(cause) = why else {
        return why.to_string();
    };
    match cause.downcast_ref() {
        Some(HttpError::ConnectTimedOut) => "it could not be connected to in time".to_owned(),
        Some(HttpError::NotConnected(cause)) if is_unresolved(cause) => {
            "its name could not be looked up".to_owned()
        }
        Some(HttpError::NotConnected(_)) => "it could not be connected to".to_owned(),
        _ => why.to_string(),
    }
}

fn is_unresolved(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Unresolved>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn wish(why: &Unread) -> Option<std::time::Duration> {
    match why {
        Unread::Status { wish, .. } => *wish,
        _ => None,
    }
}

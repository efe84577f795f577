//! To add a watch, and to take one away.

use aws::ScheduleError;
use aws::{Schedule, ScheduleName, When};
use lambda_runtime::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sources::{Document, Period, Watch, WatchId, look};
use startup::logging::chain;
use store::StoreError;

use crate::event::{Add, Remove};
use crate::fetch::{Fetched, Validators};
use crate::handler::Watcher;
use crate::looking::{AT_ONCE, begun, told};
use crate::state::State;

/// How many watches there may be.
const MOST: usize = 500;

/// What whoever asked is told: left in the table under the request's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Reply {
    /// The watch is there.
    #[serde(rename_all = "camelCase")]
    Added {
        /// Its id.
        id: String,
        /// How many entries the source holds now: none of them is new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entries: Option<usize>,
        /// Why the source could not be read yet, if it could not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    /// The watch is not there any more.
    Removed {
        /// Its id.
        id: String,
        /// Whether it was there.
        was: bool,
    },
    /// It was refused, and nothing changed.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Why a request did not end. It may be made again.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// The table did not do what was asked.
    #[error("failed at the table")]
    Store(#[from] StoreError),
    /// The schedule was not set or removed.
    #[error("failed at the schedules")]
    Schedule(#[from] ScheduleError),
    /// It was refused, and there is nobody to tell.
    #[error("refused a watch: {0}")]
    Refused(String),
}

impl From<Unasked> for Diagnostic {
    fn from(error: Unasked) -> Self {
        let error_type = match &error {
            Unasked::Store(error) => error.error_type(),
            Unasked::Schedule(ScheduleError::Refused { .. }) => "ScheduleRefused",
            Unasked::Schedule(ScheduleError::Unavailable(_)) => "SchedulerUnavailable",
            Unasked::Refused(_) => "WatchRefused",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: chain(&error),
        }
    }
}

impl Watcher {
    /// Adds a watch, or changes how often it looks and what it is called.
    pub(crate) async fn add(&self, add: Add) -> Result<Reply, Unasked> {
        let reply = match Watch::from_value(&add.watch) {
            Ok(watch) => self.add_watch(&watch).await?,
            Err(errors) => Reply::Refused {
                reason: errors.to_string(),
            },
        };
        self.reply(add.request, reply).await
    }

    async fn add_watch(&self, watch: &Watch) -> Result<Reply, Unasked> {
        let (id, tenant) = (watch.id(), &self.tenant);
        let watches = self.store.watches();
        let there = watches.list(tenant).await?;
        let before = there.iter().find(|other| other.id == id.as_str());
        if before.is_none() && there.len() >= MOST {
            let reason = format!("there are {MOST} watches already");
            return Ok(Reply::Refused { reason });
        }
        if let Some(reason) = self.unaddressed(watch).await? {
            return Ok(Reply::Refused { reason });
        }
        let first = match before {
            Some(_) => Ok((None, None)),
            None => self.first_look(watch).await,
        };
        let (state, unread) = match first {
            Ok(first) => first,
            Err(reason) => return Ok(Reply::Refused { reason }),
        };
        let entries = state.as_ref().map(|(_, entries)| *entries);
        if before.is_none() {
            // Left by a watch that was taken away while it was looked at.
            watches.forget(tenant, id.as_str()).await?;
        }
        if let Some((state, _)) = &state {
            let text = serde_json::to_string(state).expect("texts and numbers are JSON");
            // Taken: the same request, twice at once.
            let (store::Once::Yours | store::Once::Taken) =
                watches.remember(tenant, id.as_str(), None, &text).await?;
        }
        let definition = serde_json::to_string(watch).expect("texts are JSON");
        watches
            .put(tenant, id.as_str(), &definition, self.clock.now())
            .await?;
        self.schedule(watch.every).await?;
        let before = before.and_then(|before| period(&before.definition));
        if let Some(before) = before.filter(|every| *every != watch.every) {
            self.unschedule_if_unused(before).await?;
        }
        Ok(Reply::Added {
            id: id.to_string(),
            entries,
            unread,
        })
    }

    /// Why the topic does not take what is addressed so; `notify` would refuse it then.
    async fn unaddressed(&self, watch: &Watch) -> Result<Option<String>, StoreError> {
        let Some(to) = &watch.to else {
            return Ok(None);
        };
        let topic = self.store.topics().get(&self.tenant, &watch.topic).await?;
        let refused = topic.and_then(|topic| {
            to.include
                .iter()
                .find(|address| !topic.allows(address))
                .cloned()
        });
        Ok(refused.map(|address| {
            format!(
                "the topic {} takes no address of the kind {}",
                watch.topic,
                address.kind()
            )
        }))
    }

    /// Looks for the first time: what is there is old. A source that is no source is refused; one that only does not answer is
    /// looked at later.
    async fn first_look(
        &self,
        watch: &Watch,
    ) -> Result<(Option<(State, usize)>, Option<String>), String> {
        let now = self.clock.now();
        match self
            .fetcher
            .fetch(&watch.url, &Validators::default(), now)
            .await
        {
            Ok(Fetched::Unchanged) => Err("it answered with status 304".to_owned()),
            Ok(Fetched::Document {
                url,
                body,
                validators,
            }) => {
                let document = Document {
                    url: &url,
                    body: &body,
                };
                let look = look(watch, &self.tenant, None, &document, AT_ONCE);
                let look = look.map_err(|why| format!("it is {why}"))?;
                let mut state = State::new();
                state.cursor = Some(begun(look.cursor, now));
                state.validators = validators;
                state.read = Some(now);
                Ok((Some((state, look.entries)), None))
            }
            Err(why) if why.is_refused() => Err(told(&why)),
            Err(why) => Ok((None, Some(told(&why)))),
        }
    }

    /// Takes a watch away.
    pub(crate) async fn remove(&self, remove: Remove) -> Result<Reply, Unasked> {
        let Ok(id) = remove.id.parse::<WatchId>() else {
            let reason = "id: expected 12 hexadecimal digits".to_owned();
            return self.reply(remove.request, Reply::Refused { reason }).await;
        };
        let watches = self.store.watches();
        let before = watches.get(&self.tenant, id.as_str()).await?;
        watches.remove(&self.tenant, id.as_str()).await?;
        // If a try before this one was stopped in between, the tick takes an unused schedule away.
        if let Some(every) = before
            .as_ref()
            .and_then(|before| period(&before.definition))
        {
            self.unschedule_if_unused(every).await?;
        }
        let reply = Reply::Removed {
            id: id.to_string(),
            was: before.is_some(),
        };
        self.reply(remove.request, reply).await
    }

    async fn reply(&self, request: Option<String>, reply: Reply) -> Result<Reply, Unasked> {
        let Some(request) = request else {
            return match reply {
                Reply::Refused { reason } => Err(Unasked::Refused(reason)),
                reply => Ok(reply),
            };
        };
        let text = serde_json::to_string(&reply).expect("texts are JSON");
        let now = self.clock.now();
        self.store
            .watches()
            .answer(&self.tenant, &request, &text, now)
            .await?;
        Ok(reply)
    }

    /// Sees to it that the watches of this period are looked at.
    async fn schedule(&self, every: Period) -> Result<(), ScheduleError> {
        let schedule = Schedule {
            name: schedule_name(every),
            when: When::EveryMinutes(every.minutes()),
            input: json!({ "period": every }).to_string(),
        };
        self.schedules.set(schedule).await
    }

    /// Removes the schedule of a period that no watch has. A watch that is added meanwhile is found by the second look, or sets
    /// the schedule after that.
    pub(crate) async fn unschedule_if_unused(&self, every: Period) -> Result<(), Unasked> {
        if self.is_used(every).await? {
            return Ok(());
        }
        self.schedules.remove(&schedule_name(every)).await?;
        if self.is_used(every).await? {
            self.schedule(every).await?;
        }
        Ok(())
    }

    async fn is_used(&self, every: Period) -> Result<bool, StoreError> {
        let watches = self.store.watches().list(&self.tenant).await?;
        let mut periods = watches.iter().map(|watch| period(&watch.definition));
        Ok(periods.any(|period| period == Some(every)))
    }
}

/// How often a watch looks that is stored. One of a newer version cannot be read as a whole, and its schedule must stay.
fn period(definition: &str) -> Option<Period> {
    #[derive(Deserialize)]
    struct Every {
        every: Period,
    }
    let found: Option<Every> = serde_json::from_str(definition).ok();
    found.map(|found| found.every)
}

/// The schedule of all watches of this period.
#[must_use]
pub fn schedule_name(every: Period) -> ScheduleName {
    ScheduleName::of(&format!("watch/{every}"))
}

//! One recipient: is it still wanted, where does it go, and what came of it.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use activity::ids::ConversationId;
use activity::{ConversationReference, ServiceUrl};
use connector::PersonId;
use connector::retry::{Effect, End};
use futures_util::future::FutureExt as _;
use jiff::Timestamp;
use notifications::{FailureCode, Outcome, Policy, RecipientKey, SkipReason, wanted};
use startup::logging::chain;
use store::{ChunkProgress, DeliveryTarget, DeliveryTargets, SeenPerson, Service};
use work_items::DeliveryChunk;

use crate::handler::Deliver;
use crate::letter::Letter;
use crate::route::{Known, Route, reader, route};
use crate::shift::Shift;
use crate::tries::Left;

/// Why a recipient has no outcome yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Its time has not come: try again after this long.
    After(Duration),
    /// There is no token, so nothing can be sent to anybody.
    NoToken {
        /// What was the matter.
        reason: String,
        /// How long Entra asks to be left alone.
        after: Option<Duration>,
    },
    /// The code failed over this recipient, who may have been sent to.
    Panicked,
}

/// The work on one claimed chunk.
pub(crate) struct Errand<'a> {
    pub(crate) deliver: &'a Deliver,
    pub(crate) letter: &'a Letter,
    pub(crate) chunk: &'a DeliveryChunk,
    /// Who needs no reminder.
    pub(crate) answered: BTreeSet<RecipientKey>,
    pub(crate) targets: Option<&'a DeliveryTargets>,
    pub(crate) shift: Shift,
    /// When the work on it began.
    pub(crate) began: Timestamp,
    /// In how many claims before this one Teams asked to be left alone.
    pub(crate) throttled_before: u32,
    /// Whether it does in this one.
    pub(crate) throttled: AtomicBool,
    /// Locked for moments only, never across a wait.
    pub(crate) progress: Mutex<ChunkProgress>,
}

impl Errand<'_> {
    /// [`run`](Self::run), for this recipient alone whatever happens: a panic costs the others nothing.
    pub(crate) async fn attempt(&self, index: usize) -> Option<Again> {
        // What is shared is locked for moments, and a poisoned lock is used on.
        let running = AssertUnwindSafe(self.run(index)).catch_unwind();
        running.await.unwrap_or_else(|_| {
            self.progress().doubt(index);
            Some(Again::Panicked)
        })
    }

    /// Brings the recipient at this index to its end, or says when to try again.
    async fn run(&self, index: usize) -> Option<Again> {
        let recipient = self.chunk.recipients.get(index)?;
        let target = self.targets.and_then(|targets| targets.get(recipient));
        if let Some(outcome) = self.decided(index, target) {
            self.end(index, outcome);
            return None;
        }
        let to = route(recipient, target, self.deliver.home.as_ref());
        if self.is_held_back(index, &to, target) {
            return None;
        }
        let Ok(message) = self.letter.to(recipient, &reader(recipient, target)) else {
            self.end(index, failed(End::TooLarge));
            return None;
        };
        let place = match to {
            Route::Removed | Route::Nowhere(_) => return None,
            Route::Conversation {
                service_url,
                conversation,
            } => Ok((service_url, conversation)),
            // Boxed, as what follows an end is: a plain send must not carry the state of what is rare.
            Route::Open { service, person } => {
                let opened = Box::pin(self.open(index, &service, &person)).await;
                opened.map(|conversation| (service.url, conversation))
            }
        };
        let sent = match place {
            Ok((url, conversation)) => self.send(index, &url, &conversation, &message).await,
            Err(left) => Err(left),
        };
        match sent {
            Ok(outcome) => {
                if target.is_some_and(|target| target.gone().is_some()) {
                    Box::pin(self.there_after_all(index)).await;
                }
                self.end(index, outcome);
                None
            }
            Err(Left::Again(again)) => Some(again),
            Err(Left::Ended(stopped)) => {
                Box::pin(self.mend(index, stopped, target, &message)).await
            }
        }
    }

    /// What is known without sending: an earlier try that must not be repeated, or a message that is not wanted.
    pub(crate) fn decided(&self, index: usize, target: Option<&DeliveryTarget>) -> Option<Outcome> {
        let frozen = &self.letter.frozen;
        if self.progress().is_in_doubt(index) && frozen.policy() == Policy::AtMostOnce {
            return Some(Outcome::Unknown);
        }
        let answered = |recipient| self.answered.contains(recipient);
        let reason = if self.letter.cancellation.is_noted() {
            SkipReason::Cancelled
        } else if self.chunk.recipients.get(index).is_some_and(answered) {
            SkipReason::Answered
        } else if self.deliver.tenants.allows(&self.chunk.tenant) {
            let preference = target
                .map(|target| target.preferences().about(&frozen.topic.name))
                .unwrap_or_default();
            let notification = &frozen.notification;
            let now = self.deliver.clock.now();
            wanted(
                &frozen.topic,
                notification.importance,
                self.letter.expires(),
                &preference,
                now,
            )
            .err()?
        } else {
            SkipReason::TenantNotAllowed
        };
        // An earlier try may have arrived: to call it skipped would say that it did not.
        Some(if self.progress().may_have_arrived(index) {
            Outcome::Unknown
        } else {
            Outcome::Skipped(reason)
        })
    }

    pub(crate) async fn send(
        &self,
        index: usize,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &connector::PreparedActivity,
    ) -> Result<Outcome, Left> {
        let connector = &self.deliver.connector;
        let post = || connector.send(service_url, conversation, message);
        let sent = self
            .persist(index, Some(conversation), Effect::Post, post)
            .await?;
        self.deliver.metrics.duration("DeliveryLatency", self.age());
        Ok(Outcome::Sent {
            activity: sent.id,
            maybe_twice: self.progress().may_have_arrived(index),
        })
    }

    /// Opens the personal conversation with somebody, and remembers it: it is opened once.
    pub(crate) async fn open(
        &self,
        index: usize,
        service: &Service,
        person: &Known,
    ) -> Result<ConversationId, Left> {
        let tenant = &self.chunk.tenant;
        let connector = &self.deliver.connector;
        let id = match person {
            Known::ByTeams(user) => PersonId::from(user),
            Known::ByEntra(id) => PersonId::from(id),
        };
        let create = || connector.create_personal_conversation(&service.url, tenant, id);
        let created = self
            .persist(index, None, Effect::Idempotent, create)
            .await?;
        let mut reference = ConversationReference::opened(
            created.id.clone(),
            tenant.clone(),
            service.url.clone(),
            service.provenance,
        );
        match person {
            Known::ByTeams(user) => reference.user = Some(user.clone()),
            Known::ByEntra(id) => reference.object_id = Some(id.clone()),
        }
        let seen = SeenPerson::in_conversation(reference, self.deliver.clock.now());
        if let Err(error) = self.deliver.store.people().remember(&seen).await {
            // The message can go nonetheless; the next one opens the same conversation again.
            tracing::warn!(
                error = chain(&error),
                "a new conversation could not be remembered"
            );
        }
        Ok(created.id)
    }

    pub(crate) fn end(&self, index: usize, outcome: Outcome) {
        let metric = match &outcome {
            Outcome::Sent { .. } => "Sent",
            Outcome::Skipped(_) => "Skipped",
            Outcome::Failed(_) => "Failed",
            Outcome::Unknown => "Unknown",
        };
        self.deliver.metrics.count(metric, 1);
        if let Outcome::Sent {
            maybe_twice: true, ..
        } = &outcome
        {
            self.deliver.metrics.count("MaybeTwice", 1);
        }
        let mut progress = self.progress();
        if matches!(outcome, Outcome::Sent { .. }) {
            progress.tried(index);
        }
        progress.end(index, outcome, self.deliver.clock.now());
    }

    /// How long the message was on its way: since it was accepted, or since it was due.
    fn age(&self) -> Duration {
        let frozen = &self.letter.frozen;
        let due = frozen.notification.not_before.unwrap_or(frozen.accepted_at);
        let now = self.deliver.clock.now();
        Duration::try_from(now.duration_since(due.max(frozen.accepted_at))).unwrap_or_default()
    }

    pub(crate) fn progress(&self) -> MutexGuard<'_, ChunkProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn failed(end: End) -> Outcome {
    Outcome::Failed(FailureCode::new(end.as_str()))
}

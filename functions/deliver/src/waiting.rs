//! Recipients who have to get the app first: they wait on the ledger, and their chunk does not wait with them.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use notifications::{Address, FailureCode, Outcome, Recipient, RecipientKey, SkipReason};
use store::{ChunkProgress, Claim, DeliveryTarget, StoreError, Wait};
use work_items::{DeliveryChunk, HeldFor, HeldItem};

use activity::ids::TenantId;
use connector::retry::End;

use crate::chunk::queue_of;
use crate::error::DeliverError;
use crate::handler::Deliver;
use crate::letter::Letter;
use crate::route::{Route, route};
use crate::sending::Errand;

/// How soon a chunk comes back for whoever got the app while it was noted that they have to.
const SOON: Duration = Duration::from_secs(15);

/// Is told who has to get the app, so that somebody sees to it.
#[async_trait]
pub trait Installing: Send + Sync + std::fmt::Debug {
    /// A message waits until this person, channel or chat has the app.
    ///
    /// May be told so again. What comes of it arrives as an installation's activity.
    async fn needed(&self, tenant: &TenantId, recipient: &RecipientKey);
}

/// People get the app by themselves, or from their admins.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByThemselves;

#[async_trait]
impl Installing for ByThemselves {
    async fn needed(&self, _: &TenantId, _: &RecipientKey) {}
}

impl Errand<'_> {
    /// Whether nothing is to be sent to this recipient now: they wait, or have ended, because there is no way to them.
    pub(crate) fn is_held_back(
        &self,
        index: usize,
        to: &Route,
        target: Option<&DeliveryTarget>,
    ) -> bool {
        let since = self.progress().waits_since(index);
        let outcome = match (to, since) {
            (Route::Nowhere(outcome), _) => outcome.clone(),
            // At the end of the wait a way that may have opened since is tried once.
            (_, Some(since)) if !self.is_late_or_there(since, target) => return true,
            (Route::Conversation { .. } | Route::Open { .. }, _) => return false,
            (Route::Removed, Some(_)) => not_installed(),
            // Whoever is in doubt had the app: it was a try that found it missing, and died before it could say so.
            (Route::Removed, None)
                if self.may_wait()
                    && (self.progress().is_in_doubt(index) || self.is_named(index, target)) =>
            {
                self.wait(index);
                return true;
            }
            (Route::Removed, None) => Outcome::Skipped(SkipReason::NotInstalled),
        };
        // An earlier try may have arrived: to call it skipped would say that it did not.
        let in_doubt = self.progress().may_have_arrived(index);
        self.end(
            index,
            match outcome {
                Outcome::Skipped(_) if in_doubt => Outcome::Unknown,
                outcome => outcome,
            },
        );
        true
    }

    /// Notes on the ledger to whom of these, who wait, the worker is about to send: killed over it, it puts them in doubt,
    /// and nobody else who waits. Returns whether the chunk still is the worker's.
    pub(crate) async fn note_due(
        &self,
        claim: &Claim,
        waiting: &[usize],
    ) -> Result<bool, StoreError> {
        let noted = {
            let mut progress = self.progress().clone();
            for index in waiting.iter().filter(|index| self.is_due(**index)) {
                progress.doubt(*index);
            }
            progress
        };
        if noted == *self.progress() {
            return Ok(true);
        }
        let ledger = self.deliver.store.ledger();
        ledger.about_to_send(claim, &noted).await
    }

    /// Has a recipient wait for the app whom Teams says that it is missing for; the outcome if they have waited enough.
    pub(crate) fn wait_after(&self, index: usize, end: End) -> Option<Outcome> {
        let since = self.progress().waits_since(index);
        if since.is_some_and(|since| self.is_over(since)) {
            return Some(not_installed());
        }
        if !self.may_wait() {
            return Some(Outcome::Failed(FailureCode::new(end.as_str())));
        }
        self.wait(index);
        None
    }

    fn wait(&self, index: usize) {
        self.deliver.metrics.count("Waiting", 1);
        let now = self.deliver.clock.now();
        self.progress().wait(index, now);
    }

    fn may_wait(&self) -> bool {
        !self.deliver.install_wait.is_zero()
    }

    fn is_over(&self, since: Timestamp) -> bool {
        let end = since.saturating_add(self.deliver.install_wait);
        end.unwrap_or(Timestamp::MAX) <= self.began
    }

    /// Whether somebody who waits is sent to now: they have the app, or have waited enough and are tried once more.
    pub(crate) fn is_due(&self, index: usize) -> bool {
        let Some(recipient) = self.chunk.recipients.get(index) else {
            return false;
        };
        let Some(since) = self.progress().waits_since(index) else {
            return false;
        };
        let target = self.targets.and_then(|targets| targets.get(recipient));
        let to = route(recipient, target, self.deliver.home.as_ref());
        matches!(to, Route::Conversation { .. } | Route::Open { .. })
            && self.is_late_or_there(since, target)
            && self.decided(index, target).is_none()
    }

    fn is_late_or_there(&self, since: Timestamp, target: Option<&DeliveryTarget>) -> bool {
        self.is_over(since) || target.is_some_and(|target| target.reference().is_some())
    }

    /// Whether the sender meant this very recipient, rather than whoever is in a group.
    fn is_named(&self, index: usize, target: Option<&DeliveryTarget>) -> bool {
        let Some(to) = &self.letter.frozen.notification.to else {
            return false;
        };
        let person = match target {
            Some(DeliveryTarget::Person(person)) => Some(&**person),
            _ => None,
        };
        let recipient = self.chunk.recipients[index].recipient();
        let is_group = |address: &Address| {
            matches!(
                address,
                Address::Everyone | Address::Roster(_) | Address::Topic(_)
            )
        };
        // Whom a name or an alias stands for is not read again: without groups it can be nobody else.
        let no_groups = !to.include.iter().any(is_group);
        to.include.iter().any(|address| match address {
            Address::Aad(id) => match (&recipient, person) {
                (Recipient::Person(own), _) => own == id,
                (_, person) => person.and_then(|person| person.object_id.as_ref()) == Some(id),
            },
            Address::User(id) => match (&recipient, person) {
                (Recipient::PersonByTeamsId(own), _) => own == id,
                (_, person) => person.and_then(|person| person.user.as_ref()) == Some(id),
            },
            Address::Channel(id) | Address::Chat(id) | Address::Thread(id) => {
                matches!(&recipient, Recipient::Conversation(own) | Recipient::Thread(own) if own == id)
            }
            Address::Upn(_) | Address::Mail(_) | Address::Alias(_) => no_groups,
            Address::Everyone | Address::Roster(_) | Address::Topic(_) => false,
        })
    }
}

fn not_installed() -> Outcome {
    Outcome::Failed(FailureCode::new(End::NotInstalled.as_str()))
}

impl Deliver {
    /// Sees to it that whoever waits in a chunk is found by an installation, and at the end of the wait.
    ///
    /// Comes after their waiting is recorded and before the chunk's message is acknowledged: killed in between, the queue
    /// shows the message again, and all of it is done again. It may be done any number of times.
    ///
    /// # Errors
    ///
    /// [`DeliverError`]: the message must be shown again.
    pub(crate) async fn see_to_waits(
        &self,
        chunk: &DeliveryChunk,
        letter: &Letter,
        claim: &Claim,
        progress: &ChunkProgress,
    ) -> Result<(), DeliverError> {
        let now = self.clock.now();
        let wait = Wait {
            notification: chunk.notification.clone(),
            chunk: chunk.chunk.clone(),
            queue: queue_of(chunk.lane),
            body: chunk.to_body(),
            by: claim.owner.clone(),
        };
        let waiting: Vec<&RecipientKey> = progress
            .waiting()
            .filter_map(|index| chunk.recipients.get(index))
            .collect();
        for recipient in &waiting {
            let waits = self.store.waits();
            waits.note(&chunk.tenant, recipient, &wait, now).await?;
        }
        // An installation that came before the note did not find it.
        // A list of its own: an iterator over it would not be `Send` for every lifetime.
        let here = self.store.has_the_app(&chunk.tenant, waiting.clone());
        let here = here.await?;
        if !here.is_empty() {
            self.come_back(chunk, SOON).await?;
        }
        let ends = progress
            .waiting()
            .filter_map(|index| progress.waits_since(index))
            .map(|since| until(since, self.install_wait, letter.expires()));
        if let Some(until) = ends.min() {
            let item = HeldItem {
                id: format!("install#{}#{}", chunk.notification, chunk.chunk),
                until,
                why: HeldFor::Install,
                queue: wait.queue,
                body: wait.body,
            };
            self.store.held().hold(&item, now).await?;
        }
        for recipient in waiting {
            self.installing.needed(&chunk.tenant, recipient).await;
        }
        tracing::info!(
            notification.key = chunk.notification.as_str(),
            chunk.key = chunk.chunk.as_str(),
            waiting = progress.waiting().count(),
            "recipients wait until they have the app"
        );
        Ok(())
    }
}

/// Until when somebody waits: the message's own end, if it comes first.
fn until(since: Timestamp, longest: SignedDuration, expires: Option<Timestamp>) -> Timestamp {
    let end = since.saturating_add(longest).unwrap_or(Timestamp::MAX);
    expires.map_or(end, |expires| end.min(expires))
}

//! A chunk whose message is to be deleted, or replaced, wherever it was sent.
//!
//! Claimed and recorded as a delivery is, beside it on the ledger. Doing it twice is doing it once, so nobody is in doubt
//! after a crash: whoever has no outcome is done again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use activity::ServiceUrl;
use activity::ids::{ActivityId, ConversationId};
use connector::retry::{Effect, End};
use futures_util::future::join_all;
use notifications::{FailureCode, Outcome, Recipient, RecipientKey, SkipReason};
use store::{Claiming, DeliveryTarget, FrozenNotification, RecipientState, Recording, Track};
use work_items::{DeliveryChunk, EditPoll, Work};

use crate::chunk::{LOST_WAIT, count_without_token};
use crate::error::DeliverError;
use crate::handler::Deliver;
use crate::letter::Letter;
use crate::reading::Reading;
use crate::route::reader;
use crate::sending::{Again, Errand};
use crate::shift::Shift;
use crate::tries::Left;

/// The first wait for a delivery that has not ended, doubled each time …
const NOT_ENDED: Duration = Duration::from_secs(15);
/// … up to this one, …
const LONGEST: Duration = Duration::from_secs(900);
/// … and after so many claims, some five hours, it is not waited for any more.
const CLAIMS: u32 = 24;

impl Deliver {
    /// Deletes or replaces the message of a chunk.
    ///
    /// # Errors
    ///
    /// [`DeliverError`], which says whether the same message may succeed later.
    pub(crate) async fn rework(
        &self,
        chunk: &DeliveryChunk,
        letter: &Arc<Letter>,
        reading: &Reading,
        shift: Shift,
    ) -> Result<(), DeliverError> {
        let (ledger, size) = (self.store.ledger(), chunk.recipients.len());
        let (track, letter) = match &chunk.work {
            Work::Send | Work::Recall => (Track::Recall, Arc::clone(letter)),
            Work::Update { revision } => {
                let revised = self.revised(&letter.frozen, revision).await?;
                (Track::Revision(revision.clone()), Arc::new(revised))
            }
        };
        let (sent, _) = ledger
            .progress(&chunk.notification, &chunk.chunk, size)
            .await?;
        let (me, now) = (self.chance.name(), self.clock.now());
        let (key, until) = (&chunk.notification, shift.lease_until);
        let claiming = ledger.claim_for(track, key, &chunk.chunk, size, &me, now, until);
        let mut claimed = match claiming.await? {
            Claiming::Claimed(claimed) => *claimed,
            Claiming::Done => return Ok(()),
            Claiming::Held { until } => {
                let wait = until.duration_since(self.clock.now());
                let wait = Duration::try_from(wait).unwrap_or_default();
                return self.come_back(chunk, wait + Duration::from_secs(1)).await;
            }
        };
        let open: Vec<usize> = claimed.progress.unended().collect();
        let attempt = claimed.claim.attempt;
        let errand = Errand {
            deliver: self,
            answered: BTreeSet::new(),
            letter: &letter,
            chunk,
            targets: reading.targets(chunk),
            shift,
            began: now,
            throttled_before: claimed.claim.throttled,
            throttled: AtomicBool::new(false),
            progress: Mutex::new(claimed.progress),
        };
        let errand = &errand;
        let reworks = open.into_iter().filter_map(|index| {
            let state = &sent.get(index)?.state;
            Some(async move { errand.rework(index, state, attempt).await })
        });
        let left = join_all(reworks).await;
        let claim = &mut claimed.claim;
        if errand.throttled.load(Ordering::Relaxed) {
            claim.throttled = claim.throttled.saturating_add(1);
        }
        let progress = {
            let progress = errand.progress.lock();
            progress.unwrap_or_else(PoisonError::into_inner).clone()
        };
        let without_token = count_without_token(claim, &left);
        match self.record(claim, &progress).await? {
            Recording::Recorded { .. } | Recording::Revised if progress.is_complete() => Ok(()),
            Recording::Recorded { .. } | Recording::Revised => {
                self.give_back(chunk, without_token, left).await
            }
            Recording::Lost => self.come_back(chunk, LOST_WAIT).await,
        }
    }

    /// The notification with the content that takes the place of its own.
    async fn revised(
        &self,
        frozen: &FrozenNotification,
        revision: &str,
    ) -> Result<Letter, DeliverError> {
        let content = self.store.ledger().revision(&frozen.key, revision).await?;
        let revised = FrozenNotification {
            notification: content.ok_or(DeliverError::NotOnLedger)?,
            ..frozen.clone()
        };
        Letter::open(&self.store, revised, self.clock.now()).await
    }
}

impl Errand<'_> {
    /// Brings the recipient at this index to an end, or says when to try again.
    async fn rework(&self, index: usize, sent: &RecipientState, attempt: u32) -> Option<Again> {
        let recipient = self.chunk.recipients.get(index)?;
        // A poll goes on: whoever has a card of their own sees it when they use that.
        if let Work::Update { revision } = &self.chunk.work
            && EditPoll::is_revision(revision)
            && recipient.is_person()
        {
            self.finish(index, not_sent());
            return None;
        }
        let target = self.targets.and_then(|targets| targets.get(recipient));
        let message = match sent {
            RecipientState::Ended {
                outcome:
                    Outcome::Sent {
                        activity: Some(message),
                        ..
                    },
                ..
            } => message,
            RecipientState::Ended { outcome, .. } => {
                self.finish(
                    index,
                    match outcome {
                        Outcome::Sent { .. } => failed("no-message-id"),
                        Outcome::Unknown => failed("unknown-whether-sent"),
                        Outcome::Skipped(_) | Outcome::Failed(_) => not_sent(),
                    },
                );
                return None;
            }
            // What is cancelled will not be sent to them, and what is replaced is sent as it was.
            RecipientState::Waiting { .. } => {
                self.finish(index, not_sent());
                return None;
            }
            RecipientState::Open | RecipientState::InDoubt if attempt < CLAIMS => {
                let wait = NOT_ENDED.saturating_mul(1 << attempt.saturating_sub(1).min(8));
                return Some(Again::After(wait.min(LONGEST)));
            }
            RecipientState::Open | RecipientState::InDoubt => {
                self.finish(index, failed("not-ended"));
                return None;
            }
        };
        let home = self.deliver.home.as_ref();
        let Some((url, conversation)) = place(recipient, target, home) else {
            self.finish(index, failed(End::NotInstalled.as_str()));
            return None;
        };
        let done = match self.chunk.work {
            Work::Send | Work::Recall => self.delete(index, &url, &conversation, message).await,
            Work::Update { .. } => {
                let Ok(activity) = self.letter.to(recipient, &reader(recipient, target)) else {
                    self.finish(index, failed(End::TooLarge.as_str()));
                    return None;
                };
                let connector = &self.deliver.connector;
                let update = || connector.update(&url, &conversation, message, &activity);
                let effect = Effect::Idempotent;
                let updated = self.persist(index, Some(&conversation), effect, update);
                updated.await.map(drop)
            }
        };
        let outcome = match done {
            Ok(()) => Outcome::sent(None),
            Err(Left::Again(again)) => return Some(again),
            Err(Left::Ended(stopped)) => failed(stopped.end.as_str()),
        };
        self.finish(index, outcome);
        None
    }

    /// Deletes a message; one that is not there any more is deleted.
    async fn delete(
        &self,
        index: usize,
        url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
    ) -> Result<(), Left> {
        let connector = &self.deliver.connector;
        let delete = || connector.delete(url, conversation, message);
        let effect = Effect::Idempotent;
        match self
            .persist(index, Some(conversation), effect, delete)
            .await
        {
            Err(Left::Ended(stopped))
                if matches!(
                    stopped.end,
                    End::ActivityGone | End::ConversationGone | End::NotFound
                ) =>
            {
                Ok(())
            }
            done => done,
        }
    }

    fn finish(&self, index: usize, outcome: Outcome) {
        let metric = match (&self.chunk.work, &outcome) {
            (Work::Update { .. }, Outcome::Sent { .. }) => "Replaced",
            (Work::Update { .. }, Outcome::Failed(_)) => "NotReplaced",
            (_, Outcome::Sent { .. }) => "Recalled",
            (_, Outcome::Failed(_)) => "NotRecalled",
            _ => "NothingToRecall",
        };
        self.deliver.metrics.count(metric, 1);
        let now = self.deliver.clock.now();
        self.progress().end(index, outcome, now);
    }
}

/// Where a message lies that was sent to a recipient, as far as the table knows.
fn place(
    recipient: &RecipientKey,
    target: Option<&DeliveryTarget>,
    home: Option<&ServiceUrl>,
) -> Option<(ServiceUrl, ConversationId)> {
    let Some(target) = target else {
        return match recipient.recipient() {
            Recipient::Conversation(id) | Recipient::Thread(id) => Some((home?.clone(), id)),
            Recipient::Person(_) | Recipient::PersonByTeamsId(_) => None,
        };
    };
    let (reference, conversation) = (target.reference()?, target.conversation_id()?);
    Some((reference.service_url.clone(), conversation.clone()))
}

fn failed(code: &str) -> Outcome {
    Outcome::Failed(FailureCode::new(code))
}

fn not_sent() -> Outcome {
    Outcome::Skipped(SkipReason::NotSent)
}

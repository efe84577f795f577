//! Asking people about a broadcast.
//!
//! A question is a notification of our own under a key of its own: frozen once, so that nobody is asked twice, and
//! planned, delivered and accounted for like every other. This function holds no credential of Teams.

use aws::OutgoingMessage;
use cards::broadcast::{self, Asking, AskingForRest};
use notifications::{
    Address, Audience, Notice, NoticeKind, Notification, Recipient, RecipientKey, Source, Topic,
};
use store::{Broadcast, Freeze, FrozenNotification, Plan, RecipientState};
use work_items::PlanPage;

use crate::error::NotifyError;
use crate::handler::Notify;

/// Nobody is there who may decide: what an operator has to set.
pub(crate) const NOBODY: &str = "nobody can approve this broadcast: it needs a second person besides whoever asked for it. \
     List another person in the topic's `owners`, or in the parameter Admins (ADMINS), or set BroadcastApprovalAbove \
     (BROADCAST_APPROVAL_ABOVE) to 0 for no approvals; it goes on by itself then";
/// The same for a canary that went badly.
pub(crate) const NOBODY_FOR_REST: &str = "nobody can be asked about the rest of this broadcast, which is held: list a person in the topic's `owners`, \
     or in the parameter Admins (ADMINS); it goes on by itself then";
/// They were asked, and nobody has got the question.
pub(crate) const NOT_REACHED: &str = "nobody who may decide about this broadcast has got the question: they have to install the app, or somebody \
     who has it has to be listed in the topic's `owners` or in the parameter Admins (ADMINS)";

impl Notify {
    /// Who asked for a broadcast: its actor, if that is a person whom we know; else the topic's first owner, for whom
    /// the sender acts.
    pub(crate) async fn requester(
        &self,
        frozen: &FrozenNotification,
    ) -> Result<Option<RecipientKey>, NotifyError> {
        let id = frozen.notification.actor.id.as_deref();
        let id = id.and_then(|id| format!("aad:{id}").parse().ok());
        if let Some(Address::Aad(id)) = id {
            let key = RecipientKey::person(&id);
            let person = self.store.people().get(&frozen.tenant, &key).await?;
            if person.is_some() {
                return Ok(Some(key));
            }
        }
        Ok(self.owners(frozen).await?.into_iter().next())
    }

    async fn owners(&self, frozen: &FrozenNotification) -> Result<Vec<RecipientKey>, NotifyError> {
        let topics = self.store.topics();
        Ok(topics.owners(&frozen.tenant, &frozen.topic).await?)
    }

    /// The topic's owners and the admins, but for `without`.
    async fn who_decides(
        &self,
        frozen: &FrozenNotification,
        without: Option<&RecipientKey>,
    ) -> Result<Audience, NotifyError> {
        let mut people = self.owners(frozen).await?;
        let admins = self.broadcasts.admins.iter().map(RecipientKey::person);
        people.extend(admins);
        let mut to = Audience::default();
        for address in people
            .iter()
            .filter(|key| Some(*key) != without)
            .filter_map(address)
        {
            if !to.include.contains(&address) {
                to.include.push(address);
            }
        }
        Ok(to)
    }

    /// Asks for approval, once, and sends whoever asked for the broadcast a test copy. Says what is in the way, if
    /// something is.
    pub(crate) async fn ask_for_approval(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
        broadcast: &Broadcast,
    ) -> Result<Option<&'static str>, NotifyError> {
        let to = broadcast.requester.as_ref().and_then(address);
        let tested = to.is_some();
        if let Some(to) = to {
            let to = Audience {
                include: vec![to],
                exclude: Vec::new(),
            };
            let copy = broadcast::test_copy(&frozen.notification, plan.recipients, to);
            let topic = frozen.topic.clone();
            self.notice(frozen, NoticeKind::Test, copy, topic).await?;
        }
        let to = self
            .who_decides(frozen, broadcast.requester.as_ref())
            .await?;
        if to.include.is_empty() {
            return Ok(Some(NOBODY));
        }
        let unreachable = self.store.ledger().unreachable(&frozen.key).await?;
        let asking = Asking {
            broadcast: &frozen.notification,
            topic: &frozen.topic,
            recipients: plan.recipients,
            unreachable: unreachable.map_or(0, |list| list.len() as u64),
            lasts: self.broadcasts.lasts(plan.recipients),
            until: broadcast.until.unwrap_or(frozen.accepted_at),
            tested,
        };
        let question = broadcast::ask_for_approval(&asking, to);
        self.notice(frozen, NoticeKind::Approval, question, broadcast::topic())
            .await?;
        Ok(None)
    }

    /// Asks, once, whether the rest is sent although the canary went badly. Says what is in the way, if something is.
    pub(crate) async fn ask_for_rest(
        &self,
        frozen: &FrozenNotification,
        plan: &Plan,
        broadcast: &Broadcast,
    ) -> Result<Option<&'static str>, NotifyError> {
        let to = self.who_decides(frozen, None).await?;
        if to.include.is_empty() {
            return Ok(Some(NOBODY_FOR_REST));
        }
        let result = broadcast.result.unwrap_or_default();
        let asking = AskingForRest {
            broadcast: &frozen.notification,
            topic: &frozen.topic,
            tried: result.recipients,
            bad: result.bad,
            open: result.open,
            rest: plan.recipients.saturating_sub(broadcast.recipients),
            until: broadcast.until.unwrap_or(frozen.accepted_at),
        };
        let question = broadcast::ask_for_rest(&asking, to);
        self.notice(frozen, NoticeKind::Rest, question, broadcast::topic())
            .await?;
        Ok(None)
    }

    /// Whether everybody who was asked has ended without the question.
    pub(crate) async fn nobody_got(
        &self,
        frozen: &FrozenNotification,
        kind: NoticeKind,
    ) -> Result<bool, NotifyError> {
        let ledger = self.store.ledger();
        let about = frozen.key.clone();
        let key = Notice { about, kind }.key();
        let mut after = None;
        let mut asked = false;
        loop {
            let (chunks, more) = ledger.chunks_to_queue(&key, after.as_ref(), 10).await?;
            for chunk in &chunks {
                let recipients = chunk.recipients.len();
                let (progress, _) = ledger.progress(&key, &chunk.key, recipients).await?;
                for one in progress.recipients() {
                    asked = true;
                    match &one.state {
                        RecipientState::Ended { outcome, .. }
                            if matches!(outcome.group(), "skipped" | "failed") => {}
                        _ => return Ok(false),
                    }
                }
            }
            after = chunks.last().map(|chunk| chunk.key.clone());
            if !more {
                return Ok(asked);
            }
        }
    }

    /// Freezes a notice of ours, once, and has it planned.
    pub(crate) async fn notice(
        &self,
        about: &FrozenNotification,
        kind: NoticeKind,
        notification: Notification,
        topic: Topic,
    ) -> Result<(), NotifyError> {
        let notice = Notice {
            about: about.key.clone(),
            kind,
        };
        let frozen = FrozenNotification {
            key: notice.key(),
            tenant: about.tenant.clone(),
            source: Source::Tidings,
            id: notice.id(),
            notification,
            topic,
            accepted_at: self.clock.now(),
        };
        // What is there counts: an earlier try, when the owners or the hour were others.
        if self.store.ledger().freeze(&frozen).await? == Freeze::New {
            self.metrics.count("Questions", 1);
        }
        let page = PlanPage {
            notification: frozen.key,
            page: 0,
        };
        let message = OutgoingMessage::new(page.to_body());
        Ok(self.notification_queue.send(vec![message]).await?)
    }
}

/// How a person is addressed.
pub(crate) fn address(key: &RecipientKey) -> Option<Address> {
    match key.recipient() {
        Recipient::Person(id) => Some(Address::Aad(id)),
        Recipient::PersonByTeamsId(user) => Some(Address::User(user)),
        Recipient::Conversation(_) | Recipient::Thread(_) => None,
    }
}

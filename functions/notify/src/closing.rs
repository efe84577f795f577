//! A question that is not asked any more: those who have it are shown what became of it, and whoever asked for the
//! broadcast is told.

use cards::broadcast::{closed, told, topic};
use cards::{Decided, Who};
use notifications::{Audience, Notice, NoticeKind, SkipReason};
use store::{Broadcast, BroadcastDecided, BroadcastDecision, FrozenNotification};
use work_items::{HeldFor, HeldItem, QueueName, Task, Update};

use crate::asking::address;
use crate::error::NotifyError;
use crate::handler::Notify;

/// The revision that every closed question has.
const CLOSED: &str = "closed";

impl Notify {
    /// Has the question's card replaced wherever it was sent, with the next tick, and tells whoever asked for the broadcast
    /// what became of it. Both happen once, however often this is called.
    pub(crate) async fn close_question(
        &self,
        frozen: &FrozenNotification,
        question: NoticeKind,
        broadcast: &Broadcast,
    ) -> Result<(), NotifyError> {
        let (taken, outcome) = match question {
            NoticeKind::Approval => (&broadcast.approval, NoticeKind::ApprovalOutcome),
            NoticeKind::Rest => (&broadcast.rest, NoticeKind::RestOutcome),
            NoticeKind::Test | NoticeKind::ApprovalOutcome | NoticeKind::RestOutcome => {
                return Ok(());
            }
        };
        let name = match taken {
            Some(taken) => self.called(frozen, taken).await?,
            None => None,
        };
        let became = became(broadcast, taken.as_ref(), name.as_deref());
        self.replace_question(frozen, question, became).await?;
        let requester = broadcast.requester.as_ref();
        let by_themselves = taken.as_ref().map(|taken| &taken.by) == requester;
        let Some(to) = requester.and_then(address).filter(|_| !by_themselves) else {
            return Ok(());
        };
        // Whoever cancels it knows.
        if became == Decided::Over {
            return Ok(());
        }
        let to = Audience {
            include: vec![to],
            exclude: Vec::new(),
        };
        let notice = told(&frozen.notification, became, to);
        self.notice(frozen, outcome, notice, topic()).await
    }

    async fn replace_question(
        &self,
        frozen: &FrozenNotification,
        question: NoticeKind,
        became: Decided<'_>,
    ) -> Result<(), NotifyError> {
        let notice = Notice {
            about: frozen.key.clone(),
            kind: question,
        };
        let (ledger, key) = (self.store.ledger(), notice.key());
        // Nobody was asked: it was over before anybody could be.
        let Some(asked) = ledger.notification(&key).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        let content = closed(&asked.notification, became);
        ledger.revise(&key, CLOSED, &content, now).await?;
        let task = Task::Update(Update {
            notification: key.clone(),
            revision: CLOSED.to_owned(),
            after: None,
        });
        let item = HeldItem {
            id: format!("{CLOSED}#{key}"),
            until: now,
            why: HeldFor::Schedule,
            queue: QueueName::Task,
            body: task.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }

    /// What whoever decided is called: what stands before the `@` of their address.
    async fn called(
        &self,
        frozen: &FrozenNotification,
        taken: &BroadcastDecided,
    ) -> Result<Option<String>, NotifyError> {
        let person = self.store.people().get(&frozen.tenant, &taken.by).await?;
        let address = person.and_then(|person| person.upn.or(person.mail));
        Ok(address.and_then(|address| address.split('@').next().map(str::to_owned)))
    }
}

fn became<'a>(
    broadcast: &Broadcast,
    taken: Option<&BroadcastDecided>,
    name: Option<&'a str>,
) -> Decided<'a> {
    let who = name.map_or(Who::Somebody, Who::Named);
    match taken.map(|taken| taken.what) {
        Some(BroadcastDecision::Approve) => Decided::Approved(who),
        Some(BroadcastDecision::Decline) => Decided::Declined(who),
        Some(BroadcastDecision::SendRest) => Decided::RestSent(who),
        Some(BroadcastDecision::Stop) => Decided::Stopped(who),
        None if broadcast.skipped == Some(SkipReason::Expired) => Decided::Lapsed,
        None => Decided::Over,
    }
}

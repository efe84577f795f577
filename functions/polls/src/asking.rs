//! What is sent because of a poll: frozen on the ledger under a key of its own, planned, delivered and accounted for as
//! every notification is. This function holds no credential of Teams.

use activity::ids::TenantId;
use aws::OutgoingMessage;
use notifications::{Address, Audience, Notification, NotificationKey, RecipientKey, Source};
use polls::{Definition, OccurrenceId, PollNotice, PollNoticeKind};
use store::{Cancelled, Freeze, FrozenNotification, Occurrence, PersonId, Phase};
use work_items::{PlanPage, Task, Update};

use crate::deleting::ERASED;
use crate::due::What;
use crate::error::Failure;
use crate::handler::Polling;
use crate::opening::{read, reminders};

impl Polling {
    /// Asks everybody, once; nobody any more if it is closed or deleted at this very moment. As with
    /// [reminders](Self::remind), it is frozen first, and whoever closes cancels what is frozen.
    pub(crate) async fn send_ask(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let owner = self.owner(tenant, definition).await?;
        let to = definition.to.clone();
        let asking = cards::poll::asking(definition, &owner, to, occurrence.closes);
        let notice = notice(&occurrence.id, PollNoticeKind::Ask);
        self.freeze(tenant, definition, &notice, asking).await?;
        let polls = self.store.polls();
        let now = polls.occurrence(tenant, &occurrence.id).await?;
        match now.is_some_and(|now| now.phase == Phase::Open) {
            true => self.plan(tenant, &notice).await,
            false => self.cancel(tenant, &notice).await,
        }
    }

    /// Reminds for every time that has come and is not reminded for yet.
    pub(crate) async fn remind_due(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<(), Failure> {
        let Some((definition, occurrence)) = self.found(tenant, id).await? else {
            return Ok(());
        };
        let soon = self.soon();
        let closes = occurrence.closes.unwrap_or(jiff::Timestamp::MAX);
        for (number, at) in reminders(&definition, occurrence.opened, closes) {
            if at <= soon {
                self.remind(tenant, &definition, &occurrence, number)
                    .await?;
            }
        }
        Ok(())
    }

    /// Reminds, once, those who have not answered; never after closing.
    ///
    /// It is frozen first, then looked whether it is open still, then planned: whoever closes cancels what is frozen after
    /// saying that it closes. So of the two at least one sees the other.
    pub(crate) async fn remind(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
        number: u32,
    ) -> Result<(), Failure> {
        let id = &occurrence.id;
        let notice = notice(id, PollNoticeKind::Remind(number));
        let open = |occurrence: &Occurrence| {
            let closes = occurrence.closes.unwrap_or(jiff::Timestamp::MAX);
            occurrence.phase == Phase::Open && closes > self.clock.now()
        };
        if open(occurrence) {
            let owner = self.owner(tenant, definition).await?;
            let to = definition.to.clone();
            let reminding = cards::poll::reminding(definition, &owner, to, occurrence.closes);
            self.freeze(tenant, definition, &notice, reminding).await?;
            let now = self.store.polls().occurrence(tenant, id).await?;
            if now.as_ref().is_some_and(open) {
                self.plan(tenant, &notice).await?;
                self.metrics.count("PollReminders", 1);
            } else {
                self.cancel(tenant, &notice).await?;
            }
        }
        let at = reminders(definition, occurrence.opened, jiff::Timestamp::MAX)
            .into_iter()
            .find(|(one, _)| *one == number);
        if let Some((_, at)) = at {
            let due = What::Remind(id.clone(), number).at(at, tenant, id.poll());
            self.store.polls().remove_due(&due).await?;
        }
        Ok(())
    }

    /// Tells the result, once in each round: the owner, or everybody.
    pub(crate) async fn send_result(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let owner = self.owner(tenant, definition).await?;
        let mut to = Audience::default();
        if definition.tell_everybody {
            to = definition.to.clone();
        }
        if !to.include.contains(&definition.owner) {
            to.include.push(definition.owner.clone());
        }
        let result = cards::poll::closing_result(definition, &owner, to);
        let notice = notice(&occurrence.id, PollNoticeKind::Result(occurrence.round));
        self.freeze(tenant, definition, &notice, result).await?;
        self.plan(tenant, &notice).await
    }

    /// Has the cards replaced that were sent, wherever they are, by what they are to show now.
    pub(crate) async fn replace_cards(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
        revision: &str,
    ) -> Result<(), Failure> {
        let owner = self.owner(tenant, definition).await?;
        let to = definition.to.clone();
        let content = match occurrence.phase {
            _ if revision == ERASED => cards::poll::withdrawn(definition, &owner, to),
            Phase::Open => cards::poll::asking(definition, &owner, to, occurrence.closes),
            Phase::Closing | Phase::Closed => cards::poll::closing_result(definition, &owner, to),
        };
        let ledger = self.store.ledger();
        for notice in questions(definition, &occurrence.id) {
            let notification = notice.key(tenant);
            if ledger.notification(&notification).await?.is_none() {
                continue;
            }
            let now = self.clock.now();
            ledger
                .revise(&notification, revision, &content, now)
                .await?;
            let update = Task::Update(Update {
                notification,
                revision: revision.to_owned(),
                after: None,
            });
            let message = OutgoingMessage::new(update.to_body());
            self.task_queue.send(vec![message]).await?;
        }
        Ok(())
    }

    /// Sends nothing more of what asks.
    pub(crate) async fn ask_no_more(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        id: &OccurrenceId,
    ) -> Result<(), Failure> {
        for notice in questions(definition, id) {
            self.cancel(tenant, &notice).await?;
        }
        Ok(())
    }

    async fn cancel(&self, tenant: &TenantId, notice: &PollNotice) -> Result<(), Failure> {
        let ledger = self.store.ledger();
        match ledger.cancel(&notice.key(tenant), self.clock.now()).await? {
            Cancelled::Now
            | Cancelled::Already { .. }
            | Cancelled::AlreadyEnded { .. }
            | Cancelled::NotOnLedger => Ok(()),
        }
    }

    async fn freeze(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        notice: &PollNotice,
        notification: Notification,
    ) -> Result<(), Failure> {
        let frozen = FrozenNotification {
            key: notice.key(tenant),
            tenant: tenant.clone(),
            source: Source::Tidings,
            id: notice.id(),
            notification,
            topic: self.topic(tenant, definition).await?,
            accepted_at: self.clock.now(),
        };
        // What is there counts: an earlier try, when names or the topic were others.
        match self.store.ledger().freeze(&frozen).await? {
            Freeze::New | Freeze::AlreadyThere(_) | Freeze::Conflict => Ok(()),
        }
    }

    async fn plan(&self, tenant: &TenantId, notice: &PollNotice) -> Result<(), Failure> {
        let page = PlanPage {
            notification: notice.key(tenant),
            page: 0,
        };
        let message = OutgoingMessage::new(page.to_body());
        Ok(self.notification_queue.send(vec![message]).await?)
    }

    /// An occurrence with its poll's definition; `None` when either is gone.
    pub(crate) async fn found(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<Option<(Definition, Occurrence)>, Failure> {
        let polls = self.store.polls();
        let (Some(poll), Some(occurrence)) = (
            polls.get(tenant, id.poll()).await?,
            polls.occurrence(tenant, id).await?,
        ) else {
            return Ok(None);
        };
        Ok(Some((read(&poll)?, occurrence)))
    }

    /// What the owner is called: by name if the poll says so, else by address, as far as one is known.
    async fn owner(&self, tenant: &TenantId, definition: &Definition) -> Result<String, Failure> {
        if let Some(name) = &definition.owner_name {
            return Ok(name.clone());
        }
        Ok(match &definition.owner {
            Address::Upn(name) | Address::Mail(name) => name.clone(),
            Address::Aad(id) => {
                let key = RecipientKey::person(id);
                let person = self.store.people().get(tenant, &key).await?;
                person
                    .and_then(|person| person.called().map(str::to_owned))
                    .unwrap_or_default()
            }
            _ => String::new(),
        })
    }

    /// The person whom an address names, if somebody is known by it.
    pub(crate) async fn person(
        &self,
        tenant: &TenantId,
        address: &Address,
    ) -> Result<Option<store::Person>, Failure> {
        let id = match address {
            Address::Aad(id) => PersonId::ObjectId(id.clone()),
            Address::Upn(name) => PersonId::Upn(name.clone()),
            Address::Mail(mail) => PersonId::Mail(mail.clone()),
            _ => return Ok(None),
        };
        let people = self.store.people();
        match people.find(tenant, &id).await? {
            Some(key) => Ok(people.get(tenant, &key).await?),
            None => Ok(None),
        }
    }
}

pub(crate) fn notice(id: &OccurrenceId, kind: PollNoticeKind) -> PollNotice {
    PollNotice {
        occurrence: id.clone(),
        kind,
    }
}

/// Under which key everybody is asked.
pub(crate) fn ask_key(tenant: &TenantId, id: &OccurrenceId) -> NotificationKey {
    notice(id, PollNoticeKind::Ask).key(tenant)
}

/// Everything that may have been sent with questions on it.
fn questions(definition: &Definition, id: &OccurrenceId) -> Vec<PollNotice> {
    let reminders = (1..).zip(&definition.remind);
    let reminders = reminders.map(|(number, _)| PollNoticeKind::Remind(number));
    std::iter::once(PollNoticeKind::Ask)
        .chain(reminders)
        .map(|kind| notice(id, kind))
        .collect()
}

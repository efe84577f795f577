//! What an answer of Teams lets us do about it at once, so that the message reaches the recipient after all.

use std::collections::VecDeque;

use activity::ids::ConversationId;
use activity::{Provenance, ServiceUrl};
use connector::PreparedActivity;
use connector::retry::End;
use notifications::{Outcome, Recipient, RecipientKey};
use startup::logging::chain;
use store::{DeliveryTarget, Repairs, Service, StoreError};

use crate::repair::repair;
use crate::route::{Known, Route, route};
use crate::sending::{Again, Errand, failed};
use crate::tries::{Left, Stopped};

/// Where a message is to go.
struct Place {
    service: Service,
    to: To,
    /// By which other ids a personal conversation can be opened.
    ways: VecDeque<Known>,
}

enum To {
    Conversation(ConversationId),
    /// One that has to be opened first.
    Open(Known),
}

impl Errand<'_> {
    /// Sending to a recipient has ended without a message there: mends what can be mended, and sends again; else notes
    /// what the answer says about them.
    pub(crate) async fn mend(
        &self,
        index: usize,
        mut stopped: Stopped,
        target: Option<&DeliveryTarget>,
        message: &PreparedActivity,
    ) -> Option<Again> {
        let recipient = &self.chunk.recipients[index];
        let mut place = Place::of(recipient, target, self.deliver.home.as_ref());
        let mut repairs = Repairs::NONE;
        while let Some(place) = &mut place {
            let Some(more) = self.another_way(place, stopped.end, repairs) else {
                break;
            };
            repairs = repairs.and(more);
            self.progress().repaired(index, more);
            match self.send_to(index, place, message).await {
                Ok(outcome) => {
                    let learned = self.learn(index, target, place, repairs).await;
                    warn_of(learned, "where a recipient is was not remembered");
                    self.end(index, outcome);
                    return None;
                }
                Err(Left::Again(again)) => return Some(again),
                Err(Left::Ended(next)) => stopped = next,
            }
        }
        let conversation = place.and_then(|place| match place.to {
            To::Conversation(conversation) => Some(conversation),
            To::Open(_) => None,
        });
        self.give_up(index, stopped, target, conversation).await;
        None
    }

    /// Changes the place to where the message may still arrive; `None` when there is none. Each repair is made once.
    fn another_way(&self, place: &mut Place, end: End, done: Repairs) -> Option<Repairs> {
        let reopened = done.has(Repairs::REOPENED);
        let opens = matches!(place.to, To::Open(_));
        match end {
            End::WrongHost if !done.has(Repairs::HOST_SWITCHED) => {
                place.service = self.deliver.other_host(&place.service.url)?;
                Some(Repairs::HOST_SWITCHED)
            }
            // An id of another bot is of no use in any form.
            End::ForeignId if !reopened => {
                place.ways.retain(|way| matches!(way, Known::ByEntra(_)));
                place.open_by_the_next()?;
                Some(Repairs::REOPENED)
            }
            End::ConversationGone if !reopened && !opens => {
                place.open_by_the_next()?;
                Some(Repairs::REOPENED)
            }
            // Without the app of their own, they may be in a team that has it.
            End::NotInstalled if reopened && opens => {
                place.open_by_the_next()?;
                Some(Repairs::REOPENED)
            }
            _ => None,
        }
    }

    async fn send_to(
        &self,
        index: usize,
        place: &mut Place,
        message: &PreparedActivity,
    ) -> Result<Outcome, Left> {
        let conversation = match &place.to {
            To::Conversation(conversation) => conversation.clone(),
            To::Open(person) => self.open(index, &place.service, person).await?,
        };
        place.to = To::Conversation(conversation.clone());
        let url = &place.service.url;
        self.send(index, url, &conversation, message).await
    }

    /// Remembers where the message arrived, so that the next one goes there at once.
    async fn learn(
        &self,
        index: usize,
        target: Option<&DeliveryTarget>,
        place: &Place,
        repairs: Repairs,
    ) -> Result<(), StoreError> {
        let recipient = &self.chunk.recipients[index];
        let answers = self.deliver.store.answers();
        let known = target.and_then(known_service);
        if let Some(known) = known
            && repairs.has(Repairs::HOST_SWITCHED)
        {
            let (from, to) = (&known.url, &place.service);
            let tenant = &self.chunk.tenant;
            answers
                .served_elsewhere(tenant, recipient, from, to)
                .await?;
        }
        if target.is_some_and(|target| target.gone().is_some()) {
            answers.found(&self.chunk.tenant, recipient).await?;
        }
        Ok(())
    }

    /// A message arrived where one did not before: that answer was wrong.
    pub(crate) async fn there_after_all(&self, index: usize) {
        let recipient = &self.chunk.recipients[index];
        let answers = self.deliver.store.answers();
        let noted = answers.found(&self.chunk.tenant, recipient).await;
        warn_of(noted, "that a recipient is there after all was not noted");
    }

    /// There is no way left: has the recipient wait or end, and notes what the answer says about them.
    async fn give_up(
        &self,
        index: usize,
        stopped: Stopped,
        target: Option<&DeliveryTarget>,
        conversation: Option<ConversationId>,
    ) {
        let Stopped { end, since } = stopped;
        let in_doubt = self.progress().may_have_arrived(index);
        let outcome = match end {
            End::Ambiguous => Some(Outcome::Unknown),
            End::Exhausted if in_doubt => Some(Outcome::Unknown),
            End::BotRemoved | End::NotInstalled => self.wait_after(index, end),
            end => Some(failed(end)),
        };
        if let Some(outcome) = outcome {
            self.end(index, outcome);
        }
        let Some(target) = target else { return };
        let recipient = &self.chunk.recipients[index];
        let (store, tenant) = (&self.deliver.store, &self.chunk.tenant);
        let noted = match (end, conversation) {
            (End::ConversationGone, Some(conversation)) => {
                let answers = store.answers();
                let first = target.gone();
                answers
                    .not_found(tenant, recipient, &conversation, first, since)
                    .await
            }
            // Whoever is known by an id alone has no reference to forget, and may be reached by it tomorrow.
            (End::NotInstalled, _) if target.reference().is_none() => Ok(()),
            (end, _) => repair(end).note(store, tenant, recipient, since).await,
        };
        warn_of(noted, "what an answer says about a recipient was not noted");
    }
}

impl Place {
    /// Where the recipient is, and by which ids a personal conversation with them can be opened again.
    fn of(
        recipient: &RecipientKey,
        target: Option<&DeliveryTarget>,
        home: Option<&ServiceUrl>,
    ) -> Option<Self> {
        let (service, to) = match route(recipient, target, home) {
            Route::Conversation {
                service_url,
                conversation,
            } => {
                let known = target.and_then(known_service);
                let service = known.unwrap_or(Service {
                    url: service_url,
                    provenance: Provenance::WellKnown,
                });
                (service, To::Conversation(conversation))
            }
            Route::Open { service, person } => (service, To::Open(person)),
            Route::Removed | Route::Nowhere(_) => return None,
        };
        let person = match target {
            Some(DeliveryTarget::Person(person)) => Some(&**person),
            _ => None,
        };
        let (mut object_id, mut user) = match recipient.recipient() {
            Recipient::Person(id) => (Some(id), None),
            Recipient::PersonByTeamsId(id) => (None, Some(id)),
            Recipient::Conversation(_) | Recipient::Thread(_) => (None, None),
        };
        if let Some(person) = person {
            object_id = person.object_id.clone().or(object_id);
            user = person.user.clone().or(user);
        }
        let ways = [object_id.map(Known::ByEntra), user.map(Known::ByTeams)];
        let ways = ways.into_iter().flatten();
        Some(Self {
            ways: ways
                .filter(|way| !matches!(&to, To::Open(tried) if tried == way))
                .collect(),
            service,
            to,
        })
    }

    fn open_by_the_next(&mut self) -> Option<()> {
        self.to = To::Open(self.ways.pop_front()?);
        Some(())
    }
}

fn known_service(target: &DeliveryTarget) -> Option<Service> {
    match target {
        DeliveryTarget::Person(person) => person.service.clone(),
        target => target.reference().map(Service::of),
    }
}

fn warn_of(result: Result<(), StoreError>, what: &'static str) {
    if let Err(error) = result {
        tracing::warn!(error = chain(&error), "{what}");
    }
}

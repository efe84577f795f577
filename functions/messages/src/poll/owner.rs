//! What owners see of their polls, and do with them.

use aws::BusEvent;
use cards::poll::{Done, ForOwner, FreeTexts, LISTED_MOST, OwnersCard};
use notifications::Address;
use polls::{Change, Command, Kind, Longer, Manage, PollId, Refusal};
use serde_json::Value;

use super::Answer;
use super::asked::Asked;
use super::starting::{DEFINE, exact};
use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::Received;

/// The `source` of our own events.
const SOURCE: &str = "tidings";
/// The `detail-type` of what an owner wants.
const COMMAND: &str = "tidings.poll.command";
/// So many free texts at most are read for a card, which has no room for more.
const TEXTS: usize = 50;

impl Messages {
    /// The owner's card.
    pub(crate) async fn manage(&self, received: &Received, asked: &Asked) -> Answer {
        let view = &asked.view;
        let open = view.standing().is_open(self.clock.now());
        let results = view.results(&self.store).await?;
        // While it is open nobody reads along.
        let written = match open {
            true => None,
            false => Some(self.written(asked).await?),
        };
        let votes = view.votes_by_name(&self.store, &results, LISTED_MOST);
        let votes = votes.await?;
        let own = asked.own();
        let shown = OwnersCard {
            open,
            results: &results,
            own: ForOwner {
                written: written.as_ref(),
                votes: votes.as_ref(),
            },
        };
        Ok(Ok(asked.card(&own).owners(&received.reader(), &shown)))
    }

    /// What was written freely, as much as a card has room for.
    async fn written(&self, asked: &Asked) -> Result<FreeTexts, Failure> {
        let view = &asked.view;
        let mut all = FreeTexts::new();
        let questions = view.definition.questions.iter();
        for question in questions.filter(|question| matches!(question.kind, Kind::Text)) {
            let polls = self.store.polls();
            let page = polls.texts(&view.tenant, &view.occurrence, &question.id, 0);
            let mut texts = page.await?.texts;
            texts.truncate(TEXTS);
            all.insert(question.id.clone(), texts);
        }
        Ok(all)
    }

    /// Passes on what an owner wants, if it can be done as the poll stands.
    ///
    /// An extension is passed on as the time it leads to, and a copy as a poll with an id of its own: delivered again,
    /// they mean the same.
    pub(crate) async fn owners_command(
        &self,
        received: &Received,
        asked: &Asked,
        does: Manage,
    ) -> Answer {
        let (view, reader, now) = (&asked.view, &received.reader(), self.clock.now());
        if self.events.is_none() {
            return Ok(Ok(cards::poll::not_set_up(reader)));
        }
        let Some(person) = asked.person() else {
            return Ok(Err(Refusal::NotAnOwner));
        };
        let definition = &view.definition;
        let change = match polls::decide(definition, view.standing(), does, &person, now) {
            Ok(change) => change,
            Err(why) => return Ok(Err(why)),
        };
        let mut command = Command {
            tenant: Some(view.tenant.clone()),
            poll: view.occurrence.id.poll().clone(),
            occurrence: Some(view.occurrence.id.clone()),
            does,
            by: Address::Aad(person.object_id.clone()),
        };
        let done = match change {
            Change::Close => Done::Closing,
            Change::Open { closes } => {
                if let (Manage::Extend(_), Some(closes)) = (does, closes) {
                    command.does = Manage::Extend(Longer::Until(closes));
                }
                Done::Open { closes }
            }
            Change::Delete => {
                // All of it: each time that it was asked, and what is still to come.
                command.occurrence = None;
                Done::Deleting
            }
            Change::New(mut again) => {
                again.tenant = Some(view.tenant.clone());
                again.id = Some(PollId::from_title(&again.title, exact(received)));
                self.publish(DEFINE, &again.to_value()).await?;
                Done::AskedAgain
            }
        };
        if done != Done::AskedAgain {
            self.publish(COMMAND, &command.to_value()).await?;
        }
        let (title, on) = (&definition.title, &view.occurrence.id);
        Ok(Ok(cards::poll::done(reader, title, done, on)))
    }

    /// Publishes an event on our bus, for whoever has polls in hand.
    ///
    /// # Errors
    ///
    /// [`Failure::NoBus`], [`Failure::Bus`]: it may be published.
    pub(crate) async fn publish(
        &self,
        detail_type: &'static str,
        detail: &Value,
    ) -> Result<(), Failure> {
        let events = self.events.as_ref().ok_or(Failure::NoBus)?;
        let event = BusEvent {
            source: SOURCE.to_owned(),
            detail_type: detail_type.to_owned(),
            detail: detail.to_string(),
        };
        Ok(events.publish(event).await?)
    }
}

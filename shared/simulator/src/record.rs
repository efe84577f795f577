//! What happened: requests, deliveries, messages, and what nobody read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::model::{Model, Place};
use crate::{Delivery, Events, Message, Operation, Person, Request, Simulator, Traffic};

/// What of the bot's messages reached one person in their personal chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PersonCount {
    /// Their name.
    pub name: String,
    /// Their object id in Entra.
    pub object_id: String,
    /// How many messages, deleted ones included.
    pub messages: usize,
    /// How many of them have the same content as an earlier one.
    pub doubles: usize,
}

impl Simulator {
    /// What the bot posted to a person, in their personal chat. Counts as read.
    pub fn messages_to(&self, person: &Person) -> Vec<Message> {
        person.chat().from_bot()
    }

    /// What the bot posted in a conversation, by its id. Counts as read.
    pub fn messages_in(&self, conversation: &str) -> Vec<Message> {
        self.conversation(conversation)
            .map_or_else(Vec::new, |conversation| conversation.from_bot())
    }

    /// How many messages of the bot reached a person: how many people got
    /// none, one, two …, deleted messages included. Reads nothing.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<usize, usize> {
        tally(&self.shared.model())
    }

    /// How many messages of the bot reached each person, and how many of those
    /// came twice. Reads nothing.
    #[must_use]
    pub fn messages_per_person(&self) -> Vec<PersonCount> {
        counts(&self.shared.model()).collect()
    }

    /// Whom no message of the bot reached.
    #[must_use]
    pub fn without_a_message(&self) -> Vec<PersonCount> {
        let model = self.shared.model();
        counts(&model)
            .filter(|person| person.messages == 0)
            .collect()
    }

    /// Whom the same content reached more than once.
    #[must_use]
    pub fn doubled(&self) -> Vec<PersonCount> {
        let model = self.shared.model();
        counts(&model).filter(|person| person.doubles > 0).collect()
    }

    /// How many requests the Connector saw, when, and how many were too many.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.shared.traffic().seen()
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.shared.events.subscribe())
    }

    /// The latest 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests().latest()
    }

    /// How many requests of this kind there were, however they were answered.
    #[must_use]
    pub fn count(&self, operation: Operation) -> u64 {
        self.shared.requests().count(operation, None)
    }

    /// How many requests of this kind were answered with this status.
    #[must_use]
    pub fn count_with_status(&self, operation: Operation, status: u16) -> u64 {
        self.shared.requests().count(operation, Some(status))
    }

    /// Waits until there were this many requests of this kind.
    ///
    /// Returns whether there were within the limit.
    pub async fn wait_for_requests(
        &self,
        operation: Operation,
        at_least: u64,
        limit: Duration,
    ) -> bool {
        self.shared
            .until(limit, |_| (self.count(operation) >= at_least).then_some(()))
            .await
            .is_some()
    }

    /// The latest 10,000 activities that went to the bot, and its answers.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.deliveries().iter().cloned().collect()
    }

    /// What the bot posted and nobody looked at, one line each.
    #[must_use]
    pub fn unread(&self) -> Vec<String> {
        unread(&self.shared.model())
    }

    /// What is unread now may stay so.
    pub fn release_unread(&self) {
        let mut model = self.shared.model();
        let places: Vec<Place> = model.all_places().collect();
        for place in places {
            for message in &mut model.log_mut(place).messages {
                message.read = true;
            }
        }
    }
}

pub(crate) fn tally(model: &Model) -> BTreeMap<usize, usize> {
    let mut tally = BTreeMap::new();
    for person in &model.people {
        *tally.entry(person.log.count().0).or_default() += 1;
    }
    tally
}

/// What reached whom.
pub(crate) fn counts(model: &Model) -> impl Iterator<Item = PersonCount> + '_ {
    (0..).zip(&model.people).map(|(index, person)| {
        let (messages, doubles) = person.log.count();
        PersonCount {
            name: person.name(),
            object_id: model.object_id(index),
            messages,
            doubles,
        }
    })
}

pub(crate) fn unread(model: &Model) -> Vec<String> {
    model
        .all_places()
        .flat_map(|place| {
            model.log(place).unread().map(move |stored| {
                let root = (stored.root != 0).then_some(stored.root);
                let message = model.message(place, stored);
                let first_line = message.readable().lines().next().map(str::to_owned);
                format!(
                    "{}: {}",
                    model.place_name(place, root).name,
                    first_line.unwrap_or_default()
                )
            })
        })
        .collect()
}

//! Polls: the questions, what somebody answered, what came of it, and what an
//! owner can do.
//!
//! A card is made from the current state of a poll, for the reader that it is
//! for; what somebody may see is decided in `polls` and passed in.

mod adding;
mod ask;
mod by_name;
mod closed;
mod creating;
mod elsewhere;
mod form;
mod inputs;
mod notices;
mod own_answers;
mod owner;
mod press;
mod results;
mod told;
mod voted;

pub use adding::{added, adding};
pub use by_name::{LISTED_MOST, VotesByName};
pub use creating::{created, not_a_quick_poll, wrong_definition};
pub use elsewhere::{not_here, not_set_up};
pub use form::form;
pub use notices::{Done, confirm_delete, deleted, done, refused};
pub use owner::{ForOwner, OwnersCard};
pub use press::PollPress;
pub use results::FreeTexts;
pub use told::{asking, closing_result, reminding, withdrawn};

use crate::buttons::Press;
use crate::elements::{card, heading, note, short, with};
use crate::how_to_stop::how_to_stop;
use crate::markdown::escape;
use crate::notification::Standing;
use crate::reader::Reader;
use crate::{Message, size};
use jiff::Timestamp;
use notifications::{NotificationKey, Topic};
use polls::{AddedChoice, Definition, OccurrenceId, Texts};
use results::Room;
use serde_json::{Value, json};

/// The most people that a card refreshes itself for (protocol reference §8.3).
pub const REFRESHED_MOST: usize = 60;

/// An occurrence of a poll, as it is now.
#[derive(Clone, Copy, Debug)]
pub struct PollCard<'a> {
    /// Which occurrence; buttons carry it.
    pub occurrence: &'a OccurrenceId,
    /// What is asked.
    pub definition: &'a Definition,
    /// What voters added.
    pub added: &'a [AddedChoice],
    /// What the owner is called.
    pub owner: &'a str,
    /// When it closes, or closed; absent, by hand.
    pub closes: Option<Timestamp>,
    /// The notification that the card belongs to: what is muted, and why.
    pub key: &'a NotificationKey,
    /// The poll's topic.
    pub topic: &'a Topic,
    /// Where the reader stands with the topic.
    pub standing: Standing,
    /// The `29:` ids of those for whom a card that many read refreshes
    /// itself; the first 60 count, or as many as fit. Whoever can read the
    /// card can read them: on one that many see they would say who has voted.
    /// Of no use in a personal chat.
    pub refreshed_for: &'a [&'a str],
    /// Whether the reader may manage the poll. In a personal chat only they
    /// get the button for it; where many read, everybody sees it, and it
    /// answers owners alone.
    pub manages: bool,
}

impl<'a> PollCard<'a> {
    fn texts(&self, reader: &Reader) -> Texts<'a> {
        Texts::of(self.definition, reader.locale.as_ref())
    }

    fn title(&self, reader: &Reader) -> String {
        short(self.texts(reader).title(), 200)
    }

    fn on(&self) -> OccurrenceId {
        self.occurrence.clone()
    }

    /// Whether there is one question, and it says what the title says.
    fn asks_its_title(&self, reader: &Reader) -> bool {
        let texts = self.texts(reader);
        match self.definition.questions.as_slice() {
            [only] => texts.question(only) == texts.title(),
            _ => false,
        }
    }

    /// The first lines of every card of a poll.
    fn head(&self, reader: &Reader, word: &str) -> Vec<Value> {
        let mut kind = note(word);
        kind["weight"] = "Bolder".into();
        kind["color"] = "Accent".into();
        let mut title = heading(&self.title(reader));
        title["spacing"] = "None".into();
        vec![kind, title]
    }

    /// A card with its end.
    fn whole(&self, reader: &Reader, mut body: Vec<Value>, summary: &str) -> Message {
        body.extend(how_to_stop(reader, self.key, self.topic, self.standing));
        Message {
            card: card(body, summary),
            summary: summary.to_owned(),
        }
    }

    /// The card, and where many read it, what makes it everybody's own.
    ///
    /// Not for a card in which somebody writes for longer: what they have
    /// written so far would be lost.
    fn refreshing(&self, reader: &Reader, mut message: Message) -> Message {
        if reader.is_personal() {
            return message;
        }
        let title = reader.say("Refresh", "Actualizar");
        let press = Press::Poll(PollPress::Refresh(self.on()));
        let refresh = json!({
            "action": {
                "type": "Action.Execute",
                "title": title,
                "verb": press.verb(),
                "data": press.data(),
            },
            "userIds": [],
        });
        message.card = with(message.card, "refresh", refresh);
        let mut room = size::PREFERRED.saturating_sub(size::of(&message.card));
        let people = self.refreshed_for.iter().take(REFRESHED_MOST);
        // An id, its quotation marks and its comma. Whoever has no room sees
        // the card as all do.
        let people: Vec<&str> = people
            .copied()
            .take_while(|id| {
                let needs = 2 * (id.len() + 3);
                let fits = needs <= room;
                room = room.saturating_sub(needs);
                fits
            })
            .collect();
        message.card["refresh"]["userIds"] = people.into();
        message
    }

    /// A card as full as fits: charts go first, then the rest of results.
    fn fitting(&self, make: impl Fn(Room) -> Message) -> Message {
        let mut room = Room::default();
        loop {
            let message = make(room);
            if size::is_preferred(&message.card) {
                return message;
            }
            match room.less() {
                Some(less) => room = less,
                None => return message,
            }
        }
    }

    /// `word: title`, for toasts.
    fn summary(&self, reader: &Reader, word: &str) -> String {
        format!("{word}: {}", self.title(reader))
    }

    fn shown_owner(&self) -> String {
        escape(&short(self.owner, 80))
    }
}

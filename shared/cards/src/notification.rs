//! The notification: what happened, to what, who did it, what the reader can
//! do, and how to stop it.

use crate::buttons::Press;
use crate::elements::{actions, card, facts, heading, note, paragraph, short, stand_out};
use crate::how_to_stop::how_to_stop;
use crate::markdown::{self, escape, link};
use crate::own_card;
use crate::reader::{Language, Reader};
use crate::template::TemplateError;
use crate::{Message, size, times};
use notifications::{Do, Importance, Mute, Notification, NotificationKey, Texts, Topic};
use serde_json::{Value, json};

/// A notification for one reader.
#[derive(Clone, Copy, Debug)]
pub struct NotificationCard<'a> {
    /// Its key on the ledger; buttons carry it.
    pub key: &'a NotificationKey,
    /// What it says.
    pub notification: &'a Notification,
    /// Its topic.
    pub topic: &'a Topic,
    /// The people it mentions, as far as they are known.
    pub mentions: &'a [Mentioned<'a>],
    /// Where the reader stands with the topic.
    pub standing: Standing,
}

/// A person mentioned by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mentioned<'a> {
    /// Their `29:` id, Entra object id or UPN.
    pub id: &'a str,
    /// What they are called.
    pub name: &'a str,
}

/// Where the reader of a notification stands with its topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// They hear it: the card offers to mute it.
    #[default]
    Hears,
    /// They muted it just now: the card says so, and offers to undo it.
    Muted(Mute),
}

/// A notification, ready to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// What is sent.
    pub message: Message,
    /// Why the sender's own card was not used, when it was not. The built-in
    /// card was sent instead, so that nothing is lost.
    pub card_problem: Option<CardProblem>,
}

/// Why a sender's own card was not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardProblem {
    /// The template made no card.
    #[error("the template made no card")]
    Template(#[from] TemplateError),
    /// What the template made is no Adaptive Card.
    #[error("the template made something that is no Adaptive Card")]
    NotACard,
    /// Teams would refuse the card for its size.
    #[error("a card of {bytes} bytes, which Teams refuses")]
    TooLarge {
        /// Its size as Teams counts, in UTF-16.
        bytes: usize,
    },
}

impl NotificationCard<'_> {
    /// Renders the notification for its reader.
    ///
    /// Never fails: a sender's own card that cannot be used is replaced by
    /// the built-in one, and [`Rendered::card_problem`] says why.
    #[must_use]
    pub fn render(&self, reader: &Reader) -> Rendered {
        let texts = self.notification.texts(reader.locale.as_ref());
        let summary = self.summary(reader, &texts);
        let mut card_problem = None;
        if let Some(own) = texts.card {
            match own_card::make(self, reader, own, texts.data, &summary) {
                Ok(card) => {
                    return Rendered {
                        message: Message { card, summary },
                        card_problem: None,
                    };
                }
                Err(problem) => card_problem = Some(problem),
            }
        }
        let card = self.fitting(reader, &texts, &summary);
        Rendered {
            message: Message { card, summary },
            card_problem,
        }
    }

    /// What the toast shows: what happened, marked when it matters more.
    fn summary(&self, reader: &Reader, texts: &Texts<'_>) -> String {
        match importance(reader, self.notification.importance) {
            Some((word, _)) => format!("{word}: {}", texts.what),
            None => texts.what.to_owned(),
        }
    }

    /// The built-in card, with as much of body and facts as fits.
    fn fitting(&self, reader: &Reader, texts: &Texts<'_>, summary: &str) -> Value {
        let body = texts.body.map(markdown::body).unwrap_or_default();
        let mut room = Room {
            body: body.chars().count(),
            facts: texts.facts.len(),
        };
        loop {
            let card = self.built_in(reader, texts, &body, room, summary);
            if size::is_preferred(&card) || !room.shrink() {
                return card;
            }
        }
    }

    fn built_in(
        &self,
        reader: &Reader,
        texts: &Texts<'_>,
        body: &str,
        room: Room,
        summary: &str,
    ) -> Value {
        let notification = self.notification;
        let mut elements = Vec::new();
        if let Some((word, colour)) = importance(reader, notification.importance) {
            elements.push(json!({
                "type": "TextBlock",
                "text": word,
                "size": "Small",
                "weight": "Bolder",
                "color": colour,
                "wrap": true,
            }));
        }
        let mut title = heading(texts.what);
        if notification.importance != Importance::Normal {
            title["spacing"] = "None".into();
        }
        elements.push(title);
        let item = match &notification.item.url {
            Some(url) => link(texts.item, url.as_str()),
            None => escape(texts.item),
        };
        let mut pairs = vec![
            (reader.say("About", "Sobre").to_owned(), item),
            (reader.say("By", "Por").to_owned(), escape(texts.actor)),
        ];
        let shown = texts.facts.iter().take(room.facts);
        pairs.extend(shown.map(|fact| {
            let value = times::localised(&fact.value).unwrap_or_else(|| escape(&fact.value));
            (escape(&fact.title), value)
        }));
        elements.extend(facts(pairs));
        let cut = room.body < body.chars().count();
        if !body.is_empty() {
            let text = if cut {
                markdown::cut(body, room.body)
            } else {
                body.to_owned()
            };
            if !text.is_empty() {
                elements.push(paragraph(&text));
            }
        }
        if cut || room.facts < texts.facts.len() {
            elements.push(note(reader.say(
                "Shortened: the message was too long for a card.",
                "Abreviado: el mensaje era demasiado largo para una tarjeta.",
            )));
        }
        if let (Some(image), Some(alt)) = (&notification.image, texts.alt) {
            elements.push(json!({
                "type": "Image",
                "url": image.url.as_str(),
                "altText": alt,
                "size": "Stretch",
            }));
        }
        let (mentioned, entities) = mentions(self.mentions);
        if !mentioned.is_empty() {
            elements.push(paragraph(&format!("cc {mentioned}")));
        }
        let mut buttons = self.sender_buttons(texts);
        if let Some(first) = buttons.first_mut() {
            stand_out(first);
        }
        elements.extend(actions(buttons));
        elements.extend(self.how_to_stop(reader));
        let spoken = self.spoken(reader, texts, summary);
        let mut card = card(elements, &spoken);
        if !entities.is_empty() {
            card["msteams"]["entities"] = entities.into();
        }
        card
    }

    /// What the reader can do, as the sender wrote it.
    fn sender_buttons(&self, texts: &Texts<'_>) -> Vec<Value> {
        let all = self.notification.actions.iter().zip(&texts.actions);
        all.map(|(action, title)| match &action.does {
            Do::Open { url } => json!({
                "type": "Action.OpenUrl",
                "title": title,
                "url": url.as_str(),
            }),
            Do::Tell { verb, .. } => Press::Sender {
                notification: self.key.clone(),
                verb: verb.clone(),
            }
            .button(title),
        })
        .collect()
    }

    /// How to stop it: the end of every card, also of a sender's own.
    pub(crate) fn how_to_stop(&self, reader: &Reader) -> Vec<Value> {
        how_to_stop(reader, self.key, self.topic, self.standing)
    }

    /// The card as one sentence, for screen readers and for clients that
    /// show no cards.
    fn spoken(&self, reader: &Reader, texts: &Texts<'_>, summary: &str) -> String {
        let by = match reader.language() {
            Language::English => format!("About {}, by {}.", texts.item, texts.actor),
            Language::Spanish => format!("Sobre {}, por {}.", texts.item, texts.actor),
        };
        format!("{summary}. {by}")
    }
}

/// How much of a notification a card holds.
#[derive(Clone, Copy)]
struct Room {
    body: usize,
    facts: usize,
}

impl Room {
    /// Takes away some; `false` when nothing more can be.
    fn shrink(&mut self) -> bool {
        if self.body > 200 {
            self.body = self.body * 4 / 5;
        } else if self.facts > 4 {
            self.facts -= 1;
        } else {
            return false;
        }
        true
    }
}

/// The word and the colour of what matters more than usual.
fn importance(reader: &Reader, importance: Importance) -> Option<(&str, &'static str)> {
    match importance {
        Importance::Normal => None,
        Importance::High => Some((reader.say("Important", "Importante"), "Warning")),
        Importance::Urgent => Some((reader.say("Urgent", "Urgente"), "Attention")),
    }
}

/// A line that mentions people, and the entities that make it one.
pub(crate) fn mentions(people: &[Mentioned<'_>]) -> (String, Vec<Value>) {
    let mut texts: Vec<String> = Vec::new();
    let mut entities = Vec::new();
    for person in people {
        // The text must stand in the card letter by letter, so nothing in it
        // may be markup.
        let markup = |c: char| "<>*_[]()`~\\&#".contains(c) || c.is_control();
        let name = person.name.replace(markup, " ");
        let name = short(name.trim(), 100);
        if name.is_empty() {
            continue;
        }
        let mut text = format!("<at>{name}</at>");
        // Two people of one name need two texts.
        let mut count = 1;
        while texts.contains(&text) {
            count += 1;
            text = format!("<at>{name} {count}</at>");
        }
        entities.push(json!({
            "type": "mention",
            "text": text,
            "mentioned": { "id": person.id, "name": name },
        }));
        texts.push(text);
    }
    (texts.join(", "), entities)
}

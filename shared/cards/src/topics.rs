//! The list of topics.

use crate::Message;
use crate::buttons::Press;
use crate::elements::{help_button, message, note, paragraph, row, short};
use crate::markdown::escape;
use crate::reader::Reader;
use crate::times::local;
use jiff::Timestamp;
use notifications::topic::DefaultSubscription;
use notifications::{Mute, Subscription, Topic, TopicPreference};
use serde_json::Value;

/// The most rows of one card: with more it would grow too large to send.
pub const ROWS: usize = 15;

/// A topic, and what was decided about it: by the reader, or in a channel or
/// chat for the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicRow<'a> {
    /// The topic.
    pub topic: &'a Topic,
    /// What was decided.
    pub preference: TopicPreference,
}

impl TopicRow<'_> {
    /// Whether notifications to the topic's subscribers arrive.
    fn follows(&self) -> bool {
        match self.preference.subscription {
            Some(Subscription::Subscribed) => true,
            Some(Subscription::Unsubscribed) => false,
            None => self.topic.default == DefaultSubscription::OptOut,
        }
    }

    /// Where it stands, in words.
    pub(crate) fn standing(&self, reader: &Reader, now: Timestamp) -> String {
        if self.preference.subscription == Some(Subscription::Unsubscribed) {
            return reader.say("left", "dejado").to_owned();
        }
        if self.preference.is_muted_at(now) {
            return match self.preference.mute {
                Some(Mute::Until(until)) => reader
                    .say("muted until {}", "en silencio hasta {}")
                    .replace("{}", &local(until)),
                _ => reader.say("muted", "en silencio").to_owned(),
            };
        }
        if self.follows() {
            reader.say("followed", "seguido").to_owned()
        } else {
            reader.say("not followed", "sin seguir").to_owned()
        }
    }

    /// The button that changes where it stands.
    pub(crate) fn button(&self, reader: &Reader, now: Timestamp) -> Value {
        let name = self.topic.name.clone();
        let left = self.preference.subscription == Some(Subscription::Unsubscribed);
        if !left && self.preference.is_muted_at(now) {
            let press = Press::Unmute {
                topic: name,
                notification: None,
            };
            return press.button(reader.say("Unmute", "Reactivar"));
        }
        if self.follows() {
            Press::Unsubscribe(name).button(reader.say("Unsubscribe", "Dejar de seguir"))
        } else {
            Press::Subscribe(name).button(reader.say("Subscribe", "Seguir"))
        }
    }
}

/// The topics, each with a button to follow or to leave it.
///
/// In a channel or chat the decisions are not shown, and each button follows
/// the topic for whoever presses it.
#[must_use]
pub fn card(reader: &Reader, rows: &[TopicRow<'_>], now: Timestamp) -> Message {
    let heading = reader.say("Topics", "Temas");
    let summary = reader
        .say("Topics you can follow", "Temas que puedes seguir")
        .to_owned();
    if rows.is_empty() {
        let under = vec![paragraph(reader.say(
            "There is no topic yet. One appears as soon as something is sent about it.",
            "Todavía no hay temas. Aparece uno en cuanto se envía algo sobre él.",
        ))];
        return message(heading, under, vec![help_button(reader)], summary);
    }
    let mut under = vec![paragraph(if reader.is_personal() {
        reader.say(
            "Choose what you want to hear about.",
            "Elige de qué quieres enterarte.",
        )
    } else {
        reader.say(
            "The buttons act for whoever presses them, in their own chat with Tidings.",
            "Los botones actúan para quien los pulsa, en su propio chat con Tidings.",
        )
    })];
    under.extend(rows.iter().take(ROWS).map(|one| {
        let topic = one.topic;
        let mut about = Vec::new();
        if topic.title.is_some() {
            about.push(escape(topic.name.as_str()));
        }
        // A channel's card is read by many: it says nothing of any of them.
        if reader.is_personal() {
            about.push(one.standing(reader, now));
        }
        let mut about = about.join(" · ");
        if let Some(description) = &topic.description {
            if !about.is_empty() {
                about.push_str("\n\n");
            }
            about.push_str(&escape(&short(description, 150)));
        }
        let title = escape(&short(topic.shown(), 80));
        let button = if reader.is_personal() {
            one.button(reader, now)
        } else {
            Press::Subscribe(topic.name.clone()).button(reader.say("Subscribe me", "Seguirlo yo"))
        };
        row(&title, &about, Some(button))
    }));
    if rows.len() > ROWS {
        under.push(note(
            &reader
                .say(
                    "And {} more. Write “subscribe” and the name of a topic to follow it.",
                    "Y {} más. Escribe «suscribir» y el nombre de un tema para seguirlo.",
                )
                .replace("{}", &(rows.len() - ROWS).to_string()),
        ));
    }
    message(heading, under, vec![help_button(reader)], summary)
}

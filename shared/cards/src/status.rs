//! What the reader, or the conversation, follows and has muted.

use crate::Message;
use crate::elements::{help_button, message, note, paragraph, row, short, topics_button};
use crate::markdown::escape;
use crate::reader::{Place, Reader};
use crate::topics::{ROWS, TopicRow};
use jiff::Timestamp;

/// Where the reader, or the conversation, stands.
#[derive(Clone, Copy, Debug)]
pub struct Status<'a> {
    /// The topics about which something was decided.
    pub topics: &'a [TopicRow<'a>],
    /// The name by which senders address this place.
    pub alias: Option<&'a str>,
}

/// Where the reader, or the conversation, stands.
#[must_use]
pub fn card(reader: &Reader, status: &Status<'_>, now: Timestamp) -> Message {
    let heading = match reader.place {
        Place::Personal => reader.say("Your notifications", "Tus notificaciones"),
        Place::Channel => reader.say(
            "Notifications of this channel",
            "Notificaciones de este canal",
        ),
        Place::Chat => reader.say("Notifications of this chat", "Notificaciones de este chat"),
    };
    let mut under = Vec::new();
    if status.topics.is_empty() {
        under.push(paragraph(reader.say(
            "No topic is followed and none is muted. What somebody sends directly still arrives.",
            "No se sigue ningún tema ni hay ninguno en silencio. Lo que alguien envíe \
             directamente sí llega.",
        )));
    }
    under.extend(status.topics.iter().take(ROWS).map(|one| {
        let title = escape(&short(one.topic.shown(), 80));
        // In a channel or chat a button would act for whoever presses it.
        let button = reader.is_personal().then(|| one.button(reader, now));
        row(&title, &one.standing(reader, now), button)
    }));
    if status.topics.len() > ROWS {
        let more = status.topics.len() - ROWS;
        under.push(note(
            &reader
                .say("And {} more.", "Y {} más.")
                .replace("{}", &more.to_string()),
        ));
    }
    if let Some(alias) = status.alias {
        under.push(note(
            &reader
                .say(
                    "Senders reach this place as alias:{}",
                    "Quien envía llega aquí con alias:{}",
                )
                .replace("{}", &escape(alias)),
        ));
    }
    let buttons = vec![topics_button(reader), help_button(reader)];
    message(heading, under, buttons, heading.to_owned())
}

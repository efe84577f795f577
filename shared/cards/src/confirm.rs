//! Saying that it is done, and how to undo it.

use crate::Message;
use crate::buttons::Press;
use crate::elements::{message, paragraph, short, status_button, topics_button};
use crate::markdown::escape;
use crate::reader::{Place, Reader};
use crate::times::{local, plain};
use notifications::{Mute, NotificationKey, Topic};
use serde_json::Value;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// The topic is followed now.
#[must_use]
pub fn subscribed(reader: &Reader, topic: &Topic) -> Message {
    let text = place(
        reader,
        [
            (
                "You will hear about {topic} here.",
                "Aquí te enterarás de {topic}.",
            ),
            (
                "This channel gets {topic} now.",
                "Este canal recibe ahora {topic}.",
            ),
            (
                "This chat gets {topic} now.",
                "Este chat recibe ahora {topic}.",
            ),
        ],
    );
    let undo =
        Press::Unsubscribe(topic.name.clone()).button(reader.say("Unsubscribe", "Dejar de seguir"));
    done(
        reader,
        reader.say("Following: {topic}", "Siguiendo: {topic}"),
        text,
        topic,
        undo,
    )
}

/// The topic is left.
#[must_use]
pub fn unsubscribed(reader: &Reader, topic: &Topic) -> Message {
    let text = place(
        reader,
        [
            (
                "You will not hear about {topic} any more.",
                "Ya no te llegará nada de {topic}.",
            ),
            (
                "This channel gets {topic} no more.",
                "Este canal ya no recibe {topic}.",
            ),
            (
                "This chat gets {topic} no more.",
                "Este chat ya no recibe {topic}.",
            ),
        ],
    );
    let undo = Press::Subscribe(topic.name.clone())
        .button(reader.say("Subscribe again", "Volver a seguir"));
    done(
        reader,
        reader.say("Left: {topic}", "Dejado: {topic}"),
        text,
        topic,
        undo,
    )
}

/// The topic is silent now.
#[must_use]
pub fn muted(reader: &Reader, topic: &Topic, mute: Mute) -> Message {
    let heading = reader.say("Muted: {topic}", "En silencio: {topic}");
    let mut text = match mute {
        Mute::Always => reader
            .say(
                "Nothing of it comes until you unmute it.",
                "No llegará nada hasta que lo reactives.",
            )
            .to_owned(),
        Mute::Until(until) => reader
            .say("Nothing of it comes until {}.", "No llegará nada hasta {}.")
            .replace("{}", &local(until)),
    };
    if topic.urgent_allowed {
        text.push(' ');
        text.push_str(reader.say(
            "Only what is urgent still comes.",
            "Solo lo urgente sigue llegando.",
        ));
    }
    let mut message = message(
        &named(heading, topic),
        vec![paragraph(&text)],
        mute_buttons(reader, topic, mute, None),
        named(heading, topic),
    );
    if let Mute::Until(until) = mute {
        message.summary = reader
            .say(
                "Muted until {until}: {topic}",
                "En silencio hasta {until}: {topic}",
            )
            .replace("{topic}", &short(topic.shown(), 80))
            .replace("{until}", &plain(until));
    }
    message
}

/// The buttons beside a mute: undo it, or make it shorter.
pub(crate) fn mute_buttons(
    reader: &Reader,
    topic: &Topic,
    mute: Mute,
    notification: Option<&NotificationKey>,
) -> Vec<Value> {
    let unmute = Press::Unmute {
        topic: topic.name.clone(),
        notification: notification.cloned(),
    };
    let mut buttons = vec![unmute.button(reader.say("Unmute", "Reactivar"))];
    if mute == Mute::Always {
        let only = |lasting| Press::Mute {
            topic: topic.name.clone(),
            lasting: Some(lasting),
            notification: notification.cloned(),
        };
        buttons.push(only(DAY).button(reader.say("Only for a day", "Solo un día")));
        buttons.push(only(WEEK).button(reader.say("Only for a week", "Solo una semana")));
    }
    buttons
}

/// The topic speaks again.
#[must_use]
pub fn unmuted(reader: &Reader, topic: &Topic) -> Message {
    let text = place(
        reader,
        [
            (
                "You will hear about {topic} again.",
                "Te volverá a llegar {topic}.",
            ),
            (
                "This channel gets {topic} again.",
                "Este canal vuelve a recibir {topic}.",
            ),
            (
                "This chat gets {topic} again.",
                "Este chat vuelve a recibir {topic}.",
            ),
        ],
    );
    let undo = Press::Mute {
        topic: topic.name.clone(),
        lasting: None,
        notification: None,
    }
    .button(reader.say("Mute", "Silenciar"));
    done(
        reader,
        reader.say(
            "No longer muted: {topic}",
            "Ya no está en silencio: {topic}",
        ),
        text,
        topic,
        undo,
    )
}

/// This place can be addressed by a name now.
#[must_use]
pub fn alias(reader: &Reader, name: &str) -> Message {
    let heading = reader
        .say("This is alias:{} now", "Esto es ahora alias:{}")
        .replace("{}", name);
    let text = reader
        .say(
            "Whoever sends to **alias:{}** reaches this conversation.",
            "Quien envíe a **alias:{}** llega a esta conversación.",
        )
        .replace("{}", &escape(name));
    message(
        &heading,
        vec![paragraph(&text)],
        Vec::new(),
        heading.clone(),
    )
}

fn place<'a>(reader: &Reader, texts: [(&'a str, &'a str); 3]) -> &'a str {
    let (en, es) = match reader.place {
        Place::Personal => texts[0],
        Place::Channel => texts[1],
        Place::Chat => texts[2],
    };
    match reader.language() {
        crate::Language::English => en,
        crate::Language::Spanish => es,
    }
}

fn named(text: &str, topic: &Topic) -> String {
    text.replace("{topic}", &short(topic.shown(), 80))
}

fn done(reader: &Reader, heading: &str, text: &str, topic: &Topic, undo: Value) -> Message {
    let heading = named(heading, topic);
    let title = format!("**{}**", escape(&short(topic.shown(), 80)));
    let text = text.replace("{topic}", &title);
    let mut buttons = Vec::new();
    // In a channel or chat a button acts for whoever presses it, and would
    // not undo what was done to the whole.
    if reader.is_personal() {
        buttons.extend([undo, status_button(reader)]);
    } else {
        buttons.push(topics_button(reader));
    }
    message(&heading, vec![paragraph(&text)], buttons, heading.clone())
}

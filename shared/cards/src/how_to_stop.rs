//! How to stop it: the end of every card that came unasked.

use crate::buttons::Press;
use crate::confirm::mute_buttons;
use crate::elements::{actions, note, short};
use crate::markdown::escape;
use crate::notification::Standing;
use crate::reader::Reader;
use crate::times;
use notifications::{Mute, NotificationKey, Topic};
use serde_json::Value;

/// The topic, and the buttons that mute it and say why the message came; or,
/// when the reader muted it just now, that they did, and how to undo it.
pub(crate) fn how_to_stop(
    reader: &Reader,
    key: &NotificationKey,
    topic: &Topic,
    standing: Standing,
) -> Vec<Value> {
    let title = short(topic.shown(), 60);
    let (text, buttons) = match standing {
        Standing::Hears => {
            let text = if reader.is_personal() {
                reader
                    .say("Topic: {topic}", "Tema: {topic}")
                    .replace("{topic}", &escape(&title))
            } else {
                reader
                    .say(
                        "Topic: {topic}. To stop it here, an owner writes: @Tidings mute {name}",
                        "Tema: {topic}. Para pararlo aquí, un propietario escribe: @Tidings \
                         silenciar {name}",
                    )
                    .replace("{topic}", &escape(&title))
                    .replace("{name}", &escape(topic.name.as_str()))
            };
            let mute = Press::Mute {
                topic: topic.name.clone(),
                lasting: None,
                notification: Some(key.clone()),
            };
            let button = if reader.is_personal() {
                reader.say("Mute {}", "Silenciar {}")
            } else {
                reader.say("Mute {} for me", "Silenciar {} para mí")
            };
            let button = button.replace("{}", &short(topic.shown(), 30));
            let why = Press::Why(key.clone())
                .button(reader.say("Why did I get this?", "¿Por qué me llega esto?"));
            (text, vec![mute.button(&button), why])
        }
        Standing::Muted(mute) => {
            let text = match mute {
                Mute::Always => reader
                    .say("You muted {topic}.", "Has silenciado {topic}.")
                    .to_owned(),
                Mute::Until(until) => reader
                    .say(
                        "You muted {topic} until {until}.",
                        "Has silenciado {topic} hasta {until}.",
                    )
                    .replace("{until}", &times::local(until)),
            };
            let text = text.replace("{topic}", &escape(&title));
            (text, mute_buttons(reader, topic, mute, Some(key)))
        }
    };
    let mut text = note(&text);
    text["separator"] = true.into();
    text["spacing"] = "Large".into();
    std::iter::once(text).chain(actions(buttons)).collect()
}

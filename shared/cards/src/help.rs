//! What the bot understands.

use crate::Message;
use crate::elements::{facts, message, note, paragraph, status_button, topics_button};
use crate::poll::PollPress;
use crate::reader::Reader;

/// The commands, each with an example.
#[must_use]
pub fn card(reader: &Reader) -> Message {
    let personal = [
        (
            "topics",
            "what there is to hear about",
            "temas",
            "de qué puedes enterarte",
        ),
        (
            "subscribe deploys",
            "follow a topic",
            "suscribir deploys",
            "seguir un tema",
        ),
        (
            "unsubscribe deploys",
            "leave it",
            "desuscribir deploys",
            "dejarlo",
        ),
        (
            "mute deploys for 2h",
            "silence for a while; without a time, until you unmute",
            "silenciar deploys por 2h",
            "silencio un rato; sin tiempo, hasta que lo reactives",
        ),
        (
            "unmute deploys",
            "hear it again",
            "reactivar deploys",
            "volver a oírlo",
        ),
        (
            "status",
            "what you follow and what is muted",
            "estado",
            "qué sigues y qué está en silencio",
        ),
        (
            "why",
            "why the last message came",
            "por qué",
            "por qué llegó el último mensaje",
        ),
        (
            "alias release-crew",
            "give this conversation a name that senders can use",
            "alias release-crew",
            "dar a esta conversación un nombre para quien envía",
        ),
        (
            "poll \"Lunch?\" Pizza | Sushi",
            "ask everybody in a channel or chat",
            "encuesta \"¿Comemos?\" Pizza | Sushi",
            "preguntar a todo el mundo en un canal o chat",
        ),
    ];
    let rows = personal.map(|(en, does_en, es, does_es)| {
        (
            reader.say(en, es).to_owned(),
            reader.say(does_en, does_es).to_owned(),
        )
    });
    let how = if reader.is_personal() {
        reader.say(
            "Write one of these here. “deploys” stands for any topic.",
            "Escribe aquí una de estas órdenes. «deploys» es un tema cualquiera.",
        )
    } else {
        reader.say(
            "Mention @Tidings and write one of these. “deploys” stands for any topic.",
            "Menciona a @Tidings y escribe una de estas órdenes. «deploys» es un tema cualquiera.",
        )
    };
    let mut under = vec![paragraph(how)];
    under.extend(facts(rows));
    if !reader.is_personal() {
        under.push(note(reader.say(
            "Here, subscribe, mute and alias are for the whole conversation and need an owner.",
            "Aquí, suscribir, silenciar y alias valen para toda la conversación y requieren ser \
             propietario.",
        )));
    }
    let mut buttons = vec![topics_button(reader), status_button(reader)];
    if !reader.is_personal() {
        // A poll is asked where it is written.
        let title = reader.say("Ask a poll", "Hacer una encuesta");
        buttons.push(PollPress::dialog_button(title));
    }
    message(
        reader.say("What you can write", "Lo que puedes escribir"),
        under,
        buttons,
        reader
            .say("What Tidings understands", "Lo que entiende Tidings")
            .to_owned(),
    )
}

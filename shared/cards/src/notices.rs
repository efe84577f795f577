//! When something cannot be done: what is the matter, and what to write.

use crate::Message;
use crate::elements::{help_button, message, paragraph, short, topics_button};
use crate::markdown::escape;
use crate::reader::Reader;
use notifications::commands::{Need, Verb};

/// What was written is no command.
#[must_use]
pub fn unknown_command(reader: &Reader, typed: &str, meant: Option<&str>) -> Message {
    let heading = reader.say("Sorry, I do not know that", "Perdón, eso no lo conozco");
    let typed = escape(&short(typed, 40));
    let text = match meant {
        Some(meant) => reader
            .say(
                "“{typed}” is no command. Did you mean **{meant}**?",
                "«{typed}» no es una orden. ¿Querías decir **{meant}**?",
            )
            .replace("{meant}", &escape(meant)),
        None => reader
            .say("“{typed}” is no command.", "«{typed}» no es una orden.")
            .to_owned(),
    };
    notice(reader, heading, &text.replace("{typed}", &typed))
}

/// A command lacks something.
#[must_use]
pub fn incomplete(reader: &Reader, verb: Verb, needs: Need) -> Message {
    let example = match (verb, needs) {
        (_, Need::AliasName) => reader.say("alias release-crew", "alias release-crew"),
        (Verb::Mute, _) => reader.say("mute deploys for 2h", "silenciar deploys por 2h"),
        (Verb::Unmute, _) => reader.say("unmute deploys", "reactivar deploys"),
        (Verb::Unsubscribe, _) => reader.say("unsubscribe deploys", "desuscribir deploys"),
        _ => reader.say("subscribe deploys", "suscribir deploys"),
    };
    let heading = match needs {
        Need::Topic => reader.say("Which topic?", "¿Qué tema?"),
        Need::Duration => reader.say("For how long?", "¿Por cuánto tiempo?"),
        Need::AliasName => reader.say("Which name?", "¿Qué nombre?"),
    };
    let text = match needs {
        Need::Topic => reader.say(
            "Write the name of one topic, like this: **{}**",
            "Escribe el nombre de un tema, así: **{}**",
        ),
        Need::Duration => reader.say(
            "Write a time such as 30m, 2h, 1d or 1w, like this: **{}**",
            "Escribe un tiempo como 30m, 2h, 1d o 1w, así: **{}**",
        ),
        Need::AliasName => reader.say(
            "Write a name of letters, digits, dots and hyphens, like this: **{}**",
            "Escribe un nombre con letras, cifras, puntos y guiones, así: **{}**",
        ),
    };
    notice(reader, heading, &text.replace("{}", example))
}

/// Nobody defined or used this topic.
#[must_use]
pub fn no_such_topic(reader: &Reader, name: &str, meant: Option<&str>) -> Message {
    let heading = reader.say("No such topic", "Ese tema no existe");
    let text = match meant {
        Some(meant) => reader
            .say(
                "There is no topic “{name}”. Did you mean **{meant}**?",
                "No hay ningún tema «{name}». ¿Querías decir **{meant}**?",
            )
            .replace("{meant}", &escape(meant)),
        None => reader
            .say(
                "There is no topic “{name}”.",
                "No hay ningún tema «{name}».",
            )
            .to_owned(),
    };
    notice(
        reader,
        heading,
        &text.replace("{name}", &escape(&short(name, 80))),
    )
}

/// Only an owner of the channel or chat, or a listed admin, may do that.
#[must_use]
pub fn owners_only(reader: &Reader) -> Message {
    notice(
        reader,
        reader.say("That needs an owner", "Para eso hace falta un propietario"),
        reader.say(
            "What concerns everybody here is decided by an owner of this team or chat. In your \
             chat with Tidings you decide for yourself.",
            "Lo que afecta a todo el mundo aquí lo decide un propietario del equipo o del chat. \
             En tu chat con Tidings decides tú.",
        ),
    )
}

/// The alias belongs to another place, whose owner alone may move it.
#[must_use]
pub fn alias_taken(reader: &Reader, name: &str) -> Message {
    notice(
        reader,
        reader.say("That name is taken", "Ese nombre ya está en uso"),
        &reader
            .say(
                "**alias:{}** leads somewhere else. Only its owner can move it.",
                "**alias:{}** lleva a otro sitio. Solo su propietario puede moverlo.",
            )
            .replace("{}", &escape(&short(name, 80))),
    )
}

/// A button of a message that is remembered no more.
#[must_use]
pub fn too_old(reader: &Reader) -> Message {
    notice(
        reader,
        reader.say(
            "That message is too old",
            "Ese mensaje es demasiado antiguo",
        ),
        reader.say(
            "Tidings no longer remembers it. Commands still work: write **status**.",
            "Tidings ya no lo recuerda. Las órdenes siguen funcionando: escribe **estado**.",
        ),
    )
}

/// A button of a test copy does nothing.
#[must_use]
pub fn test_copy(reader: &Reader) -> Message {
    notice(
        reader,
        reader.say("This is a test copy", "Esto es una copia de prueba"),
        reader.say(
            "Its buttons work once the message is sent. Nothing was done.",
            "Sus botones funcionan cuando se envíe el mensaje. No se ha hecho nada.",
        ),
    )
}

/// Something failed on our side.
#[must_use]
pub fn went_wrong(reader: &Reader) -> Message {
    notice(
        reader,
        reader.say("That did not work", "Eso no ha funcionado"),
        reader.say(
            "Something went wrong on our side, and nothing was changed. Please try again in a \
             minute.",
            "Algo ha fallado por nuestra parte y no se ha cambiado nada. Inténtalo de nuevo en \
             un minuto.",
        ),
    )
}

fn notice(reader: &Reader, heading: &str, text: &str) -> Message {
    let buttons = vec![help_button(reader), topics_button(reader)];
    message(heading, vec![paragraph(text)], buttons, heading.to_owned())
}

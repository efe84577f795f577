//! Where no poll can be started.

use crate::Message;
use crate::elements::{help_button, message, paragraph};
use crate::reader::Reader;

/// A poll needs others who can vote; here is one person and the bot. The
/// summary says all of it, for where there is room for a line.
#[must_use]
pub fn not_here(reader: &Reader) -> Message {
    let heading = reader.say("Whom do you want to ask?", "¿A quién quieres preguntar?");
    let text = reader.say(
        "A poll is asked where you write it. Write it in a channel or a group chat, and mention \
         @Tidings there.",
        "Una encuesta se hace donde la escribes. Escríbela en un canal o en un chat de grupo, y \
         menciona allí a @Tidings.",
    );
    let example = reader.say(
        "Like this: **@Tidings poll \"Lunch?\" Pizza | Sushi**",
        "Así: **@Tidings encuesta \"¿Comemos?\" Pizza | Sushi**",
    );
    let under = vec![paragraph(text), paragraph(example)];
    message(heading, under, vec![help_button(reader)], text.to_owned())
}

/// Whoever set Tidings up has not said where polls are handed on to.
#[must_use]
pub fn not_set_up(reader: &Reader) -> Message {
    let heading = reader.say("Polls are not set up here", "Aquí no hay encuestas");
    let text = reader.say(
        "Whoever runs Tidings here has not turned on polls from chat. Nothing was changed.",
        "Quien gestiona Tidings aquí no ha activado las encuestas desde el chat. No se ha \
         cambiado nada.",
    );
    let under = vec![paragraph(text)];
    message(heading, under, vec![help_button(reader)], text.to_owned())
}

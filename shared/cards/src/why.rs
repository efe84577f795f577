//! Why a notification came.

use crate::Message;
use crate::buttons::Press;
use crate::elements::{facts, message, paragraph, short, status_button};
use crate::markdown::escape;
use crate::reader::Reader;
use crate::times::local;
use jiff::Timestamp;
use notifications::Topic;

/// Through which address a notification came to its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The sender named them, or this channel or chat.
    Named,
    /// They are a member of this team.
    Member {
        /// The team's name.
        team: Option<&'a str>,
    },
    /// They follow the topic.
    Subscribed,
    /// The topic goes to everyone until they leave it.
    SubscribedByDefault,
    /// It went to everyone who has the app.
    Everyone,
    /// The sender used this alias.
    Alias(&'a str),
}

/// Why a notification came.
#[derive(Clone, Copy, Debug)]
pub struct Why<'a> {
    /// What it said.
    pub what: &'a str,
    /// Its topic.
    pub topic: &'a Topic,
    /// Through which address.
    pub reason: Reason<'a>,
    /// Who sent it, as the source says.
    pub source: &'a str,
    /// When it was sent.
    pub sent: Option<Timestamp>,
}

/// Says why a notification came.
#[must_use]
pub fn card(reader: &Reader, why: &Why<'_>) -> Message {
    let topic = format!("**{}**", escape(&short(why.topic.shown(), 80)));
    let because = match why.reason {
        Reason::Named if reader.is_personal() => reader
            .say(
                "Its sender addressed you by name.",
                "Quien lo envió se dirigió a ti.",
            )
            .to_owned(),
        Reason::Named => reader
            .say(
                "Its sender addressed this conversation.",
                "Quien lo envió se dirigió a esta conversación.",
            )
            .to_owned(),
        Reason::Member { team: Some(team) } => reader
            .say(
                "It went to each member of the team {}.",
                "Se envió a cada miembro del equipo {}.",
            )
            .replace("{}", &escape(team)),
        Reason::Member { team: None } => reader
            .say(
                "It went to each member of a team of yours.",
                "Se envió a cada miembro de un equipo tuyo.",
            )
            .to_owned(),
        Reason::Subscribed if reader.is_personal() => reader
            .say("You follow {}.", "Sigues {}.")
            .replace("{}", &topic),
        Reason::Subscribed => reader
            .say(
                "This conversation follows {}.",
                "Esta conversación sigue {}.",
            )
            .replace("{}", &topic),
        Reason::SubscribedByDefault => reader
            .say(
                "{} goes to everyone who has not left it.",
                "{} llega a todo el mundo que no lo haya dejado.",
            )
            .replace("{}", &topic),
        Reason::Everyone => reader
            .say(
                "It went to everyone who has Tidings.",
                "Se envió a todas las personas que tienen Tidings.",
            )
            .to_owned(),
        Reason::Alias(name) => reader
            .say(
                "It was sent to alias:{}, which leads here.",
                "Se envió a alias:{}, que lleva aquí.",
            )
            .replace("{}", &escape(name)),
    };
    let mut rows = vec![
        (
            reader.say("Message", "Mensaje").to_owned(),
            escape(&short(why.what, 200)),
        ),
        (
            reader.say("Topic", "Tema").to_owned(),
            escape(why.topic.name.as_str()),
        ),
        (
            reader.say("Sent by", "Lo envió").to_owned(),
            escape(&short(why.source, 200)),
        ),
    ];
    if let Some(sent) = why.sent {
        rows.push((reader.say("When", "Cuándo").to_owned(), local(sent)));
    }
    let mut under = vec![paragraph(&because)];
    under.extend(facts(rows));
    let mute = Press::Mute {
        topic: why.topic.name.clone(),
        lasting: None,
        notification: None,
    };
    let title = reader
        .say("Mute {}", "Silenciar {}")
        .replace("{}", &short(why.topic.shown(), 30));
    let heading = reader.say("Why you got this", "Por qué te ha llegado esto");
    message(
        heading,
        under,
        vec![mute.button(&title), status_button(reader)],
        heading.to_owned(),
    )
}

/// Says that nothing was sent that could be asked about.
#[must_use]
pub fn nothing(reader: &Reader) -> Message {
    let heading = reader.say("Nothing to explain yet", "Todavía no hay nada que explicar");
    let text = reader.say(
        "No notification was sent here lately.",
        "Últimamente no se ha enviado aquí ninguna notificación.",
    );
    message(
        heading,
        vec![paragraph(text)],
        vec![status_button(reader)],
        heading.to_owned(),
    )
}

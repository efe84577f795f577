//! The first message: why it comes, what Tidings offers, what to do next.

use crate::Message;
use crate::elements::{help_button, message, paragraph, stand_out, status_button, topics_button};
use crate::markdown::escape;
use crate::reader::{Place, Reader};

/// Who brought Tidings to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed<'a> {
    /// They did.
    Themselves,
    /// Somebody else did.
    By(&'a str),
    /// Nobody can tell: mostly a policy of the organisation.
    Unknown,
}

/// What the welcome of a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonalWelcome<'a> {
    /// What they are called.
    pub name: Option<&'a str>,
    /// Who installed it.
    pub installed: Installed<'a>,
}

/// What the welcome of a team or chat says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedWelcome<'a> {
    /// What the team or chat is called.
    pub name: Option<&'a str>,
    /// Who installed it.
    pub installed_by: Option<&'a str>,
}

/// Welcomes a person in their chat with the bot.
#[must_use]
pub fn personal(reader: &Reader, welcome: &PersonalWelcome<'_>) -> Message {
    let heading = match welcome.name {
        Some(name) => reader
            .say(
                "Hello {}, welcome to Tidings",
                "Hola, {}: te damos la bienvenida a Tidings",
            )
            .replace("{}", name),
        None => reader
            .say("Welcome to Tidings", "Te damos la bienvenida a Tidings")
            .to_owned(),
    };
    let why = match welcome.installed {
        Installed::Themselves => reader
            .say(
                "You get this because you installed Tidings in Teams.",
                "Recibes esto porque has instalado Tidings en Teams.",
            )
            .to_owned(),
        Installed::By(who) => reader
            .say(
                "You get this because {} installed Tidings for you.",
                "Recibes esto porque {} ha instalado Tidings para ti.",
            )
            .replace("{}", &escape(who)),
        Installed::Unknown => reader
            .say(
                "You get this because your organisation installed Tidings for you.",
                "Recibes esto porque tu organización ha instalado Tidings para ti.",
            )
            .to_owned(),
    };
    let under = vec![
        paragraph(&why),
        paragraph(reader.say(
            "Tidings tells you here, in this chat, what your systems on AWS and the people who \
             run them want you to know: alarms, deployments, news.",
            "Tidings te cuenta aquí, en este chat, lo que tus sistemas en AWS y quienes los \
             mantienen quieren que sepas: alarmas, despliegues, novedades.",
        )),
        paragraph(reader.say(
            "- Follow the **topics** that matter to you.\n\
             - **Mute** one for an hour or for good, with the button on every message.\n\
             - Ask **why** you got a message. It always has an answer.",
            "- Sigue los **temas** que te importan.\n\
             - **Silencia** uno por una hora o para siempre, con el botón de cada mensaje.\n\
             - Pregunta **por qué** te llegó un mensaje. Siempre hay respuesta.",
        )),
        paragraph(reader.say("Begin with the topics:", "Empieza por los temas:")),
    ];
    let mut topics = topics_button(reader);
    stand_out(&mut topics);
    let buttons = vec![topics, status_button(reader), help_button(reader)];
    let summary = reader
        .say(
            "Welcome to Tidings: choose what you want to hear about",
            "Te damos la bienvenida a Tidings: elige de qué quieres enterarte",
        )
        .to_owned();
    message(&heading, under, buttons, summary)
}

/// Welcomes a team (in the channel picked) or a group chat.
#[must_use]
pub fn shared(reader: &Reader, welcome: &SharedWelcome<'_>) -> Message {
    let here = match reader.place {
        Place::Chat => reader.say("this chat", "este chat"),
        _ => reader.say("this channel", "este canal"),
    };
    let heading = match welcome.name {
        Some(name) => reader
            .say("Tidings has joined {}", "Tidings se ha unido a {}")
            .replace("{}", name),
        None => reader
            .say("Tidings has joined you", "Tidings se ha unido")
            .to_owned(),
    };
    let whole = match reader.place {
        Place::Chat => reader.say("this chat", "este chat"),
        _ => reader.say("this team", "este equipo"),
    };
    let why = match welcome.installed_by {
        Some(who) => reader
            .say(
                "You see this because {who} added Tidings to {whole}.",
                "Ves esto porque {who} ha añadido Tidings a {whole}.",
            )
            .replace("{who}", &escape(who)),
        None => reader
            .say(
                "You see this because somebody added Tidings to {whole}.",
                "Ves esto porque alguien ha añadido Tidings a {whole}.",
            )
            .to_owned(),
    };
    let under = vec![
        paragraph(&why.replace("{whole}", whole)),
        paragraph(&reader.say(
            "From now on {here} can get news of your systems on AWS: alarms, deployments and \
             whatever else is sent to it. Nobody is written to personally.",
            "Desde ahora {here} puede recibir noticias de tus sistemas en AWS: alarmas, \
             despliegues y todo lo que se le envíe. A nadie se le escribe en privado.",
        ).replace("{here}", here)),
        paragraph(&reader.say(
            "- An owner chooses what comes: **@Tidings subscribe deploys**\n\
             - and what stays silent: **@Tidings mute deploys for 2h**\n\
             - To hear personally about a topic, follow it with the button below.",
            "- Un propietario elige qué llega: **@Tidings suscribir deploys**\n\
             - y qué se calla: **@Tidings silenciar deploys por 2h**\n\
             - Para enterarte tú de un tema, síguelo con el botón de abajo.",
        ).replace("{here}", here)),
    ];
    let mut topics = topics_button(reader);
    stand_out(&mut topics);
    let buttons = vec![topics, help_button(reader)];
    let summary = reader
        .say(
            "Tidings is here: choose what {here} gets",
            "Tidings ya está aquí: elegid qué recibe {here}",
        )
        .replace("{here}", here);
    message(&heading, under, buttons, summary)
}

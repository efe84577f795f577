//! A question about a broadcast after it was answered.

use crate::Message;
use crate::acted::Who;
use crate::acted::instead_of_buttons;
use crate::elements::short;
use crate::markdown::escape;
use crate::reader::Reader;

/// What became of a question about a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided<'a> {
    /// It is sent.
    Approved(Who<'a>),
    /// It is not.
    Declined(Who<'a>),
    /// The rest is sent.
    RestSent(Who<'a>),
    /// The rest is not.
    Stopped(Who<'a>),
    /// Whoever asked for it pressed *Approve*.
    OwnRequest,
    /// The reader may not decide it any more.
    NotYours,
    /// Nobody decided in time.
    Lapsed,
    /// It was cancelled, or is settled in another way.
    Over,
}

/// The question's card, with what became of it where its buttons were.
#[must_use]
pub fn decided(reader: &Reader, question: Message, decided: Decided<'_>) -> Message {
    instead_of_buttons(question, &outcome(reader, decided))
}

/// What became of a question, in a line of Markdown.
pub(crate) fn outcome(reader: &Reader, decided: Decided<'_>) -> String {
    let (yourself, named, somebody) = match decided {
        Decided::Approved(_) => (
            reader.say(
                "✔ You approved it. It is on its way.",
                "✔ Lo has aprobado. Ya está en camino.",
            ),
            reader.say(
                "✔ {who} approved it. It is on its way.",
                "✔ {who} lo ha aprobado. Ya está en camino.",
            ),
            reader.say(
                "✔ Somebody approved it. It is on its way.",
                "✔ Alguien lo ha aprobado. Ya está en camino.",
            ),
        ),
        Decided::Declined(_) => (
            reader.say(
                "✖ You declined it. Nobody gets it.",
                "✖ Lo has rechazado. No le llega a nadie.",
            ),
            reader.say(
                "✖ {who} declined it. Nobody gets it.",
                "✖ {who} lo ha rechazado. No le llega a nadie.",
            ),
            reader.say(
                "✖ Somebody declined it. Nobody gets it.",
                "✖ Alguien lo ha rechazado. No le llega a nadie.",
            ),
        ),
        Decided::RestSent(_) => (
            reader.say(
                "✔ You had the rest sent. It is on its way.",
                "✔ Has mandado enviar el resto. Ya está en camino.",
            ),
            reader.say(
                "✔ {who} had the rest sent. It is on its way.",
                "✔ {who} ha mandado enviar el resto. Ya está en camino.",
            ),
            reader.say(
                "✔ Somebody had the rest sent. It is on its way.",
                "✔ Alguien ha mandado enviar el resto. Ya está en camino.",
            ),
        ),
        Decided::Stopped(_) => (
            reader.say(
                "✖ You stopped it. The rest do not get it.",
                "✖ Lo has parado. Al resto no le llega.",
            ),
            reader.say(
                "✖ {who} stopped it. The rest do not get it.",
                "✖ {who} lo ha parado. Al resto no le llega.",
            ),
            reader.say(
                "✖ Somebody stopped it. The rest do not get it.",
                "✖ Alguien lo ha parado. Al resto no le llega.",
            ),
        ),
        Decided::OwnRequest => same(reader.say(
            "You asked for this one yourself, so somebody else has to approve it. Nothing was changed.",
            "Este lo has pedido tú, así que tiene que aprobarlo otra persona. No se ha cambiado nada.",
        )),
        Decided::NotYours => same(reader.say(
            "Only the topic's owners and the admins decide this. Nothing was changed.",
            "Esto solo lo deciden los propietarios del tema y los administradores. No se ha cambiado nada.",
        )),
        Decided::Lapsed => same(reader.say(
            "Nobody decided in time, so it is not sent.",
            "Nadie decidió a tiempo, así que no se envía.",
        )),
        Decided::Over => same(reader.say(
            "There is nothing left to decide: it was cancelled, or is settled already.",
            "Ya no hay nada que decidir: se canceló, o ya está resuelto.",
        )),
    };
    match decided {
        Decided::Approved(Who::Named(who))
        | Decided::Declined(Who::Named(who))
        | Decided::RestSent(Who::Named(who))
        | Decided::Stopped(Who::Named(who)) => named.replace("{who}", &escape(&short(who, 80))),
        Decided::Approved(Who::Somebody)
        | Decided::Declined(Who::Somebody)
        | Decided::RestSent(Who::Somebody)
        | Decided::Stopped(Who::Somebody) => somebody.to_owned(),
        _ => yourself.to_owned(),
    }
}

fn same(text: &str) -> (&str, &str, &str) {
    (text, text, text)
}

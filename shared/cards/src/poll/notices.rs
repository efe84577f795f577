//! What became of a press or a command, and why something was not done.

use super::PollPress;
use crate::Message;
use crate::elements::{help_button, message, paragraph, short};
use crate::how_to_stop::how_to_stop;
use crate::markdown::escape;
use crate::notification::Standing;
use crate::reader::Reader;
use crate::times::local;
use jiff::Timestamp;
use notifications::{NotificationKey, Topic};
use polls::{OccurrenceId, Refusal};

/// Why nothing was changed, in kind words; and the way back to the poll, when
/// there is one.
#[must_use]
pub fn refused(reader: &Reader, why: &Refusal, poll: Option<&OccurrenceId>) -> Message {
    let (heading, text) = words(reader, why);
    let mut buttons = Vec::new();
    let back = !matches!(why, Refusal::NoSuchPoll | Refusal::NotForYou);
    if let Some(on) = poll.filter(|_| back) {
        let title = reader.say("Back to the poll", "Volver a la encuesta");
        buttons.push(PollPress::Refresh(on.clone()).button(title));
    }
    buttons.push(help_button(reader));
    message(heading, vec![paragraph(text)], buttons, heading.to_owned())
}

fn words<'a>(reader: &Reader, why: &Refusal) -> (&'a str, &'a str) {
    let say = |en: (&'a str, &'a str), es: (&'a str, &'a str)| match reader.language() {
        crate::Language::English => en,
        crate::Language::Spanish => es,
    };
    match why {
        Refusal::NoSuchPoll => say(
            (
                "That poll is gone",
                "It was deleted, or it never was. Nothing was changed.",
            ),
            (
                "Esa encuesta ya no está",
                "Se ha eliminado, o nunca existió. No se ha cambiado nada.",
            ),
        ),
        Refusal::Closed => say(
            (
                "That poll is closed",
                "It takes no more votes, so yours was not counted. Thank you for wanting to vote.",
            ),
            (
                "Esa encuesta está cerrada",
                "Ya no admite votos, así que el tuyo no se ha contado. Gracias por querer votar.",
            ),
        ),
        Refusal::NotForYou => say(
            (
                "This poll is for others",
                "You are not among those who were asked, so nothing was counted.",
            ),
            (
                "Esta encuesta es para otras personas",
                "No estás entre quienes se ha preguntado, así que no se ha contado nada.",
            ),
        ),
        Refusal::MayNotChange => say(
            (
                "You have voted already",
                "In this poll a vote cannot be changed. Yours counts as it was.",
            ),
            (
                "Ya has votado",
                "En esta encuesta el voto no se puede cambiar. El tuyo cuenta como estaba.",
            ),
        ),
        Refusal::Answers(_) => say(
            (
                "Your vote does not count yet",
                "Something is missing in it or does not fit. Please look at it once more.",
            ),
            (
                "Tu voto aún no cuenta",
                "Le falta algo o algo no encaja. Míralo otra vez.",
            ),
        ),
        Refusal::MayNotAdd => say(
            (
                "No choices can be added",
                "This poll takes the choices that it has.",
            ),
            (
                "No se pueden añadir opciones",
                "Esta encuesta se queda con las opciones que tiene.",
            ),
        ),
        Refusal::AddedNothing => say(
            ("Nothing was added", "Please write what you want to add."),
            ("No se ha añadido nada", "Escribe lo que quieras añadir."),
        ),
        Refusal::AddedTooLong => say(
            ("That is too long", "A choice has room for 60 characters."),
            ("Es demasiado largo", "En una opción caben 60 caracteres."),
        ),
        Refusal::ChoiceExists => say(
            ("That choice is there already", "You can vote for it."),
            ("Esa opción ya está", "Puedes votarla."),
        ),
        Refusal::TooManyChoices => say(
            (
                "There is no room for more",
                "A question has room for 20 choices, and it has them.",
            ),
            (
                "No caben más",
                "En una pregunta caben 20 opciones, y ya las tiene.",
            ),
        ),
        Refusal::NotAnOwner => say(
            (
                "That is for its owner",
                "Only whoever asked, and those they named, can do that. Nothing was changed.",
            ),
            (
                "Eso es cosa de quien pregunta",
                "Solo puede hacerlo quien preguntó y a quien haya nombrado. No se ha cambiado \
                 nada.",
            ),
        ),
        Refusal::NoResultsYet => say(
            (
                "The results are not shown yet",
                "Whoever asked chose when, and to whom, they are shown.",
            ),
            (
                "Los resultados aún no se muestran",
                "Quien pregunta ha elegido cuándo, y a quién, se muestran.",
            ),
        ),
        Refusal::AnonymousStaysClosed => say(
            (
                "An anonymous poll stays closed",
                "What joined voters and votes was destroyed when it closed, so nobody could vote \
                 just once. You can ask it again.",
            ),
            (
                "Una encuesta anónima sigue cerrada",
                "Lo que unía votantes y votos se destruyó al cerrarla, así que nadie podría votar \
                 una sola vez. Puedes volver a preguntar.",
            ),
        ),
        Refusal::StillOpen => say(
            ("That poll is open", "There is nothing to reopen."),
            ("Esa encuesta está abierta", "No hay nada que reabrir."),
        ),
        Refusal::NotLater => say(
            (
                "That is not later",
                "The new time has to lie after the one at which it closes now, and at most 30 days after \
                 it was asked.",
            ),
            (
                "Eso no es más tarde",
                "La nueva hora tiene que ser posterior a la del cierre actual y, como máximo, 30 días \
                 después de preguntar.",
            ),
        ),
        Refusal::NoClosingTime => say(
            (
                "It has no closing time",
                "This poll is open until you close it. There is nothing to extend.",
            ),
            (
                "No tiene hora de cierre",
                "Esta encuesta está abierta hasta que la cierres. No hay nada que alargar.",
            ),
        ),
    }
}

/// What an owner did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is being closed.
    Closing,
    /// It takes votes again, or longer.
    Open {
        /// Until then; absent, until it is closed by hand.
        closes: Option<Timestamp>,
    },
    /// It is being deleted.
    Deleting,
    /// The same is asked again.
    AskedAgain,
}

/// A command of an owner was taken.
#[must_use]
pub fn done(reader: &Reader, title: &str, done: Done, poll: &OccurrenceId) -> Message {
    let heading = match done {
        Done::Closing => reader.say("The poll is closing", "La encuesta se está cerrando"),
        Done::Open { .. } => reader.say("The poll is open", "La encuesta está abierta"),
        Done::Deleting => reader.say(
            "The poll is being deleted",
            "La encuesta se está eliminando",
        ),
        Done::AskedAgain => reader.say("It is asked again", "Se vuelve a preguntar"),
    };
    let text = match done {
        Done::Closing => reader
            .say(
                "Votes are not taken any more. The result comes in a moment.",
                "Ya no se admiten votos. El resultado llega en un momento.",
            )
            .to_owned(),
        Done::Open { closes: None } => reader
            .say("Until you close it.", "Hasta que la cierres.")
            .to_owned(),
        Done::Open {
            closes: Some(closes),
        } => reader
            .say("Until {}.", "Hasta {}.")
            .replace("{}", &local(closes)),
        Done::Deleting => reader
            .say(
                "Its votes and results go with it. Whoever still presses a button of it is told so.",
                "Sus votos y resultados se van con ella. A quien aún pulse un botón suyo se le \
                 dirá.",
            )
            .to_owned(),
        Done::AskedAgain => reader
            .say(
                "The same people get it as a new poll in a moment.",
                "Las mismas personas la reciben como encuesta nueva en un momento.",
            )
            .to_owned(),
    };
    let title = escape(&short(title, 200));
    let mut buttons = Vec::new();
    if !matches!(done, Done::Deleting) {
        let title = reader.say("Your poll", "Tu encuesta");
        buttons.push(PollPress::Manage(poll.clone()).button(title));
    }
    let under = vec![paragraph(&format!("**{title}**")), paragraph(&text)];
    message(heading, under, buttons, heading.to_owned())
}

/// Asks whether a poll is really to be deleted.
#[must_use]
pub fn confirm_delete(reader: &Reader, title: &str, poll: &OccurrenceId) -> Message {
    let heading = reader.say("Delete this poll?", "¿Eliminar esta encuesta?");
    let under = vec![
        paragraph(&format!("**{}**", escape(&short(title, 200)))),
        paragraph(reader.say(
            "Its votes and its results are removed for good.",
            "Sus votos y sus resultados se borran para siempre.",
        )),
    ];
    let mut delete =
        PollPress::Delete(poll.clone()).button(reader.say("Delete for good", "Eliminar"));
    delete["style"] = "destructive".into();
    let keep = PollPress::Manage(poll.clone()).button(reader.say("Keep it", "Conservarla"));
    message(heading, under, vec![delete, keep], heading.to_owned())
}

/// In place of a poll that was deleted, wherever it was sent. Of the poll
/// there is only what its notification said.
#[must_use]
pub fn deleted(
    reader: &Reader,
    title: &str,
    key: &NotificationKey,
    topic: &Topic,
    standing: Standing,
) -> Message {
    let text = reader.say(
        "This poll was deleted by whoever asked it.",
        "Quien hizo esta encuesta la ha eliminado.",
    );
    let heading = short(title, 200);
    let summary = reader
        .say("Deleted: {}", "Eliminada: {}")
        .replace("{}", &heading);
    let mut under = vec![paragraph(text)];
    under.extend(how_to_stop(reader, key, topic, standing));
    message(&heading, under, Vec::new(), summary)
}

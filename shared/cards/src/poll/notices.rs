//! What became of a press or a command, and why something was not done.

use super::{PollCard, PollPress};
use crate::Message;
use crate::elements::{actions, facts, help_button, message, note, paragraph, short, stand_out};
use crate::how_to_stop::how_to_stop;
use crate::markdown::{escape, undeceptive};
use crate::notification::Standing;
use crate::reader::Reader;
use crate::times::local;
use jiff::Timestamp;
use notifications::{ContractErrors, NotificationKey, Problem, Topic};
use polls::choices::LONGEST_ADDED;
use polls::{NotAQuickPoll, OccurrenceId, Question, Refusal};
use serde_json::{Value, json};

/// The most problems of a definition that a card names.
const PROBLEMS: usize = 10;

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
                "The new time has to lie after the one at which it closes now.",
            ),
            (
                "Eso no es más tarde",
                "La nueva hora tiene que ser posterior a la del cierre actual.",
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

/// Somebody's poll was taken and will be asked.
#[must_use]
pub fn created(reader: &Reader, poll: &polls::Definition, opens: Option<Timestamp>) -> Message {
    let heading = reader.say("Your poll is on its way", "Tu encuesta está en camino");
    let texts = polls::Texts::of(poll, reader.locale.as_ref());
    let opens = match opens {
        Some(opens) => local(opens),
        None => reader.say("at once", "enseguida").to_owned(),
    };
    let votes = if poll.anonymous {
        reader.say("anonymous", "anónimos")
    } else {
        reader.say("with names", "con nombre")
    };
    let mut pairs = vec![
        (reader.say("Asked", "Se pregunta").to_owned(), opens),
        (reader.say("Votes", "Votos").to_owned(), votes.to_owned()),
    ];
    if let Some(id) = &poll.id {
        pairs.push((
            reader.say("Poll", "Encuesta").to_owned(),
            id.as_str().to_owned(),
        ));
    }
    let mut under = vec![paragraph(&format!(
        "**{}**",
        escape(&short(texts.title(), 200))
    ))];
    under.extend(facts(pairs));
    under.push(note(reader.say(
        "You get the result when it is closed, and can close it with the button *Manage* on it.",
        "Cuando se cierre recibes el resultado, y puedes cerrarla con el botón *Gestionar* que \
         lleva.",
    )));
    message(heading, under, Vec::new(), heading.to_owned())
}

/// A line of chat is no poll.
#[must_use]
pub fn not_a_quick_poll(reader: &Reader, why: &NotAQuickPoll) -> Message {
    let heading = match why {
        NotAQuickPoll::Empty => reader.say("What do you want to ask?", "¿Qué quieres preguntar?"),
        NotAQuickPoll::NoQuestion => reader.say("Which question?", "¿Qué pregunta?"),
        NotAQuickPoll::OpenQuote => {
            reader.say("Where does the question end?", "¿Dónde acaba la pregunta?")
        }
        NotAQuickPoll::FewChoices { .. } => reader.say("Which choices?", "¿Qué opciones?"),
        NotAQuickPoll::ManyChoices { .. } => reader.say("Too many choices", "Demasiadas opciones"),
        NotAQuickPoll::SameChoice { .. } => reader.say("One choice twice", "Una opción dos veces"),
    };
    let text = match why {
        NotAQuickPoll::Empty => reader
            .say(
                "Write the question and the choices in one line, or use the form.",
                "Escribe la pregunta y las opciones en una línea, o usa el formulario.",
            )
            .to_owned(),
        NotAQuickPoll::NoQuestion => reader
            .say(
                "Put the question in quotation marks before the choices.",
                "Pon la pregunta entre comillas delante de las opciones.",
            )
            .to_owned(),
        NotAQuickPoll::OpenQuote => reader
            .say(
                "A quotation mark is missing behind the question.",
                "Faltan las comillas detrás de la pregunta.",
            )
            .to_owned(),
        NotAQuickPoll::FewChoices { question, .. } => reader
            .say(
                "“{}” needs two choices or more, with | between them.",
                "«{}» necesita dos opciones o más, con | entre ellas.",
            )
            .replace("{}", &escape(&short(question, 100))),
        NotAQuickPoll::ManyChoices { found } => reader
            .say(
                "There are {}, and a question has room for 20.",
                "Son {}, y en una pregunta caben 20.",
            )
            .replace("{}", &found.to_string()),
        NotAQuickPoll::SameChoice { choice } => reader
            .say("“{}” stands there twice.", "«{}» está dos veces.")
            .replace("{}", &escape(&short(choice, 100))),
    };
    let example = reader.say(
        "Like this: **poll \"Lunch?\" Pizza | Sushi**",
        "Así: **encuesta \"¿Comemos?\" Pizza | Sushi**",
    );
    let mut form = PollPress::dialog_button(reader.say("Use the form", "Usar el formulario"));
    stand_out(&mut form);
    let under = vec![paragraph(&text), paragraph(example)];
    message(
        heading,
        under,
        vec![form, help_button(reader)],
        heading.to_owned(),
    )
}

/// A definition breaks the contract: each place, and what is expected there.
#[must_use]
pub fn wrong_definition(reader: &Reader, errors: &ContractErrors) -> Message {
    let heading = reader.say(
        "That poll cannot be asked",
        "Esa encuesta no se puede hacer",
    );
    let mut form = PollPress::dialog_button(reader.say("Use the form", "Usar el formulario"));
    stand_out(&mut form);
    let buttons = vec![form, help_button(reader)];
    message(
        heading,
        problems(reader, errors),
        buttons,
        heading.to_owned(),
    )
}

/// What is wrong with a definition, in words for what people write in chat
/// and in the form. What else there may be is said as senders get it
/// everywhere, in English.
pub(super) fn problems(reader: &Reader, errors: &ContractErrors) -> Vec<Value> {
    let mut said: Vec<&str> = Vec::new();
    let mut rest = Vec::new();
    for problem in errors.problems() {
        let path = problem.path.as_str();
        let words = match path {
            "title" | "questions[0].text" => reader.say(
                "Write a question of at most 300 characters, in one line.",
                "Escribe una pregunta de 300 caracteres como máximo, en una línea.",
            ),
            "questions" => reader.say(
                "That is too much for a card: fewer or shorter choices.",
                "Es demasiado para una tarjeta: menos opciones o más cortas.",
            ),
            _ if path.starts_with("questions[0].choices") => reader.say(
                "Give 2 to 20 different choices of at most 100 characters.",
                "Da de 2 a 20 opciones distintas de 100 caracteres como máximo.",
            ),
            _ => {
                let Problem {
                    found, expected, ..
                } = problem;
                let text = format!("found {found}, expected {expected}");
                rest.push((escape(&short(path, 60)), escape(&short(&text, 300))));
                continue;
            }
        };
        if !said.contains(&words) {
            said.push(words);
        }
    }
    let mut elements: Vec<Value> = said
        .into_iter()
        .map(|words| {
            let mut text = paragraph(words);
            text["color"] = "Attention".into();
            text
        })
        .collect();
    let more = rest.len().saturating_sub(PROBLEMS);
    rest.truncate(PROBLEMS);
    elements.extend(facts(rest));
    if more > 0 {
        let text = reader.say("… and {n} more", "… y {n} más");
        elements.push(note(&text.replace("{n}", &more.to_string())));
    }
    elements
}

/// The id of the input for a new choice of a question.
fn input(question: &Question) -> String {
    format!("add.{}", question.id)
}

/// What somebody wrote to add, by the question's id: from the data of a
/// [`PollPress::Add`]. What was left empty is not in it.
#[must_use]
pub fn added<'a>(card: &PollCard<'a>, data: &Value) -> Vec<(&'a str, String)> {
    let questions = card.definition.questions.iter();
    questions
        .filter_map(|question| {
            let text = data.get(input(question))?.as_str()?.trim();
            (!text.is_empty()).then(|| (question.id.as_str(), text.to_owned()))
        })
        .collect()
}

/// Where a voter adds choices.
#[must_use]
pub fn adding(reader: &Reader, card: &PollCard<'_>) -> Message {
    let texts = card.texts(reader);
    let word = reader.say("Add a choice", "Añadir una opción");
    let mut body = card.head(reader, word);
    let growing = card.definition.questions.iter().filter(|question| {
        matches!(
            question.kind,
            polls::Kind::Single { .. } | polls::Kind::Multiple { .. }
        )
    });
    for question in growing {
        body.push(json!({
            "type": "Input.Text",
            "id": input(question),
            "label": undeceptive(texts.question(question)),
            "maxLength": LONGEST_ADDED,
        }));
    }
    body.push(note(reader.say(
        "Everybody who is asked can see it and vote for it. Your name does not stand beside it.",
        "Todo el mundo a quien se pregunta puede verla y votarla. Tu nombre no aparece al lado.",
    )));
    let on = || card.occurrence.clone();
    let mut add = PollPress::Add(on()).button(reader.say("Add", "Añadir"));
    stand_out(&mut add);
    let back = reader.say("Back to the poll", "Volver a la encuesta");
    let back = PollPress::Refresh(on()).button_beside_inputs(back);
    body.extend(actions(vec![add, back]));
    let summary = card.summary(reader, word);
    card.whole(reader, body, &summary)
}

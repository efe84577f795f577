//! A new poll, from chat or from the form: what was understood of it.

use super::PollPress;
use crate::Message;
use crate::elements::{facts, help_button, message, note, paragraph, short, stand_out};
use crate::markdown::escape;
use crate::reader::Reader;
use crate::times::local;
use jiff::Timestamp;
use notifications::{ContractErrors, Problem};
use polls::NotAQuickPoll;
use serde_json::Value;

/// The most problems of a definition that a card names.
const PROBLEMS: usize = 10;

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
        "Like this: **@Tidings poll \"Lunch?\" Pizza | Sushi**",
        "Así: **@Tidings encuesta \"¿Comemos?\" Pizza | Sushi**",
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

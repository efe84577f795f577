//! The form for a new poll, as a dialog of Teams.

use super::{PollPress, creating};
use crate::elements::card;
use crate::markdown::undeceptive;
use crate::reader::Reader;
use crate::{Message, Press};
use notifications::ContractErrors;
use polls::Form;
use polls::form::{BY_HAND, inputs};
use serde_json::{Value, json};

/// The form, filled in with what it holds; above it what was wrong with it.
///
/// It is a card for a dialog (`task/fetch`), whose button submits the dialog.
#[must_use]
pub fn form(reader: &Reader, form: &Form, wrong: Option<&ContractErrors>) -> Message {
    let title = reader.say("New poll", "Nueva encuesta");
    let mut body: Vec<Value> = wrong
        .into_iter()
        .flat_map(|errors| creating::problems(reader, errors))
        .collect();
    let mut question = json!({
        "type": "Input.Text",
        "id": inputs::QUESTION,
        "label": reader.say("What do you want to ask?", "¿Qué quieres preguntar?"),
        "maxLength": 300,
        "isRequired": true,
        "errorMessage": reader.say("Please write a question.", "Escribe una pregunta."),
    });
    filled(&mut question, &form.question);
    body.push(question);
    body.push(choice_set(
        inputs::KIND,
        reader.say("How is it answered?", "¿Cómo se responde?"),
        &form.kind,
        &[
            ("single", reader.say("One choice", "Una opción")),
            ("multiple", reader.say("Several choices", "Varias opciones")),
            ("rating", reader.say("1 to 5 stars", "De 1 a 5 estrellas")),
            (
                "nps",
                reader.say("0 to 10: would you recommend…", "0 a 10: recomendarías…"),
            ),
            (
                "ranking",
                reader.say("An order of choices", "Un orden de opciones"),
            ),
            ("text", reader.say("In words", "Con palabras")),
        ],
    ));
    let mut choices = json!({
        "type": "Input.Text",
        "id": inputs::CHOICES,
        "label": reader.say(
            "Choices, one in each line (2 to 20)",
            "Opciones, una por línea (de 2 a 20)",
        ),
        "isMultiline": true,
        "maxLength": 2_100,
    });
    filled(&mut choices, &form.choices);
    body.push(choices);
    body.push(choice_set(
        inputs::CLOSES,
        reader.say("It closes", "Se cierra"),
        &form.closes,
        &[
            (
                BY_HAND,
                reader.say("when I close it", "cuando yo la cierre"),
            ),
            ("1h", reader.say("after an hour", "al cabo de una hora")),
            (
                "4h",
                reader.say("after four hours", "al cabo de cuatro horas"),
            ),
            ("1d", reader.say("after a day", "al cabo de un día")),
            ("3d", reader.say("after three days", "al cabo de tres días")),
            ("1w", reader.say("after a week", "al cabo de una semana")),
        ],
    ));
    body.push(choice_set(
        inputs::RESULTS,
        reader.say("Who sees the results?", "¿Quién ve los resultados?"),
        &form.results,
        &[
            (
                "live",
                reader.say("everybody, at once", "todo el mundo, al momento"),
            ),
            (
                "after-voting",
                reader.say("whoever has voted", "quien haya votado"),
            ),
            (
                "after-closing",
                reader.say("everybody, when it is closed", "todo el mundo, al cerrarse"),
            ),
            ("owner", reader.say("only me", "solo yo")),
        ],
    ));
    for (id, en, es, on) in [
        (
            inputs::ANONYMOUS,
            "Anonymous: nobody sees who voted what, and it cannot be reopened",
            "Anónima: nadie ve quién votó qué, y no se puede reabrir",
            form.anonymous,
        ),
        (
            inputs::CHANGE,
            "Votes may be changed",
            "Los votos se pueden cambiar",
            form.may_change,
        ),
        (
            inputs::ADD,
            "Voters may add choices",
            "Los votantes pueden añadir opciones",
            form.may_add,
        ),
        (
            inputs::TELL,
            "Everybody gets the result",
            "Todo el mundo recibe el resultado",
            form.tell_everybody,
        ),
    ] {
        body.push(json!({
            "type": "Input.Toggle",
            "id": id,
            "title": reader.say(en, es),
            "value": on.to_string(),
            "wrap": true,
        }));
    }
    let mut card = card(body, title);
    // In a dialog it is Action.Submit that comes back as task/submit.
    card["actions"] = json!([{
        "type": "Action.Submit",
        "title": reader.say("Ask", "Preguntar"),
        "style": "positive",
        "data": Press::Poll(PollPress::Create).data(),
    }]);
    Message {
        card,
        summary: title.to_owned(),
    }
}

fn filled(input: &mut Value, text: &str) {
    if !text.is_empty() {
        input["value"] = undeceptive_lines(text).into();
    }
}

/// As it was written, but for what hides.
fn undeceptive_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(undeceptive).collect();
    lines.join("\n")
}

fn choice_set(id: &str, label: &str, value: &str, choices: &[(&str, &str)]) -> Value {
    // A client's nonsense must not come back as if it were a choice.
    let known = choices.iter().any(|(choice, _)| *choice == value);
    let value = if known { value } else { choices[0].0 };
    let choices: Vec<Value> = choices
        .iter()
        .map(|(value, title)| json!({ "title": title, "value": value }))
        .collect();
    json!({
        "type": "Input.ChoiceSet",
        "id": id,
        "label": label,
        "style": "compact",
        "value": value,
        "choices": choices,
    })
}

//! Where voters add choices.

use super::{PollCard, PollPress};
use crate::Message;
use crate::elements::{actions, note, stand_out};
use crate::markdown::undeceptive;
use crate::reader::Reader;
use polls::Question;
use polls::choices::LONGEST_ADDED;
use serde_json::{Value, json};

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

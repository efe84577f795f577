//! The pieces that our cards are made of.

use crate::Message;
use crate::buttons::Press;
use crate::markdown::escape;
use crate::reader::Reader;
use serde_json::{Value, json};

/// Starts a card. Teams shows schema 1.5.
pub(crate) fn card(body: Vec<Value>, spoken: &str) -> Value {
    let card = json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": spoken,
        "speak": spoken,
        "msteams": { "width": "Full" },
    });
    with(card, "body", body)
}

/// The object with one more member. `json!` would copy what stands in it.
pub(crate) fn with(mut object: Value, name: &str, member: impl Into<Value>) -> Value {
    object[name] = member.into();
    object
}

/// A card of ours: a heading, what belongs under it, and buttons.
pub(crate) fn message(
    heading: &str,
    mut under: Vec<Value>,
    buttons: Vec<Value>,
    summary: String,
) -> Message {
    let mut body = vec![self::heading(heading)];
    body.append(&mut under);
    body.extend(actions(buttons));
    Message {
        card: card(body, &summary),
        summary,
    }
}

/// The heading; the text is plain and becomes no markup.
pub(crate) fn heading(text: &str) -> Value {
    json!({
        "type": "TextBlock",
        "text": escape(text),
        "size": "Large",
        "weight": "Bolder",
        "style": "heading",
        "wrap": true,
    })
}

/// A paragraph; the text is Markdown.
pub(crate) fn paragraph(markdown: &str) -> Value {
    json!({ "type": "TextBlock", "text": markdown, "wrap": true })
}

/// A paragraph in small grey letters; the text is Markdown.
pub(crate) fn note(markdown: &str) -> Value {
    json!({
        "type": "TextBlock",
        "text": markdown,
        "wrap": true,
        "size": "Small",
        "isSubtle": true,
    })
}

/// Titles and values; both are Markdown.
pub(crate) fn facts(pairs: impl IntoIterator<Item = (String, String)>) -> Option<Value> {
    let facts: Vec<Value> = pairs
        .into_iter()
        .map(|(title, value)| json!({ "title": title, "value": value }))
        .collect();
    (!facts.is_empty()).then(|| with(json!({ "type": "FactSet" }), "facts", facts))
}

/// A row of buttons; none when there is none.
pub(crate) fn actions(buttons: Vec<Value>) -> Option<Value> {
    (!buttons.is_empty()).then(|| with(json!({ "type": "ActionSet" }), "actions", buttons))
}

/// A line with something under it, and a button at its right.
pub(crate) fn row(title: &str, under: &str, button: Option<Value>) -> Value {
    let mut left = vec![json!({
        "type": "TextBlock",
        "text": title,
        "weight": "Bolder",
        "wrap": true,
    })];
    if !under.is_empty() {
        let mut under = note(under);
        under["spacing"] = "None".into();
        left.push(under);
    }
    let mut columns = vec![json!({
        "type": "Column",
        "width": "stretch",
        "verticalContentAlignment": "Center",
        "items": left,
    })];
    if let Some(button) = button {
        columns.push(json!({
            "type": "Column",
            "width": "auto",
            "verticalContentAlignment": "Center",
            "items": [{ "type": "ActionSet", "actions": [button] }],
        }));
    }
    json!({ "type": "ColumnSet", "separator": true, "columns": columns })
}

/// Makes a button the one to press first.
pub(crate) fn stand_out(button: &mut Value) {
    button["style"] = "positive".into();
}

/// The button that shows the topics.
pub(crate) fn topics_button(reader: &Reader) -> Value {
    Press::Topics.button(reader.say("See the topics", "Ver los temas"))
}

/// The button that shows the commands.
pub(crate) fn help_button(reader: &Reader) -> Value {
    Press::Help.button(reader.say("What can I write?", "¿Qué puedo escribir?"))
}

/// The button that shows what the reader follows.
pub(crate) fn status_button(reader: &Reader) -> Value {
    Press::Status.button(reader.say("My notifications", "Mis notificaciones"))
}

/// Shortens to so many characters, with `…` where something is missing.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

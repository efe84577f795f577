//! What a reader sees in an Adaptive Card, and what they can press.

use serde::Serialize;
use serde_json::{Map, Value};

/// The content type of an Adaptive Card.
pub(crate) const ADAPTIVE_CARD: &str = "application/vnd.microsoft.card.adaptive";

/// A button of a card.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Button {
    /// What is written on it.
    pub title: String,
    /// The action's type: `Action.Execute`, `Action.Submit`, `Action.OpenUrl` …
    pub kind: String,
    /// The verb of an `Action.Execute`.
    pub verb: Option<String>,
    /// The action's id.
    pub id: Option<String>,
    /// The action's data.
    pub data: Value,
    /// The address of an `Action.OpenUrl`.
    pub url: Option<String>,
    /// Whether inputs go along: false for `associatedInputs: "none"`.
    pub takes_inputs: bool,
}

/// An input of a card.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    pub(crate) id: String,
    pub(crate) value: Option<Value>,
    pub(crate) required: bool,
}

/// The Adaptive Cards attached to an activity.
pub(crate) fn cards(activity: &Value) -> impl Iterator<Item = &Value> {
    activity
        .get("attachments")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|attachment| text(attachment, "contentType") == Some(ADAPTIVE_CARD))
        .filter_map(|attachment| attachment.get("content"))
}

/// Puts another card in the place of an activity's first.
pub(crate) fn replace(activity: &mut Value, card: Value) {
    let attachment = activity
        .get_mut("attachments")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .find(|attachment| text(attachment, "contentType") == Some(ADAPTIVE_CARD));
    if let Some(attachment) = attachment {
        attachment["content"] = card;
    }
}

/// Every button in a card, in reading order.
pub(crate) fn buttons(card: &Value) -> Vec<Button> {
    let mut found = Vec::new();
    walk(card, &mut |element| {
        let kind = text(element, "type").unwrap_or_default();
        if kind.starts_with("Action.") && kind != "Action.ShowCard" {
            found.push(Button {
                title: text(element, "title").unwrap_or_default().to_owned(),
                kind: kind.to_owned(),
                verb: text(element, "verb").map(str::to_owned),
                id: text(element, "id").map(str::to_owned),
                data: element.get("data").cloned().unwrap_or(Value::Null),
                url: text(element, "url").map(str::to_owned),
                takes_inputs: text(element, "associatedInputs") != Some("none"),
            });
        }
    });
    found
}

/// Every input in a card, with its value at the start.
pub(crate) fn inputs(card: &Value) -> Vec<Input> {
    let mut found = Vec::new();
    walk(card, &mut |element| {
        let kind = text(element, "type").unwrap_or_default();
        if let (true, Some(id)) = (kind.starts_with("Input."), text(element, "id")) {
            let at_start = match (element.get("value"), kind) {
                // A toggle that nobody touched is off.
                (None, "Input.Toggle") => Some(text(element, "valueOff").unwrap_or("false").into()),
                (value, _) => value.cloned(),
            };
            found.push(Input {
                id: id.to_owned(),
                value: at_start,
                required: element.get("isRequired") == Some(&Value::Bool(true)),
            });
        }
    });
    found
}

/// Visits every element and action of a card, in reading order. An action's
/// `fallback` is not visited: it is for clients that do not know the action.
fn walk(element: &Value, visit: &mut impl FnMut(&Value)) {
    match element {
        Value::Array(all) => all.iter().for_each(|one| walk(one, visit)),
        Value::Object(members) => {
            visit(element);
            for place in [
                "body",
                "items",
                "columns",
                "rows",
                "cells",
                "images",
                "inlines",
                "pages",
                "inlineAction",
                "selectAction",
                "actions",
                "card",
            ] {
                if let Some(inner) = members.get(place) {
                    walk(inner, visit);
                }
            }
        }
        _ => {}
    }
}

/// An activity as lines of plain text.
pub(crate) fn readable(activity: &Value) -> String {
    let mut lines = Vec::new();
    if let Some(text) = text(activity, "text") {
        lines.extend(text.lines().map(str::to_owned));
    }
    for card in cards(activity) {
        render(card, &mut lines);
    }
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

fn render(element: &Value, lines: &mut Vec<String>) {
    let children = |place: &str, lines: &mut Vec<String>| {
        for child in element
            .get(place)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            render(child, lines);
        }
    };
    match text(element, "type").unwrap_or_default() {
        "AdaptiveCard" => {
            children("body", lines);
            actions(element, lines);
        }
        "TextBlock" | "TextRun" | "CodeBlock" | "Badge" => {
            let content = text(element, "text").or_else(|| text(element, "codeSnippet"));
            lines.extend(content.unwrap_or_default().lines().map(str::to_owned));
        }
        "RichTextBlock" => lines.push(
            element
                .get("inlines")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|inline| inline.as_str().or_else(|| text(inline, "text")))
                .collect(),
        ),
        "FactSet" => {
            for fact in element
                .get("facts")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                lines.push(format!(
                    "{}: {}",
                    text(fact, "title").unwrap_or_default(),
                    text(fact, "value").unwrap_or_default()
                ));
            }
        }
        "Image" => lines.push(format!(
            "(picture: {})",
            text(element, "altText").unwrap_or("no description")
        )),
        "ImageSet" => children("images", lines),
        "ColumnSet" => children("columns", lines),
        "Table" => children("rows", lines),
        "TableRow" => {
            let cells = element.get("cells").and_then(Value::as_array);
            let cells = cells.into_iter().flatten().map(|cell| {
                let mut inner = Vec::new();
                render(cell, &mut inner);
                inner.join(" ")
            });
            lines.push(cells.collect::<Vec<_>>().join(" | "));
        }
        "ActionSet" => actions(element, lines),
        kind if kind.starts_with("Input.") => {
            lines.push(format!("{} ____", text(element, "label").unwrap_or(kind)));
            for choice in element
                .get("choices")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                lines.push(format!(
                    "  ( ) {}",
                    text(choice, "title").unwrap_or_default()
                ));
            }
        }
        _ => {
            children("items", lines);
            children("body", lines);
            actions(element, lines);
        }
    }
}

fn actions(element: &Value, lines: &mut Vec<String>) {
    let actions = element.get("actions").and_then(Value::as_array);
    let titles: Vec<String> = actions
        .into_iter()
        .flatten()
        .map(|action| format!("[{}]", text(action, "title").unwrap_or_default()))
        .collect();
    if !titles.is_empty() {
        lines.push(titles.join(" "));
    }
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str)
}

/// An action's data with the inputs' values merged in: what Teams sends back.
///
/// Data that is not an object is dropped when there are inputs, as Teams does.
pub(crate) fn merged(data: &Value, inputs: Map<String, Value>) -> Value {
    match data {
        Value::Object(members) => {
            let mut members = members.clone();
            members.extend(inputs);
            Value::Object(members)
        }
        _ if !inputs.is_empty() => Value::Object(inputs),
        Value::Null => Value::Object(Map::new()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Value {
        json!({"type": "AdaptiveCard", "version": "1.5", "body": [
            {"type": "TextBlock", "text": "Disk is full"},
            {"type": "FactSet", "facts": [{"title": "Host", "value": "db-1"}]},
            {"type": "Container", "items": [
                {"type": "Input.Text", "id": "why", "isRequired": true, "label": "Why?"},
                {"type": "Input.Toggle", "id": "all"}]},
            {"type": "ActionSet", "actions": [
                {"type": "Action.Execute", "title": "Mute", "verb": "mute", "data": {"topic": "disk"},
                 "fallback": {"type": "Action.Submit", "title": "Mute"}}]}],
          "actions": [{"type": "Action.ShowCard", "title": "More", "card": {"type": "AdaptiveCard",
              "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": "https://example.com"}]}}]})
    }

    #[test]
    fn buttons_are_found_wherever_they_are() {
        let titles: Vec<_> = buttons(&sample()).into_iter().map(|b| b.title).collect();
        assert_eq!(titles, ["Mute", "Open"]);
    }

    #[test]
    fn inputs_know_their_values_at_the_start() {
        let found = inputs(&sample());
        assert!(found[0].required && found[0].value.is_none());
        assert_eq!(found[1].value, Some("false".into()));
    }

    #[test]
    fn a_card_is_readable() {
        let activity =
            json!({"attachments": [{"contentType": ADAPTIVE_CARD, "content": sample()}]});
        assert_eq!(
            readable(&activity),
            "Disk is full\nHost: db-1\nWhy? ____\nInput.Toggle ____\n[Mute]\n[More]"
        );
    }

    #[test]
    fn inputs_overwrite_data() {
        let inputs = Map::from_iter([("a".to_owned(), json!("2"))]);
        assert_eq!(
            merged(&json!({"a": 1, "b": 1}), inputs),
            json!({"a": "2", "b": 1})
        );
    }
}

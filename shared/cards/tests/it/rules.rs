//! What Teams asks of a card (protocol reference §5.5, §8, §9), as far as a
//! card alone can show it.

use cards::Message;
use serde_json::{Map, Value};

const ELEMENTS: [&str; 17] = [
    "AdaptiveCard",
    "TextBlock",
    "RichTextBlock",
    "Image",
    "Container",
    "ColumnSet",
    "Column",
    "FactSet",
    "ActionSet",
    "Table",
    "mention",
    "Input.Text",
    "Input.ChoiceSet",
    "Input.Rating",
    "Input.Toggle",
    "Chart.HorizontalBar",
    "Chart.VerticalBar",
];
const ACTIONS: [&str; 3] = ["Action.OpenUrl", "Action.Execute", "Action.Submit"];

/// Every rule that a message breaks, with the place.
pub(crate) fn broken(message: &Message) -> Vec<String> {
    let mut broken = Vec::new();
    let card = &message.card;
    if message.summary.trim().is_empty() || message.summary.contains('\n') {
        broken.push("summary: not one line of text".to_owned());
    }
    if message.summary.contains("{{DATE(") || message.summary.contains("{{TIME(") {
        broken.push("summary: a time that no client writes".to_owned());
    }
    if card["type"] != "AdaptiveCard" {
        broken.push("type".to_owned());
    }
    if !matches!(card["version"].as_str(), Some("1.4" | "1.5")) {
        broken.push("version".to_owned());
    }
    for name in ["fallbackText", "speak"] {
        if card[name]
            .as_str()
            .is_none_or(|text| text.trim().is_empty())
        {
            broken.push(format!("{name}: nothing"));
        }
    }
    if card["body"].as_array().is_none_or(Vec::is_empty) {
        broken.push("body: nothing".to_owned());
    }
    walk(card, "$", &mut broken);
    let size = 2 * card.to_string().encode_utf16().count();
    if size > 28 * 1024 {
        broken.push(format!("$: {size} bytes"));
    }
    broken
}

fn walk(value: &Value, path: &str, broken: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            for (at, element) in list.iter().enumerate() {
                walk(element, &format!("{path}[{at}]"), broken);
            }
        }
        Value::Object(fields) => {
            element(fields, path, broken);
            for (name, value) in fields {
                walk(value, &format!("{path}.{name}"), broken);
            }
        }
        // Explicit nulls can be refused.
        Value::Null => broken.push(format!("{path}: null")),
        _ => {}
    }
}

fn element(fields: &Map<String, Value>, path: &str, broken: &mut Vec<String>) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let count = |name: &str| {
        fields
            .get(name)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let mut need = |holds: bool, what: &str| {
        if !holds {
            broken.push(format!("{path}: {what}"));
        }
    };
    let kind = text("type");
    match kind {
        // What Teams reads of a button's data is no element.
        "" | "task/fetch" => return,
        "TextBlock" => {
            need(!text("text").trim().is_empty(), "empty text");
            need(
                fields.get("wrap") == Some(&true.into()),
                "text that does not wrap",
            );
            need(
                !text("text").contains('<') || text("text").contains("<at>"),
                "a tag",
            );
        }
        "Image" => {
            need(!text("altText").trim().is_empty(), "no alternative text");
            need(text("url").starts_with("https://"), "no https address");
        }
        "FactSet" => {
            need(count("facts") > 0, "no facts");
            for fact in fields["facts"].as_array().into_iter().flatten() {
                let shown = |name: &str| {
                    fact[name]
                        .as_str()
                        .is_some_and(|text| !text.trim().is_empty())
                };
                need(
                    shown("title") && shown("value"),
                    "a fact without title or value",
                );
            }
        }
        "ActionSet" => need((1..=6).contains(&count("actions")), "not 1 to 6 actions"),
        "ColumnSet" => need(count("columns") > 0, "no columns"),
        "Action.OpenUrl" => {
            need(!text("title").is_empty(), "no title");
            need(text("url").starts_with("https://"), "no https address");
        }
        "Action.Execute" => {
            need(!text("title").is_empty(), "no title");
            need(!text("verb").is_empty(), "no verb");
            let fallback = fields.get("fallback").and_then(|f| f.get("type"));
            // Clients that know no Action.Execute know no refresh either.
            let refresh = path.ends_with(".refresh.action");
            need(
                refresh || fallback == Some(&"Action.Submit".into()),
                "no fallback",
            );
            need(only_ids(fields.get("data")), "data that is more than ids");
        }
        "Input.Text" | "Input.ChoiceSet" | "Input.Rating" | "Input.Toggle" => {
            need(!text("id").is_empty(), "no id");
            let name = if kind == "Input.Toggle" {
                "title"
            } else {
                "label"
            };
            need(!text(name).trim().is_empty(), "nothing to read aloud");
            let must = fields.get("isRequired") == Some(&true.into());
            need(
                !must || !text("errorMessage").is_empty(),
                "no error message",
            );
            for choice in fields
                .get("choices")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let value = choice["value"].as_str().unwrap_or_default();
                need(
                    !value.is_empty() && !value.contains(','),
                    "a value that cannot be told from a list",
                );
                let title = choice["title"].as_str().unwrap_or_default();
                need(!title.trim().is_empty(), "a choice without a title");
            }
            if kind == "Input.ChoiceSet" {
                need(count("choices") > 1, "no choice");
            }
            if kind == "Input.Rating" {
                let fallback = fields.get("fallback").map(|other| &other["id"]);
                need(fallback == fields.get("id"), "no fallback that answers");
            }
        }
        "Chart.HorizontalBar" | "Chart.VerticalBar" => {
            need(count("data") > 1, "a chart of nothing");
            need(
                fields.get("fallback") == Some(&"drop".into()),
                "a chart that is not dropped",
            );
        }
        "Action.Submit" => need(only_ids(fields.get("data")), "data that is more than ids"),
        _ => {}
    }
    let known = ELEMENTS.contains(&kind) || ACTIONS.contains(&kind);
    need(known, "an element that is not known");
}

/// A button carries the ids of a notification, a topic and a poll, and its verb.
fn only_ids(data: Option<&Value>) -> bool {
    let Some(Value::Object(data)) = data else {
        return false;
    };
    let ids = data.get("tidings").and_then(Value::as_object);
    // What opens a dialog says so to Teams.
    let dialog = data.get("msteams").map_or(0, |to| {
        usize::from(*to == serde_json::json!({ "type": "task/fetch" }))
    });
    data.len() == 1 + dialog
        && ids.is_some_and(|ids| {
            ids.keys()
                .all(|name| ["verb", "topic", "notification", "poll"].contains(&name.as_str()))
        })
}

//! A sender's own card: expanded, made harmless, and given the way out.

use crate::buttons::Press;
use crate::notification::{CardProblem, NotificationCard, mentions};
use crate::reader::Reader;
use crate::{elements, size, template};
use serde_json::{Map, Value, json};

/// Makes the card that is sent of the one that the sender wrote.
///
/// Its buttons carry the notification's id and the verb alone; links lead to
/// `https` and `mailto` only; it does not refresh itself or ask to sign in,
/// since nothing answers that. Its own data stays on the ledger.
pub(crate) fn make(
    notification: &NotificationCard<'_>,
    reader: &Reader,
    own: &Value,
    data: Option<&Map<String, Value>>,
    summary: &str,
) -> Result<Value, CardProblem> {
    let data = Value::Object(data.cloned().unwrap_or_default());
    let mut card = template::expand(own, &data)?;
    harmless(&mut card, notification);
    let Value::Object(mut fields) = card else {
        return Err(CardProblem::NotACard);
    };
    if fields.get("type").and_then(Value::as_str) != Some("AdaptiveCard") {
        return Err(CardProblem::NotACard);
    }
    fields.remove("refresh");
    fields.remove("authentication");
    let old = fields.get("version").and_then(Value::as_str);
    // The buttons that are added need 1.4; Teams shows up to 1.5.
    if !matches!(old, Some("1.4" | "1.5")) {
        fields.insert("version".to_owned(), "1.5".into());
    }
    for name in ["fallbackText", "speak"] {
        let absent = fields
            .get(name)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty);
        if absent {
            fields.insert(name.to_owned(), summary.into());
        }
    }
    let mut body = match fields.remove("body") {
        Some(Value::Array(body)) => body,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return Err(CardProblem::NotACard),
    };
    // Buttons at the foot of the card would stand below the way out.
    if let Some(Value::Array(actions)) = fields.remove("actions") {
        body.extend(elements::actions(actions));
    }
    let (mentioned, mut entities) = mentions(notification.mentions);
    if !mentioned.is_empty() {
        body.push(elements::paragraph(&format!("cc {mentioned}")));
    }
    body.extend(notification.how_to_stop(reader));
    fields.insert("body".to_owned(), body.into());
    let teams = fields
        .entry("msteams")
        .or_insert_with(|| json!({ "width": "Full" }));
    if let Some(teams) = teams.as_object_mut()
        && !entities.is_empty()
    {
        if let Some(Value::Array(own)) = teams.remove("entities") {
            entities.extend(own);
        }
        teams.insert("entities".to_owned(), entities.into());
    }
    let card = Value::Object(fields);
    match size::of(&card) {
        bytes if bytes > size::REFUSED => Err(CardProblem::TooLarge { bytes }),
        _ => Ok(card),
    }
}

/// Goes through all of a card and takes out what must not be sent.
fn harmless(value: &mut Value, card: &NotificationCard<'_>) {
    match value {
        Value::Array(list) => {
            list.retain(|element| !is_dangerous(element));
            list.iter_mut().for_each(|element| harmless(element, card));
        }
        Value::Object(fields) => {
            fields.retain(|_, value| !is_dangerous(value));
            fields.values_mut().for_each(|value| harmless(value, card));
            let kind = fields.get("type").and_then(Value::as_str);
            if matches!(kind, Some("Action.Execute" | "Action.Submit")) {
                only_ids(fields, card);
            }
        }
        _ => {}
    }
}

/// A button that opens something else than a page or a mail.
fn is_dangerous(element: &Value) -> bool {
    if element.get("type").and_then(Value::as_str) != Some("Action.OpenUrl") {
        return false;
    }
    let url = element
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    !["https://", "mailto:"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Replaces what a button carries by the ids that find it on the ledger.
fn only_ids(fields: &mut Map<String, Value>, card: &NotificationCard<'_>) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let verb = text(fields.get("verb"))
        .or_else(|| text(fields.get("data").and_then(|data| data.get("verb"))))
        .or_else(|| text(fields.get("id")))
        .filter(|verb| !verb.is_empty() && !verb.starts_with("tidings"))
        .unwrap_or_else(|| "submit".to_owned());
    let press = Press::Sender {
        notification: card.key.clone(),
        verb: verb.clone(),
    };
    fields.insert("data".to_owned(), press.data());
    let execute = fields.get("type").and_then(Value::as_str) == Some("Action.Execute");
    if execute {
        fields.insert("verb".to_owned(), verb.into());
        if !fields.contains_key("fallback") {
            let title = fields.get("title").cloned().unwrap_or_else(|| "…".into());
            let submit = json!({ "type": "Action.Submit", "title": title, "data": press.data() });
            fields.insert("fallback".to_owned(), submit);
        }
    }
}

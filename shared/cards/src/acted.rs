//! After somebody used one of the sender's buttons.

use crate::Message;
use crate::elements::{paragraph, short};
use crate::markdown::escape;
use crate::reader::Reader;
use serde_json::{Map, Value};

/// A sender's button that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acted<'a> {
    /// What stood on the button.
    pub title: &'a str,
    /// Who used it.
    pub who: Who<'a>,
}

/// Who used a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// Whoever reads the card.
    Reader,
    /// Somebody of this name.
    Named(&'a str),
    /// Somebody whose name Teams did not tell.
    Somebody,
}

/// The card of a notification, with the sender's buttons gone and who used which in their place.
///
/// The buttons of ours stay: one can still mute it, and ask why it came.
#[must_use]
pub fn acted(reader: &Reader, message: Message, acted: &Acted<'_>) -> Message {
    let title = escape(&short(acted.title, 80));
    let text = match acted.who {
        Who::Reader => reader.say("✔ You chose **{title}**.", "✔ Has elegido **{title}**."),
        Who::Named(_) => reader.say(
            "✔ {who} chose **{title}**.",
            "✔ {who} ha elegido **{title}**.",
        ),
        Who::Somebody => reader.say(
            "✔ Somebody chose **{title}**.",
            "✔ Alguien ha elegido **{title}**.",
        ),
    };
    let mut text = text.replace("{title}", &title);
    if let Who::Named(who) = acted.who {
        text = text.replace("{who}", &escape(&short(who, 80)));
    }
    instead_of_buttons(message, &text)
}

/// The card with this Markdown where the sender's buttons were.
pub(crate) fn instead_of_buttons(mut message: Message, text: &str) -> Message {
    let mut said = Some(paragraph(text));
    take_buttons(&mut message.card, &mut said);
    if let (Some(said), Some(Value::Array(body))) = (said, message.card.get_mut("body")) {
        body.push(said);
    }
    message
}

/// Takes the sender's buttons out of everything; `said` goes where the first of them were.
fn take_buttons(value: &mut Value, said: &mut Option<Value>) {
    match value {
        Value::Array(elements) => {
            let mut kept = Vec::with_capacity(elements.len());
            for mut element in std::mem::take(elements) {
                if is_senders(&element) {
                    continue;
                }
                if element.get("type").and_then(Value::as_str) != Some("ActionSet") {
                    take_buttons(&mut element, said);
                    kept.push(element);
                    continue;
                }
                let Some(Value::Array(actions)) = element.get_mut("actions") else {
                    kept.push(element);
                    continue;
                };
                let before = actions.len();
                actions.retain(|action| !is_senders(action));
                let (took, empty) = (actions.len() < before, actions.is_empty());
                if took {
                    kept.extend(said.take());
                }
                if !empty {
                    kept.push(element);
                }
            }
            *elements = kept;
        }
        Value::Object(fields) => {
            take_select_actions(fields);
            fields
                .values_mut()
                .for_each(|value| take_buttons(value, said));
        }
        _ => {}
    }
}

/// A whole row, picture or input may be a button, too.
fn take_select_actions(fields: &mut Map<String, Value>) {
    for place in ["selectAction", "inlineAction"] {
        if fields.get(place).is_some_and(is_senders) {
            fields.remove(place);
        }
    }
}

/// A button whose press goes to the sender, rather than to us or to a page.
fn is_senders(action: &Value) -> bool {
    let kind = action.get("type").and_then(Value::as_str);
    if !matches!(kind, Some("Action.Execute" | "Action.Submit")) {
        return false;
    }
    let verb = action.pointer("/data/tidings/verb").and_then(Value::as_str);
    !verb.is_some_and(|verb| verb.starts_with("tidings."))
}

#[cfg(test)]
mod tests {
    use super::{Acted, Who, acted};
    use crate::{Message, Reader};
    use serde_json::{Value, json};

    fn button(verb: &str) -> Value {
        json!({
            "type": "Action.Execute",
            "title": verb,
            "verb": verb,
            "data": { "tidings": { "verb": verb } },
        })
    }

    fn after(card: Value, who: Who<'_>) -> Value {
        let message = Message {
            card,
            summary: "Deploy waits".into(),
        };
        let reader = Reader::personal(Some("en-US"));
        let title = "Go *now*";
        acted(&reader, message, &Acted { title, who }).card
    }

    #[test]
    fn the_senders_buttons_give_way_to_who_used_them_and_ours_stay() {
        let card = after(
            json!({
                "type": "AdaptiveCard",
                "body": [
                    { "type": "TextBlock", "text": "Deploy waits" },
                    { "type": "ActionSet", "actions": [button("approve"), button("reject")] },
                    { "type": "ActionSet", "actions": [button("tidings.mute")] },
                ],
            }),
            Who::Named("Ana"),
        );
        assert_eq!(card["body"][1]["text"], r"✔ Ana chose **Go \*now\***.");
        assert_eq!(card["body"][2]["actions"], json!([button("tidings.mute")]));
        assert_eq!(card["body"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn links_stay_beside_it() {
        let link = json!({ "type": "Action.OpenUrl", "title": "Log", "url": "https://a.example/" });
        let set = json!({ "type": "ActionSet", "actions": [button("approve"), link] });
        let card = after(json!({ "body": [set] }), Who::Reader);
        assert_eq!(card["body"][0]["text"], r"✔ You chose **Go \*now\***.");
        assert_eq!(card["body"][1]["actions"], json!([link]));
    }

    #[test]
    fn a_row_that_was_a_button_is_none_any_more() {
        let row = json!({ "type": "Container", "items": [], "selectAction": button("approve") });
        let card = after(json!({ "body": [row] }), Who::Somebody);
        assert_eq!(card["body"][0], json!({ "type": "Container", "items": [] }));
        assert!(
            card["body"][1]["text"]
                .as_str()
                .unwrap()
                .starts_with("✔ Somebody")
        );
    }
}

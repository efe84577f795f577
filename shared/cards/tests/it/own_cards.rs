//! A sender's own card.

use crate::samples;
use cards::notification::{CardProblem, NotificationCard, Rendered, Standing};
use cards::template::TemplateError;
use cards::{Press, Reader};
use notifications::Notification;
use serde_json::{Value, json};

fn render(card: Value, data: Value) -> Rendered {
    let mut json = serde_json::to_value(samples::least()).unwrap();
    json["card"] = card;
    json["data"] = data;
    let notification = Notification::from_value(&json).unwrap();
    NotificationCard {
        key: &samples::key(),
        notification: &notification,
        topic: &samples::deploys(),
        mentions: &[],
        standing: Standing::Hears,
    }
    .render(&Reader::personal(None))
}

fn used(card: Value, data: Value) -> Value {
    let rendered = render(card, data);
    assert_eq!(rendered.card_problem, None);
    rendered.message.card
}

#[test]
fn a_template_is_filled_and_given_the_way_out() {
    let card = used(
        json!({
            "type": "AdaptiveCard",
            "version": "1.2",
            "body": [{"type": "TextBlock", "text": "Deployed ${version}"}],
            "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": "https://contoso.example/${version}"}],
        }),
        json!({"version": "v215"}),
    );
    insta::assert_json_snapshot!("own-card", card);
}

#[test]
fn its_buttons_carry_ids_and_never_data() {
    let card = used(
        json!({
            "type": "AdaptiveCard",
            "version": "1.5",
            "body": [{
                "type": "ActionSet",
                "actions": [
                    {"type": "Action.Execute", "title": "Yes", "verb": "approve", "data": {"amount": 5000}},
                    {"type": "Action.Submit", "title": "No", "data": {"verb": "reject", "amount": 5000}},
                    {"type": "Action.Execute", "title": "Sly", "verb": "tidings.unsubscribe", "data": {}},
                ],
            }],
        }),
        Value::Null,
    );
    assert!(!card.to_string().contains("5000"));
    let actions = card["body"][0]["actions"].as_array().unwrap();
    let pressed = |at: usize| Press::read(actions[at]["verb"].as_str(), &actions[at]["data"]);
    for (at, verb) in [(0, "approve"), (1, "reject"), (2, "submit")] {
        let press = Press::Sender {
            notification: samples::key(),
            verb: verb.into(),
        };
        assert_eq!(pressed(at), Some(press));
    }
    assert_eq!(actions[0]["fallback"]["type"], "Action.Submit");
}

#[test]
fn what_must_not_be_sent_is_taken_out() {
    let card = used(
        json!({
            "type": "AdaptiveCard",
            "version": "1.6",
            "refresh": {"action": {"type": "Action.Execute", "verb": "loop"}},
            "authentication": {"text": "Sign in"},
            "body": [{"type": "Container", "items": [
                {"type": "TextBlock", "text": "x"},
                {"type": "ActionSet", "actions": [
                    {"type": "Action.OpenUrl", "title": "bad", "url": "javascript:alert(1)"},
                    {"type": "Action.OpenUrl", "title": "good", "url": "https://contoso.example"},
                ]},
            ], "selectAction": {"type": "Action.OpenUrl", "url": "file:///etc/passwd"}}],
        }),
        Value::Null,
    );
    assert_eq!(card["version"], "1.5");
    let text = card.to_string();
    for gone in ["refresh", "authentication", "javascript", "file:"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert!(text.contains("\"good\""));
}

#[test]
fn a_card_that_cannot_be_used_is_replaced_and_named() {
    let built_in = |rendered: &Rendered| {
        rendered.message.card["body"][0]["text"] == "Deployed v215 to production"
    };
    let broken = render(
        json!({"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "${oh no}"}]}),
        json!({}),
    );
    assert!(built_in(&broken));
    let path = "body[0].text".to_owned();
    assert_eq!(
        broken.card_problem,
        Some(CardProblem::Template(TemplateError::BadExpression { path }))
    );
    let huge = render(
        json!({"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "x".repeat(50_000)}]}),
        json!({}),
    );
    assert!(built_in(&huge));
    assert!(matches!(
        huge.card_problem,
        Some(CardProblem::TooLarge { .. })
    ));
    let no_card = render(json!({"type": "AdaptiveCard", "$when": false}), json!({}));
    assert!(built_in(&no_card));
    assert_eq!(no_card.card_problem, Some(CardProblem::NotACard));
}

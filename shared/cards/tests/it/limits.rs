//! Notifications at their limits, and hostile ones.

use crate::{rules, samples};
use cards::notification::Standing;
use cards::{NotificationCard, Reader};
use notifications::Notification;
use proptest::prelude::*;
use serde_json::json;

fn shown(notification: &Notification) -> cards::Message {
    samples::render(
        notification,
        &samples::deploys(),
        Standing::Hears,
        &Reader::personal(None),
    )
}

fn with_body(body: &str) -> Notification {
    Notification::from_value(&json!({
        "topic": "deploys",
        "what": "A long story",
        "item": {"name": "checkout"},
        "actor": {"name": "Ben Okafor"},
        "body": body,
    }))
    .unwrap()
}

#[test]
fn a_long_body_is_shortened_and_says_so() {
    let message = shown(&with_body(&"All work and no play. ".repeat(3000)));
    assert_eq!(rules::broken(&message), [""; 0]);
    let card = message.card.to_string();
    assert!(card.contains("Shortened: the message was too long for a card."));
    // The way out is still there.
    assert!(card.contains("tidings.mute"));
    assert!(
        !shown(&with_body("short"))
            .card
            .to_string()
            .contains("Shortened")
    );
}

#[test]
fn many_long_facts_are_shortened_too() {
    let facts: Vec<_> = (0..50)
        .map(|n| json!({"title": format!("fact {n}"), "value": "x".repeat(1000)}))
        .collect();
    let mut notification = serde_json::to_value(with_body(&"🙂".repeat(20_000))).unwrap();
    notification["facts"] = facts.into();
    let message = shown(&Notification::from_value(&notification).unwrap());
    assert_eq!(rules::broken(&message), [""; 0]);
    assert!(message.card.to_string().contains("fact 3"));
}

#[test]
fn what_others_write_becomes_no_markup() {
    let notification = Notification::from_value(&json!({
        "topic": "deploys",
        "what": "**[Click](https://evil.example)** <at>Ana</at>",
        "item": {"name": "a](https://evil.example) [b", "url": "https://contoso.example/(x)"},
        "actor": {"name": "*root*"},
        "facts": [{"title": "# title", "value": "- [x](https://evil.example)"}],
    }))
    .unwrap();
    let message = shown(&notification);
    assert_eq!(
        message.summary,
        "**[Click](https://evil.example)** <at>Ana</at>"
    );
    let body = &message.card["body"];
    assert_eq!(
        body[0]["text"],
        "\\*\\*[Click\\](https://evil.example)\\*\\* \\<at>Ana\\</at>"
    );
    insta::assert_json_snapshot!(body[1], @r##"
    {
      "facts": [
        {
          "title": "About",
          "value": "[a\\](https://evil.example) \\[b](https://contoso.example/%28x%29)"
        },
        {
          "title": "By",
          "value": "\\*root\\*"
        },
        {
          "title": "\\# title",
          "value": "\\- [x\\](https://evil.example)"
        }
      ],
      "type": "FactSet"
    }
    "##);
}

#[test]
fn people_of_one_name_are_mentioned_apart() {
    let mut notification = samples::least();
    notification.body = Some("Please look.".into());
    let people = ["29:1a", "29:1b"].map(|id| cards::Mentioned {
        id,
        name: "Ana <b>*García*",
    });
    let message = NotificationCard {
        key: &samples::key(),
        notification: &notification,
        topic: &samples::deploys(),
        mentions: &people,
        standing: Standing::Hears,
    }
    .render(&Reader::personal(None))
    .message;
    let entities = message.card["msteams"]["entities"].as_array().unwrap();
    assert_eq!(entities.len(), 2);
    let text = message.card.to_string();
    for entity in entities {
        let mention = entity["text"].as_str().unwrap();
        assert!(mention.starts_with("<at>Ana  b  García"), "{mention}");
        assert_eq!(text.matches(&format!("{mention}<")).count(), 0);
        assert!(text.matches(mention).count() >= 2, "{mention}");
    }
    assert_ne!(entities[0]["text"], entities[1]["text"]);
}

proptest! {
    #[test]
    fn every_notification_becomes_a_card_that_keeps_the_rules(
        what in "\\PC{1,200}",
        name in "\\PC{1,100}",
        value in "\\PC{1,300}",
        body in "(\\PC|\n){1,2000}",
    ) {
        let json = json!({
            "topic": "deploys",
            "what": what,
            "item": {"name": name},
            "actor": {"name": name},
            "facts": [{"title": name, "value": value}],
            "body": body,
        });
        if let Ok(notification) = Notification::from_value(&json) {
            let message = shown(&notification);
            let broken: Vec<String> = rules::broken(&message)
                .into_iter()
                // What others write may hold a `<`; it is escaped where it acts.
                .filter(|rule| !rule.ends_with("a tag"))
                .collect();
            prop_assert!(broken.is_empty(), "{:?}", broken);
        }
    }
}

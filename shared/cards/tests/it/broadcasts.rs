//! What is said about broadcasts.

use std::time::Duration;

use cards::broadcast::{
    Asking, AskingForRest, ask_for_approval, ask_for_rest, closed, test_copy, told,
    topic as our_topic,
};
use cards::notification::Standing;
use cards::{Decided, Message, NotificationCard, Reader, Who, decided};
use notifications::{Audience, Do, Notification, Topic};
use serde_json::json;

use crate::rules;
use crate::samples::{alarm, deploys, key, least, tonight};

fn owners() -> Audience {
    let mut to = Audience::default();
    to.add("aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01").unwrap();
    to
}

fn announcement() -> Notification {
    Notification::from_value(&json!({
        "topic": "deploys",
        "what": "The offices are closed on Friday",
        "item": { "name": "Holidays", "url": "https://intranet.contoso.example/holidays" },
        "actor": { "name": "Ben Okafor", "id": "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e02" },
        "body": "All offices are closed on **Friday**, 27 November.\n\nThe on-call rota stays as it is.",
        "mentions": ["aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01"],
        "actions": [{ "title": "I have read it", "verb": "read" }],
        "translations": { "es": {
            "what": "Las oficinas cierran el viernes",
            "item": { "name": "Festivos" },
            "body": "Todas las oficinas cierran el **viernes** 27 de noviembre.",
            "actions": [{ "title": "Leído" }],
        }},
    }))
    .unwrap()
}

fn approval(broadcast: &Notification) -> Notification {
    let asking = Asking {
        broadcast,
        topic: &deploys(),
        recipients: 12_345,
        unreachable: 2,
        lasts: Duration::from_secs(275),
        until: tonight(),
        tested: true,
    };
    ask_for_approval(&asking, owners())
}

fn rest(broadcast: &Notification) -> Notification {
    let asking = AskingForRest {
        broadcast,
        topic: &deploys(),
        tried: 120,
        bad: 11,
        open: 3,
        rest: 12_225,
        until: tonight(),
    };
    ask_for_rest(&asking, owners())
}

fn render(notification: &Notification, topic: &Topic, reader: &Reader) -> Message {
    let card = NotificationCard {
        key: &key(),
        notification,
        topic,
        mentions: &[],
        standing: Standing::Hears,
    };
    card.render(reader).message
}

/// Every card about broadcasts, by name.
pub(crate) fn all(reader: &Reader) -> Vec<(&'static str, Message)> {
    let topic = our_topic();
    let shown = |question: &Notification| render(question, &topic, reader);
    let announcement = announcement();
    let (approval, rest) = (approval(&announcement), rest(&announcement));
    let asked = |what| decided(reader, shown(&approval), what);
    let held = |what| decided(reader, shown(&rest), what);
    let copy = test_copy(&announcement, 12_345, owners());
    let ana = Who::Named("ana *garcia*");
    let for_others = closed(&approval, Decided::Approved(ana));
    let approved = told(&announcement, Decided::Approved(ana), owners());
    let stopped = told(&announcement, Decided::Stopped(Who::Somebody), owners());
    vec![
        ("broadcast-closed-for-others", shown(&for_others)),
        ("broadcast-told-of-approval", shown(&approved)),
        ("broadcast-told-of-stop", shown(&stopped)),
        ("broadcast-approval", shown(&approval)),
        ("broadcast-rest", shown(&rest)),
        ("broadcast-test-copy", render(&copy, &deploys(), reader)),
        ("broadcast-approved", asked(Decided::Approved(Who::Reader))),
        (
            "broadcast-approved-by-another",
            asked(Decided::Approved(Who::Named("ana *garcia*"))),
        ),
        (
            "broadcast-declined",
            asked(Decided::Declined(Who::Somebody)),
        ),
        ("broadcast-own-request", asked(Decided::OwnRequest)),
        ("broadcast-not-yours", asked(Decided::NotYours)),
        ("broadcast-lapsed", asked(Decided::Lapsed)),
        ("broadcast-over", asked(Decided::Over)),
        ("broadcast-rest-sent", held(Decided::RestSent(Who::Reader))),
        (
            "broadcast-stopped",
            held(Decided::Stopped(Who::Named("ana"))),
        ),
    ]
}

/// The longest that the contract allows, everywhere.
fn longest() -> Notification {
    let line = "M".repeat(500);
    let card = json!({ "type": "AdaptiveCard", "body": [], "version": "1.5" });
    Notification::from_value(&json!({
        "topic": "deploys",
        "what": line,
        "item": { "name": line },
        "actor": { "name": line },
        "body": "word ".repeat(19_000),
        "facts": vec![json!({ "title": "t", "value": "v" }); 50],
        "card": card,
        "translations": { "es": { "what": line, "card": card }, "de": { "what": line } },
    }))
    .unwrap()
}

#[test]
fn a_question_keeps_the_contract_whatever_it_is_about() {
    for about in [announcement(), least(), alarm(), longest()] {
        for question in [
            approval(&about),
            rest(&about),
            test_copy(&about, 1_000_000, owners()),
            closed(&approval(&about), Decided::Declined(Who::Named("ana"))),
            told(&about, Decided::Lapsed, owners()),
        ] {
            let json = serde_json::to_vec(&question).unwrap();
            assert_eq!(Notification::parse(&json).unwrap(), question);
            for locale in ["en", "es"] {
                let reader = Reader::personal(Some(locale));
                let message = render(&question, &our_topic(), &reader);
                assert_eq!(rules::broken(&message), [""; 0]);
            }
        }
    }
}

#[test]
fn a_test_copy_calls_nobody_and_answers_nothing() {
    let mut json = serde_json::to_value(alarm()).unwrap();
    json["actions"] = json!([{ "title": "Go", "verb": "go" }]);
    json["translations"] = json!({});
    json["taskToken"] = "secret".into();
    json["notBefore"] = "2026-10-09T09:30:00Z".into();
    let copy = test_copy(&Notification::from_value(&json).unwrap(), 2_000, owners());
    assert!(copy.mentions.is_empty() && copy.task_token.is_none() && copy.not_before.is_none());
    assert_eq!(copy.to, Some(owners()));
    assert_eq!(copy.facts[0].title, "Test copy");
    assert!(copy.what.starts_with("[Test] "));
}

#[test]
fn a_test_copy_of_a_senders_own_card_is_marked_in_the_card() {
    let copy = test_copy(&longest(), 2_000, owners());
    let marked = |card: Option<serde_json::Value>| -> String {
        let card = card.expect("a card of its own");
        card["body"][0]["text"].as_str().unwrap().to_owned()
    };
    let english = marked(copy.card);
    assert!(
        english.starts_with("**Test copy**: 2,000 recipients"),
        "{english}"
    );
    let spanish = copy.translations.into_values().find_map(|one| one.card);
    let spanish = marked(spanish);
    assert!(spanish.starts_with("**Copia de prueba**: "), "{spanish}");
}

#[test]
fn the_buttons_of_a_question_say_what_can_be_decided() {
    let verbs = |question: Notification| -> Vec<String> {
        let verb = |does| match does {
            Do::Tell { verb, .. } => verb,
            Do::Open { .. } => panic!("a link"),
        };
        question
            .actions
            .into_iter()
            .map(|action| verb(action.does))
            .collect()
    };
    assert_eq!(verbs(approval(&least())), ["approve", "decline"]);
    assert_eq!(verbs(rest(&least())), ["send-rest", "stop"]);
}

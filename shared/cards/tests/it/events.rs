//! The samples of `events/notify`, as people would see them.

use crate::{rules, samples};
use cards::notification::{NotificationCard, Standing};
use cards::{Message, Reader};
use notifications::envelope::unwrap;
use notifications::{Carrier, Incoming, Topic, Unwrapped};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every notification of the samples, by the name of its file.
fn all() -> BTreeMap<String, Vec<Incoming>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/notify");
    let mut all = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let event: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let records = event["Records"].as_array().into_iter().flatten();
        let mut bodies: Vec<String> = records
            .filter_map(|record| Some(record.get("body")?.as_str()?.to_owned()))
            .collect();
        if bodies.is_empty() {
            bodies.push(event.to_string());
        }
        let found = bodies.iter().filter_map(|body| {
            match unwrap(body.as_bytes(), &Carrier::queue("m", None)) {
                Ok(Unwrapped::Notification(incoming)) => Some(*incoming),
                _ => None,
            }
        });
        all.insert(name, found.collect());
    }
    all
}

fn shown(incoming: &Incoming, reader: &Reader) -> Message {
    let rendered = NotificationCard {
        key: &incoming.key,
        notification: &incoming.notification,
        topic: &Topic::undefined(incoming.notification.topic.clone()),
        mentions: &[],
        standing: Standing::Hears,
    }
    .render(reader);
    assert_eq!(rendered.card_problem, None);
    rendered.message
}

#[test]
fn every_sample_becomes_a_card_that_keeps_the_rules() {
    for (name, incoming) in all() {
        for incoming in incoming {
            for locale in ["en-US", "es-ES"] {
                let message = shown(&incoming, &Reader::personal(Some(locale)));
                assert_eq!(rules::broken(&message), [""; 0], "{name} ({locale})");
            }
        }
    }
}

#[test]
fn a_service_event_and_a_senders_card_are_as_they_were_approved() {
    let all = all();
    for (name, language, locale) in [
        ("cloudwatch-alarm", "en", "en-US"),
        ("cloudwatch-alarm", "es", "es-ES"),
        ("own-card-from-a-template", "en", "en-GB"),
        ("urgent-incident-with-mentions", "en", "en-GB"),
    ] {
        let message = shown(&all[name][0], &Reader::personal(Some(locale)));
        insta::assert_json_snapshot!(format!("{name}.{language}"), message.card);
    }
}

#[test]
fn every_notification_keeps_its_five_duties() {
    let mut all: Vec<_> = all().into_values().flatten().collect();
    // A sender's own card says what it says; the way out is added all the same.
    let own = all.extract_if(.., |one| one.notification.card.is_some());
    for incoming in own {
        let card = shown(&incoming, &Reader::personal(None)).card.to_string();
        assert!(card.contains("\"tidings.mute\""));
    }
    assert!(!all.is_empty());
    for incoming in all {
        let notification = &incoming.notification;
        let card = shown(&incoming, &Reader::personal(None)).card;
        let body = card["body"].as_array().unwrap();
        let text = card["body"].to_string();
        let heading = body.iter().find(|one| one["style"] == "heading").unwrap();
        assert_eq!(heading["text"], cards::markdown::escape(&notification.what));
        let facts = body.iter().find(|one| one["type"] == "FactSet").unwrap();
        let (item, actor) = (&facts["facts"][0], &facts["facts"][1]);
        assert_eq!(
            (&item["title"], &actor["title"]),
            (&"About".into(), &"By".into())
        );
        let escaped = cards::markdown::escape(&notification.item.name);
        assert!(item["value"].as_str().unwrap().contains(&escaped));
        assert_eq!(
            actor["value"],
            cards::markdown::escape(&notification.actor.name)
        );
        for action in &notification.actions {
            assert!(text.contains(&action.title), "{}", action.title);
        }
        assert!(text.contains("\"tidings.mute\"") && text.contains("\"tidings.why\""));
    }
}

#[test]
fn the_spanish_reader_reads_spanish_where_there_is_some() {
    let all = all();
    let spanish = Reader::personal(Some("es-ES"));
    let said = |name: &str| shown(&all[name][0], &spanish).summary;
    assert_eq!(
        said("everyone-but-one"),
        "El viernes la oficina cierra a las 15:00"
    );
    assert_eq!(
        said("cloudwatch-alarm"),
        "Importante: Ha saltado la alarma orders-5xx (antes: bien)"
    );
    assert_eq!(
        said("deploy-to-a-channel"),
        "Deployed checkout v215 to production"
    );
    assert_eq!(
        samples::alarm().texts(None).what,
        "Checkout answers 5% of requests with errors"
    );
}

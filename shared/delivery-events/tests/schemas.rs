//! Every event that can be made is as its schema says, and the schemas say
//! something.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use activity::ids::ActivityId;
use aws::BusEvent;
use jiff::Timestamp;
use jsonschema::Validator;
use notifications::{
    FailureCode, Notification, NotificationId, NotificationKey, Outcome, RecipientKey, SkipReason,
    Source, Topic,
};
use serde_json::Value;
use store::{ChunkProgress, Counts, FrozenNotification, Tally};
use work_items::ChunkKey;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn schema(detail_type: &str) -> Validator {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
    let file = format!("{folder}/{detail_type}.v1.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

/// The detail, valid by its schema.
fn valid(event: &BusEvent) -> Value {
    assert_eq!(event.source, "tidings");
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    let validator = schema(&event.detail_type);
    let errors: Vec<String> = validator
        .iter_errors(&detail)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0], "{detail:#}");
    // A schema that takes anything would take these, too.
    for field in detail.as_object().unwrap().keys() {
        let mut broken = detail.clone();
        broken[field] = Value::Null;
        assert!(!validator.is_valid(&broken), "{field}");
    }
    detail
}

const SECRET: &str = "Nobody but the reader may know this";

fn frozen() -> FrozenNotification {
    let body = format!(
        r#"{{"topic":"deploys","what":"{SECRET}","item":{{"name":"{SECRET}"}},
            "actor":{{"name":"{SECRET}"}},"id":"42"}}"#
    );
    let (source, id) = (Source::Queue, NotificationId::new("42"));
    FrozenNotification {
        key: NotificationKey::of(&source, &id),
        tenant: "contoso".into(),
        source,
        id,
        notification: Notification::parse(body.as_bytes()).unwrap(),
        topic: Topic::undefined("deploys".parse().unwrap()),
        accepted_at: at(0),
    }
}

fn outcomes() -> Vec<Outcome> {
    vec![
        Outcome::sent(Some(ActivityId::new("1700000000000"))),
        Outcome::Sent {
            activity: None,
            maybe_twice: true,
        },
        Outcome::Skipped(SkipReason::Muted),
        Outcome::Failed(FailureCode::new("blocked-by-user")),
        Outcome::Unknown,
    ]
}

fn progress() -> ChunkProgress {
    let mut progress = ChunkProgress::untouched(6);
    for (index, outcome) in outcomes().into_iter().enumerate() {
        progress.tried(index);
        progress.end(index, outcome, at(10 + index as i64));
    }
    progress
}

fn recipients() -> Vec<RecipientKey> {
    [
        "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01",
        "i:29:1abc",
        "c:19:a@thread.tacv2",
        "t:19:a@thread.tacv2;messageid=1",
        "p:b",
        "p:c",
    ]
    .map(|key| key.parse().unwrap())
    .to_vec()
}

#[test]
fn a_notification_s_end_is_told_in_numbers() {
    let tally = Tally::of(&progress());
    let mut counts = Counts {
        accepted_at: at(0),
        planned_all: true,
        planned: 5,
        chunks: 1,
        chunks_done: 1,
        tally,
        waiting: 0,
        waiting_for_install: 0,
        unreachable: 1,
        cancelled: Some(at(3)),
        ended: Some(at(14)),
        round: 1,
        exact: true,
    };
    let event = delivery_events::ended(&frozen(), &counts).unwrap();
    assert!(!event.detail.contains(SECRET));
    let detail = valid(&event);
    assert_eq!(detail["id"], format!("{}/ended/1", frozen().key));
    assert_eq!(detail["outcomes"]["sent"], 2);
    assert_eq!(detail["outcomes"]["failed"]["blocked-by-user"], 1);
    assert_eq!(detail["startedAt"], at(10).to_string());

    counts.tally = Tally::default();
    (counts.cancelled, counts.planned) = (None, 0);
    valid(&delivery_events::ended(&frozen(), &counts).unwrap());
    counts.ended = None;
    assert_eq!(delivery_events::ended(&frozen(), &counts), None);
}

#[test]
fn a_chunk_is_told_without_saying_who_is_in_it() {
    let first = &recipients()[0];
    let key = ChunkKey::starting_with(first);
    let tally = Tally::of(&progress());
    let event = delivery_events::chunk(&frozen(), &key, 2, &tally, at(20));
    assert!(!event.detail.contains(SECRET));
    assert!(!event.detail.contains("3b5e7d10"), "{}", event.detail);
    let detail = valid(&event);
    assert_eq!(
        (&detail["attempt"], &detail["recipients"]),
        (&2.into(), &5.into())
    );
}

#[test]
fn a_recipient_is_told_when_they_have_an_outcome() {
    let progress = progress();
    let events = recipients().into_iter().enumerate().map(|(index, key)| {
        let one = progress.get(index).unwrap();
        delivery_events::recipient(&frozen(), &key, one)
    });
    let events: Vec<_> = events.collect();
    assert_eq!(events[5], None, "they have none");
    let told: Vec<Value> = events.iter().flatten().map(valid).collect();
    let of = |field: &str| {
        told.iter()
            .map(|one| one[field].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("outcome"),
        ["sent", "sent", "skipped", "failed", "unknown"]
    );
    assert_eq!(told[2]["reason"], "muted");
    assert_eq!(told[0]["activityId"], "1700000000000");
    assert_eq!(of("maybeTwice")[1], true);
    assert!(
        events
            .iter()
            .flatten()
            .all(|event| !event.detail.contains(SECRET))
    );
}

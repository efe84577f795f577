//! `tidings redrive`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use startup::{Clock as _, SystemClock};

use crate::support::{ANA, BEN, Office, notification};

fn now() -> Timestamp {
    SystemClock.now()
}

/// Puts a dead letter there.
fn bury(office: &Office, body: &Value, attributes: &[(&str, &str)]) {
    let attributes: BTreeMap<String, String> = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let letters = &office.stack.queues.notification.dead_letters;
    let sent = letters.send(body.to_string(), attributes, Duration::ZERO, now());
    sent.expect("a dead letter");
}

#[tokio::test]
async fn dead_letters_are_listed_and_stay_where_they_are() {
    let office = Office::open().await;
    let none = office.tidings(&["redrive"]).await.well();
    assert!(none.contains("There are no dead letters."), "{none}");
    // What breaks the contract comes here by itself.
    let url = &office.stack.queues.notification.queue;
    url.send(
        json!({ "topic": "deploys", "what": "A secret text" }).to_string(),
        BTreeMap::new(),
        Duration::ZERO,
        now(),
    )
    .expect("queued");
    office.settle().await;
    for arguments in [
        vec!["redrive"],
        vec!["redrive", "notification"],
        vec!["redrive", "notification", "--all", "--dry-run"],
    ] {
        let said = office.tidings(&arguments).await.well();
        assert!(
            said.contains("Contract") && said.contains("item, actor"),
            "{said}"
        );
        assert!(said.contains("topic deploys: “A sec"), "{said}");
        assert!(!said.contains("A secret text"), "{said}");
        assert_eq!(office.stack.dead_letters(), 1);
    }
    let other = office.tidings(&["redrive", "task"]).await.well();
    assert!(other.contains("There are no dead letters."), "{other}");
}

#[tokio::test]
async fn chosen_letters_go_back_once_and_the_others_stay() {
    let office = Office::open().await;
    let hello = notification("Back again", &[ANA]);
    bury(
        &office,
        &hello,
        &[
            ("error-type", "StoreTableMissing"),
            ("original-message-id", "first"),
        ],
    );
    // A second copy of the same message: a redrive that was stopped before it deleted the letter.
    bury(
        &office,
        &hello,
        &[
            ("error-type", "StoreTableMissing"),
            ("original-message-id", "first"),
        ],
    );
    bury(
        &office,
        &json!({ "topic": "deploys" }),
        &[("error-type", "Contract"), ("original-message-id", "other")],
    );
    let refused = office
        .tidings(&["redrive", "--id", "none-begins-so"])
        .await
        .badly();
    assert!(refused.contains("No dead letter has an id"), "{refused}");

    let arguments = [
        "redrive",
        "notification",
        "--error-type",
        "StoreTableMissing",
    ];
    let said = office.tidings(&arguments).await.badly();
    assert!(said.contains("1 dead letter was moved back."), "{said}");
    assert!(said.contains("stays: the same message"), "{said}");
    office.settle().await;
    let said = office.tidings(&arguments).await.well();
    assert!(said.contains("1 dead letter was moved back."), "{said}");
    office.settle().await;
    assert_eq!(
        office.reads("ana", "Back again"),
        1,
        "it is one notification"
    );
    assert_eq!(office.stack.dead_letters(), 1);

    // What is still broken comes back, perhaps while letters are read, and is the same message.
    let said = office.tidings(&["redrive", "--all"]).await;
    assert!(
        said.out.contains("1 dead letter was moved back."),
        "{said:?}"
    );
    office.settle().await;
    let letters = office.stack.queues.notification.dead_letters.peek();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].attributes["original-message-id"], "other");
}

#[tokio::test]
async fn letters_that_somebody_else_looks_at_are_counted() {
    let office = Office::open().await;
    bury(
        &office,
        &json!({ "topic": "deploys" }),
        &[("error-type", "Contract")],
    );
    let letters = &office.stack.queues.notification.dead_letters;
    let looked_at = letters.receive(10, now()).expect("a letter");
    assert_eq!(looked_at.len(), 1);
    let said = office.tidings(&["redrive"]).await.well();
    assert!(said.contains("1 dead letter could not be read"), "{said}");
    assert!(!said.contains("There are no dead letters"), "{said}");
}

#[tokio::test]
async fn a_poll_that_failed_half_way_is_moved_back_as_the_same_and_a_tick_needs_nothing() {
    let office = Office::open().await;
    let poll = json!({ "title": "Lunch?", "owner": ANA, "to": [BEN],
        "questions": [{ "id": "q1", "kind": "single", "text": "What?", "choices": ["Soup", "Pie"] }] });
    let event = json!({ "id": "event-1", "source": "canteen", "detail-type": "tidings.poll", "detail": poll });
    let letters = &office.stack.queues.polls_dead_letters;
    let dies = |body: Value| {
        let sent = letters.send(body.to_string(), BTreeMap::new(), Duration::ZERO, now());
        sent.expect("a dead letter");
    };
    // Twice: the second time as after a redrive that was stopped before it deleted the letter.
    for _ in 0..2 {
        dies(failed_invocation(&event));
        let said = office.tidings(&["redrive", "polls"]).await.well();
        assert!(said.contains("invocation: poll “Lun…”"), "{said}");
        let said = office.tidings(&["redrive", "polls", "--all"]).await.well();
        assert!(said.contains("1 dead letter was moved back."), "{said}");
        office.settle().await;
    }
    assert_eq!(office.stack.dead_letters(), 0);
    let list = office.tidings(&["poll", "list"]).await.well();
    assert_eq!(list.matches("Lunch?").count(), 1, "{list}");
    assert_eq!(office.reads("ben", "Lunch?"), 1);

    dies(failed_invocation(
        &json!({ "tenant": "t", "poll": "lunch", "do": "close" }),
    ));
    let said = office
        .tidings(&["redrive", "--all", "--dry-run"])
        .await
        .well();
    assert!(said.contains("tick to close lunch"), "{said}");
    let said = office.tidings(&["redrive", "--all"]).await.well();
    assert!(said.contains("1 dead letter was deleted"), "{said}");
    assert_eq!(office.stack.dead_letters(), 0);
}

#[tokio::test]
async fn a_request_for_a_watch_that_was_not_handed_over_is_made_again() {
    let office = Office::open().await;
    let watch = json!({ "url": "http://127.0.0.1:9/feed", "kind": "atom", "topic": "releases", "every": "1h" });
    let event = json!({ "id": "event-1", "source": "tidings", "detail-type": "tidings.watch.add",
        "detail": { "watch": watch, "request": "request-7" } });
    let letters = &office.stack.queues.watch_dead_letters;
    let reasons = BTreeMap::from([("ERROR_CODE".to_owned(), "NO_PERMISSIONS".to_owned())]);
    let sent = letters.send(event.to_string(), reasons, Duration::ZERO, now());
    sent.expect("a dead letter");
    let arguments = ["redrive", "watch", "--error-type", "NO_PERMISSIONS"];
    let said = office.tidings(&arguments).await.well();
    assert!(said.contains("1 dead letter was moved back."), "{said}");
    office.settle().await;
    let list = office.tidings(&["watch", "list"]).await.well();
    assert!(list.contains("releases"), "{list}");
    assert_eq!(office.stack.dead_letters(), 0);
}

/// What Lambda's on-failure destination makes of an asynchronous invocation.
fn failed_invocation(payload: &Value) -> Value {
    json!({
        "version": "1.0", "timestamp": "2026-11-24T08:00:00.000Z",
        "requestContext": { "requestId": "request-1", "functionArn": "arn:aws:lambda:us-east-1:1:function:notify:$LATEST",
            "condition": "RetriesExhausted", "approximateInvokeCount": 3 },
        "requestPayload": payload,
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "responsePayload": { "errorType": "QueueUnavailable", "errorMessage": "failed to queue what follows" },
    })
}

#[tokio::test]
async fn the_event_of_a_failed_invocation_is_unwrapped_and_reaches_people() {
    let office = Office::open().await;
    bury(
        &office,
        &failed_invocation(&notification("From an invocation", &[ANA])),
        &[],
    );
    let said = office.tidings(&["redrive", "notification"]).await.well();
    assert!(
        said.contains("QueueUnavailable") && said.contains("invocation: topic deploys"),
        "{said}"
    );
    office
        .tidings(&["redrive", "notification", "--all"])
        .await
        .well();
    office.settle().await;
    assert_eq!(office.reads("ana", "From an invocation"), 1);
    assert_eq!(office.stack.dead_letters(), 0);
}

#[tokio::test]
async fn what_an_invocation_has_put_on_the_ledger_goes_on_and_is_not_sent_twice() {
    let office = Office::open().await;
    let hello = notification("Sent before it failed", &[ANA]);
    // As `notify` would freeze it when it is invoked without a queue.
    let environment = startup::Environment::from_pairs(office.stack.environment.iter().cloned());
    let notify =
        notify::Notify::new(notify::Config::from_environment(environment).expect("complete"));
    let carrier = notifications::Carrier::invocation("request-1");
    let deadline = startup::Deadline::after(Duration::from_secs(60), now());
    notify
        .event(hello.to_string().as_bytes(), &carrier, deadline)
        .await
        .expect("accepted");
    office.settle().await;
    assert_eq!(office.reads("ana", "Sent before it failed"), 1);

    bury(&office, &failed_invocation(&hello), &[]);
    let said = office
        .tidings(&["redrive", "notification", "--all"])
        .await
        .well();
    assert!(said.contains("1 dead letter was moved back."), "{said}");
    office.settle().await;
    assert_eq!(office.reads("ana", "Sent before it failed"), 1, "not twice");
    assert_eq!(office.stack.dead_letters(), 0);
}

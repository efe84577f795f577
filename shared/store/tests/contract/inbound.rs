use jiff::Timestamp;
use serde_json::json;
use store::{Answer, Begun, Fingerprint, Outgrown, Turn};

use crate::engine::{Table, on_every_engine};
use crate::sample::at;

fn turn(by: &str, second: i64) -> Turn {
    Turn {
        by: by.to_owned(),
        began: at(second),
        deadline: at(second + 15),
    }
}

fn print(id: &str, second: i64) -> Fingerprint {
    Fingerprint::new("message status from ana", id, &at(second).to_string())
}

fn answer(status: u16) -> Answer {
    Answer {
        status,
        body: Some("{}".to_owned()),
    }
}

async fn begin(table: &Table, print: &Fingerprint, turn: &Turn) -> Begun {
    table.store.inbound().begin(print, turn).await.unwrap()
}

async fn finish(table: &Table, print: &Fingerprint, turn: &Turn, status: u16, now: Timestamp) {
    table
        .store
        .inbound()
        .finish(print, turn, &answer(status), &Outgrown::default(), now)
        .await
        .unwrap();
}

/// A delivery from its beginning to its end.
async fn deliver(table: &Table, print: &Fingerprint, turn: &Turn) {
    let Begun::New(outgrown) = begin(table, print, turn).await else {
        panic!("{print:?} is new");
    };
    table
        .store
        .inbound()
        .finish(print, turn, &answer(200), &outgrown, turn.began)
        .await
        .unwrap();
}

fn is_new(begun: &Begun) -> bool {
    matches!(begun, Begun::New(_))
}

#[tokio::test]
async fn an_exact_repeat_gets_the_stored_answer() {
    on_every_engine(|table| async move {
        let first = print("1", 0);
        let turn_one = turn("a", 0);
        assert!(is_new(&begin(&table, &first, &turn_one).await));
        assert_eq!(
            begin(&table, &first, &turn("b", 1)).await,
            Begun::InProgress
        );
        finish(&table, &first, &turn_one, 200, at(2)).await;
        for second in [3, 20, 3000] {
            assert_eq!(
                begin(&table, &first, &turn("b", second)).await,
                Begun::Repeat(answer(200))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_types_the_same_twice_is_answered_twice() {
    on_every_engine(|table| async move {
        let (first, second) = (print("1", 0), print("2", 4));
        let turn_one = turn("a", 0);
        begin(&table, &first, &turn_one).await;
        finish(&table, &first, &turn_one, 200, at(1)).await;
        let turn_two = turn("b", 4);
        assert!(is_new(&begin(&table, &second, &turn_two).await));
        finish(&table, &second, &turn_two, 202, at(5)).await;
        // Each has its own answer still.
        assert_eq!(
            begin(&table, &first, &turn("c", 6)).await,
            Begun::Repeat(answer(200))
        );
        assert_eq!(
            begin(&table, &second, &turn("c", 6)).await,
            Begun::Repeat(answer(202))
        );
    })
    .await;
}

#[tokio::test]
async fn typing_again_while_the_first_is_handled_is_no_copy() {
    on_every_engine(|table| async move {
        let (first, second) = (print("1", 0), print("2", 3));
        let (turn_one, turn_two) = (turn("a", 0), turn("b", 3));
        begin(&table, &first, &turn_one).await;
        assert!(is_new(&begin(&table, &second, &turn_two).await));
        finish(&table, &first, &turn_one, 200, at(4)).await;
        finish(&table, &second, &turn_two, 200, at(5)).await;
        let third = begin(&table, &print("3", 20), &turn("c", 20)).await;
        assert!(is_new(&third));
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_a_slow_first_is_suppressed_for_a_while() {
    on_every_engine(|table| async move {
        let first = print("1", 0);
        let turn_one = turn("a", 0);
        begin(&table, &first, &turn_one).await;
        assert_eq!(
            begin(&table, &print("2", 12), &turn("b", 12)).await,
            Begun::SuppressedCopy(None),
            "it is being handled, slowly"
        );
        finish(&table, &first, &turn_one, 200, at(13)).await;
        assert_eq!(
            begin(&table, &print("3", 45), &turn("c", 45)).await,
            Begun::SuppressedCopy(Some(answer(200)))
        );
        let fourth = begin(&table, &print("4", 200), &turn("d", 200)).await;
        assert!(is_new(&fourth), "minutes later it is a person again");
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_a_first_that_failed_is_suppressed_unless_it_was_abandoned() {
    on_every_engine(|table| async move {
        let first = print("1", 0);
        let turn_one = turn("a", 0);
        begin(&table, &first, &turn_one).await;
        finish(&table, &first, &turn_one, 502, at(1)).await;
        assert_eq!(
            begin(&table, &print("2", 30), &turn("b", 30)).await,
            Begun::SuppressedCopy(Some(answer(502)))
        );

        let other = Fingerprint::new("message help", "5", "then");
        let turn_two = turn("c", 0);
        begin(&table, &other, &turn_two).await;
        table
            .store
            .inbound()
            .abandon(&other, &turn_two)
            .await
            .unwrap();
        let copy = Fingerprint::new("message help", "6", "later");
        assert!(is_new(&begin(&table, &copy, &turn("d", 30)).await));
        assert!(is_new(&begin(&table, &other, &turn("d", 31)).await));
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_died_is_taken_over_by_the_same_activity() {
    on_every_engine(|table| async move {
        let first = print("1", 0);
        begin(&table, &first, &turn("a", 0)).await;
        assert_eq!(
            begin(&table, &first, &turn("b", 15)).await,
            Begun::InProgress
        );
        assert!(is_new(&begin(&table, &first, &turn("b", 16)).await));
    })
    .await;
}

#[tokio::test]
async fn beginning_twice_in_one_name_is_beginning_once() {
    on_every_engine(|table| async move {
        let first = print("1", 0);
        let once = turn("a", 0);
        assert!(is_new(&begin(&table, &first, &once).await));
        assert!(is_new(&begin(&table, &first, &once).await));
    })
    .await;
}

fn activity(json: serde_json::Value) -> activity::Activity {
    let mut all = serde_json::json!({
        "type": "message", "id": "17", "timestamp": "2026-01-01T00:00:00Z", "text": "status",
        "conversation": { "id": "a:1", "tenantId": "t" }, "from": { "id": "29:ana" },
        "serviceUrl": "https://smba.trafficmanager.net/amer/",
    });
    let fields = json.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(fields);
    serde_json::from_value(all).unwrap()
}

#[tokio::test]
async fn an_edit_or_a_reaction_that_reuses_an_id_is_no_repeat() {
    on_every_engine(|table| async move {
        let message = Fingerprint::of(&activity(json!({})));
        assert_eq!(message, Fingerprint::of(&activity(json!({}))));
        assert!(is_new(&begin(&table, &message, &turn("a", 0)).await));
        for other in [
            json!({ "type": "messageUpdate" }),
            json!({ "text": "statu" }),
            json!({ "type": "messageReaction", "reactionsAdded": [{ "type": "like" }] }),
            json!({ "type": "messageReaction", "reactionsRemoved": [{ "type": "like" }] }),
            json!({ "from": { "id": "29:ben" } }),
            json!({ "conversation": { "id": "a:2" } }),
            json!({ "type": "invoke", "value": { "choice": 1 } }),
            json!({ "type": "invoke", "value": { "choice": 2 } }),
        ] {
            let print = Fingerprint::of(&activity(other));
            assert!(is_new(&begin(&table, &print, &turn("b", 20)).await));
        }
    })
    .await;
}

#[tokio::test]
async fn a_copy_has_the_content_of_the_first_whoever_carried_it() {
    on_every_engine(|table| async move {
        let first = Fingerprint::of(&activity(json!({})));
        begin(&table, &first, &turn("a", 0)).await;
        let copy = Fingerprint::of(&activity(json!({
            "id": "18", "timestamp": "2026-01-01T00:00:30Z", "callerId": "urn:botframework:x",
            "serviceUrl": "https://smba.trafficmanager.net/emea/",
        })));
        assert_eq!(
            begin(&table, &copy, &turn("b", 12)).await,
            Begun::SuppressedCopy(None)
        );
    })
    .await;
}

#[tokio::test]
async fn a_content_that_comes_a_thousand_times_stays_small() {
    on_every_engine(|table| async move {
        let mut last = None;
        for number in 0..40 {
            let second = number * 2;
            let one = print(&number.to_string(), second);
            deliver(&table, &one, &turn("a", second)).await;
            last = Some(one);
        }
        table.meter.reset();
        let once = turn("b", 100);
        begin(&table, &print("next", 100), &once).await;
        let spent = table.meter.take();
        assert!(spent.units <= 4.0, "{spent:?}");
        assert_eq!(
            begin(&table, &last.unwrap(), &turn("c", 101)).await,
            Begun::Repeat(answer(200))
        );
        // An hour later the next one takes all of it along.
        deliver(&table, &print("later", 3700), &turn("d", 3700)).await;
        table.meter.reset();
        deliver(&table, &print("latest", 3701), &turn("e", 3701)).await;
        let spent = table.meter.take();
        assert_eq!((spent.requests, spent.units), (2, 2.0));
    })
    .await;
}

#[tokio::test]
async fn a_first_delivery_costs_two_small_writes() {
    on_every_engine(|table| async move {
        table.meter.reset();
        let first = print("1", 0);
        let once = turn("a", 0);
        begin(&table, &first, &once).await;
        finish(&table, &first, &once, 200, at(1)).await;
        let spent = table.meter.take();
        assert_eq!(spent.requests, 2);
        assert!(spent.units <= 2.0, "{spent:?}");
    })
    .await;
}

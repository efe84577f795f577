//! What owners do with their polls.

use polling::Answer;
use polls::PollNoticeKind;
use serde_json::json;
use store::{Phase, Voted};

use super::stage::{Stage, command, count, is_over, key, lunch, with};

fn refused(answer: &Answer) -> &'static str {
    match answer {
        Answer::Refused { error_type, .. } => error_type,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_owners_may_and_nothing_changes_when_others_try() {
    let stage = Stage::new().await;
    let co = json!({"coOwners": ["mail:ben@contoso.example"]});
    stage.accepts(with(lunch(), co)).await;
    let open = stage.occurrences("lunch").await.remove(0);
    let stranger = "aad:3b5e7d10-8c1f-4d4e-9c55-00000000dead";
    for does in ["close", "delete", "clone", "reopen"] {
        let event = command("c-1", does, json!({"by": stranger}));
        assert_eq!(refused(&stage.invoke(event).await), "NotAnOwner", "{does}");
    }
    assert_eq!(stage.occurrence(&open.id.to_string()).await, open);
    let ben = command("c-2", "close", json!({"by": "mail:Ben@contoso.example"}));
    stage.invoke(ben).await;
    assert!(is_over(&stage.occurrence(&open.id.to_string()).await));
}

#[tokio::test]
async fn an_extension_that_is_delivered_twice_is_one_and_the_old_tick_closes_nothing() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let open = stage.occurrences("lunch").await.remove(0);
    let old = stage
        .schedules
        .all()
        .into_iter()
        .map(|schedule| schedule.input);
    let mut old = old;
    let old = old.find(|input| input.contains("close")).unwrap();
    let extend = command("c-1", "extend", json!({"for": "1h"}));
    stage.invoke(extend.clone()).await;
    stage.invoke(extend).await;
    let now = stage.occurrence(&open.id.to_string()).await;
    let two_hours = open.opened + jiff::SignedDuration::from_hours(2);
    assert_eq!(now.closes, Some(two_hours));
    stage.clock.advance(61 * super::stage::MINUTE);
    stage.invoke(serde_json::from_str(&old).unwrap()).await;
    stage.sweep().await;
    let still = stage.occurrence(&open.id.to_string()).await;
    assert_eq!(still.phase, Phase::Open);
    stage.wait(61).await;
    assert!(is_over(&stage.occurrence(&open.id.to_string()).await));
}

#[tokio::test]
async fn what_is_put_on_the_bus_again_under_another_id_is_the_same_event() {
    let stage = Stage::new().await;
    stage.accepts(with(lunch(), json!({"id": null}))).await;
    let mut again = with(lunch(), json!({"id": null}));
    again["originalEventId"] = json!("6f9d-event");
    let event =
        json!({"id": "other", "source": "x", "detail-type": "tidings.poll", "detail": again});
    let Answer::Accepted { poll, .. } = stage.invoke(event).await else {
        panic!("not taken");
    };
    let list = stage.store.polls().list(&"tenant".into(), None, 9).await;
    assert_eq!(list.unwrap().polls.len(), 1);

    let before = stage.occurrences(poll.as_str()).await.remove(0);
    let more = json!({"poll": poll, "for": "1h"});
    stage.invoke(command("c-1", "extend", more.clone())).await;
    let again = with(more, json!({"originalEventId": "c-1"}));
    stage.invoke(command("c-2", "extend", again)).await;
    let now = stage.occurrence(&before.id.to_string()).await;
    let an_hour = jiff::SignedDuration::from_hours(1);
    assert_eq!(now.closes, before.closes.map(|closes| closes + an_hour));
}

#[tokio::test]
async fn a_named_poll_is_opened_again_and_an_anonymous_one_is_not() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let open = stage.occurrences("lunch").await.remove(0);
    stage.votes(&open, 1, "pie").await;
    stage.invoke(command("c-1", "close", json!({}))).await;
    let reopen = command("c-2", "reopen", json!({"for": "1h"}));
    stage.invoke(reopen.clone()).await;
    stage.invoke(reopen).await;
    let again = stage.occurrence(&open.id.to_string()).await;
    assert_eq!((again.phase, again.round), (Phase::Open, 1));
    let voted = stage.votes(&again, 2, "pie").await;
    assert_eq!(voted, Voted::Recorded { replaced: None });
    stage.planned();
    stage.wait(61).await;
    let closed = stage.occurrence(&open.id.to_string()).await;
    assert!(is_over(&closed));
    assert_eq!(count(&stage.result(&closed).await, "pie"), 2);
    assert_eq!(stage.planned(), [key(&open.id, PollNoticeKind::Result(1))]);
    assert_eq!(stage.told().len(), 2);

    let secret = json!({"id": "secret", "anonymous": true});
    stage.accepts(with(lunch(), secret)).await;
    stage
        .invoke(command("c-3", "close", json!({"poll": "secret"})))
        .await;
    let reopen = command("c-4", "reopen", json!({"poll": "secret"}));
    assert_eq!(refused(&stage.invoke(reopen).await), "CommandRefused");
}

#[tokio::test]
async fn what_is_deleted_leaves_nothing_but_the_ledger() {
    let stage = Stage::new().await;
    for (id, anonymous) in [("lunch", false), ("secret", true)] {
        let daily = json!({"id": id, "anonymous": anonymous, "schedule": {"cron": "0 9 * * *"}});
        stage.accepts(with(lunch(), daily)).await;
    }
    stage.wait(26 * 60).await;
    for id in ["lunch", "secret"] {
        assert_eq!(stage.occurrences(id).await.len(), 2);
        for occurrence in stage.occurrences(id).await {
            stage.votes(&occurrence, 1, "pie").await;
        }
        let delete = command("c-9", "delete", json!({"poll": id}));
        stage.invoke(delete.clone()).await;
        stage.invoke(delete).await;
    }
    assert_eq!(stage.schedules.all(), []);
    assert_eq!(stage.everything("ballots").await, Vec::<String>::new());
    for item in stage.everything("tidings").await {
        for partition in ["POLL", "VOTING#", "VOTES#"] {
            assert!(!item.contains(&format!("S(\"{partition}")), "{item}");
        }
    }
    assert!(stage.replaced().contains(&"deleted".to_owned()));
    // No result is announced where there is none any more.
    let mut items = stage.everything("tidings").await.into_iter();
    assert!(items.any(|item| item.contains("REVISION#deleted") && item.contains("Poll deleted: ")));
}

#[tokio::test]
async fn a_clone_is_asked_at_once_as_another_poll() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let clone = command("c-1", "clone", json!({}));
    let Answer::Accepted { poll, .. } = stage.invoke(clone.clone()).await else {
        panic!("not taken");
    };
    stage.invoke(clone).await;
    assert_ne!(poll.as_str(), "lunch");
    assert_eq!(stage.occurrences(poll.as_str()).await.len(), 1);
    let list = stage.store.polls().list(&"tenant".into(), None, 9).await;
    assert_eq!(list.unwrap().polls.len(), 2);
}

//! A function that is killed anywhere is followed by another.

use lambda_runtime::LambdaEvent;
use polls::PollNoticeKind;
use serde_json::{Value, json};

use super::stage::{Stage, command, count, define, is_over, key, lunch, with};
use crate::stage::killed_after;

/// Whether it came to its end.
async fn killed(stage: &Stage, waits: usize, event: &Value) -> bool {
    let (event, context) = stage.invocation(event);
    let invocation = stage.polling.invoke(LambdaEvent::new(event, context));
    match killed_after(waits, invocation).await {
        Some(answer) => {
            answer.unwrap();
            false
        }
        None => true,
    }
}

/// What a tick would do that never comes: minutes pass, and the sweep makes it good.
async fn make_good(stage: &Stage) {
    stage.clock.advance(3 * super::stage::MINUTE);
    stage.sweep().await;
}

#[tokio::test]
async fn killed_at_any_wait_of_opening_it_is_opened_and_asked_once() {
    for (anonymous, step) in [(false, 3), (true, 1)] {
        for waits in (1..).step_by(step) {
            let stage = Stage::new().await;
            let event = define(with(lunch(), json!({"anonymous": anonymous})));
            let was_killed = killed(&stage, waits, &event).await;
            // The bus does not know that it came to its end, and delivers it again in some cases only.
            if was_killed && waits % 2 == 0 {
                stage.invoke(event.clone()).await;
            } else {
                make_good(&stage).await;
            }
            if stage
                .store
                .polls()
                .list(&"tenant".into(), None, 9)
                .await
                .unwrap()
                .polls
                .is_empty()
            {
                stage.invoke(event).await;
            }
            let all = stage.occurrences("lunch").await;
            assert_eq!(all.len(), 1, "killed after {waits}");
            let asked = key(&all[0].id, PollNoticeKind::Ask);
            assert!(stage.planned().contains(&asked), "killed after {waits}");
            assert!(stage.schedules.next().is_some(), "killed after {waits}");
            if !was_killed {
                assert!(waits > 10, "there was something to kill");
                break;
            }
        }
    }
}

#[tokio::test]
async fn killed_at_any_wait_of_closing_it_is_closed_with_every_vote_and_told() {
    // Of a named poll every third wait: it has fewer steps, and they are the same.
    for (anonymous, step) in [(false, 3), (true, 1)] {
        for waits in (1..).step_by(step) {
            let stage = Stage::new().await;
            stage
                .accepts(with(lunch(), json!({"anonymous": anonymous})))
                .await;
            let open = stage.occurrences("lunch").await.remove(0);
            for voter in 0..6 {
                stage.votes(&open, voter, "pie").await;
            }
            stage.clock.advance(60 * super::stage::MINUTE);
            let close = stage.schedules.due(stage.now()).into_iter();
            let close = close.map(|fired| fired.input);
            let mut close = close;
            let close = close.find(|input| input.contains("close")).unwrap();
            let close: Value = serde_json::from_str(&close).unwrap();
            let was_killed = killed(&stage, waits, &close).await;
            make_good(&stage).await;
            let case = format!("killed after {waits}, anonymous: {anonymous}");
            let closed = stage.occurrence(&open.id.to_string()).await;
            assert_eq!(closed.phase, store::Phase::Closed, "{case}");
            assert_eq!(count(&stage.result(&closed).await, "pie"), 6, "{case}");
            let polls = stage.store.polls();
            let texts = polls.texts(&"tenant".into(), &closed, "q2", 0).await;
            assert_eq!(texts.unwrap().texts.len(), 6, "{case}");
            assert!(
                stage
                    .planned()
                    .contains(&key(&open.id, PollNoticeKind::Result(0))),
                "{case}"
            );
            assert_eq!(stage.replaced(), ["closed"], "{case}");
            let told = stage.told();
            assert!(!told.is_empty(), "{case}");
            assert!(told.iter().all(|one| one["id"] == told[0]["id"]), "{case}");
            assert_eq!(
                stage.everything("ballots").await,
                Vec::<String>::new(),
                "{case}"
            );
            if !was_killed {
                assert!(
                    is_over(&closed) && waits > 20,
                    "there was something to kill"
                );
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_quorum_that_nobody_said_is_found_by_the_sweep_killed_at_any_wait_of_it() {
    for waits in (1..).step_by(2) {
        let stage = Stage::new().await;
        let closes = json!({"closes": {"after": "1d", "quorum": 3}, "remind": []});
        stage.accepts(with(lunch(), closes)).await;
        let open = stage.occurrences("lunch").await.remove(0);
        let id = open.id.to_string();
        for voter in 0..2 {
            stage.votes(&open, voter, "pie").await;
        }
        // So long as there are not enough, nothing is overdue, and nothing is done.
        for _ in 0..3 {
            stage.clock.advance(5 * super::stage::MINUTE);
            let looked = polling::Answer::Ticked {
                overdue: 0,
                more: false,
            };
            assert_eq!(stage.sweep().await, looked);
            assert_eq!(stage.occurrence(&id).await.phase, store::Phase::Open);
        }
        // The third is taken by a function that dies before it says so.
        stage.votes(&open, 2, "pie").await;
        stage.clock.advance(5 * super::stage::MINUTE);
        let was_killed = killed(&stage, waits, &json!({"sweep": true})).await;
        make_good(&stage).await;
        make_good(&stage).await;
        let closed = stage.occurrence(&id).await;
        assert_eq!(closed.phase, store::Phase::Closed, "killed after {waits}");
        assert_eq!(closed.closed_by.as_deref(), Some("quorum"));
        assert!(!stage.told().is_empty(), "killed after {waits}");
        assert_eq!(count(&stage.result(&closed).await, "pie"), 3);
        let due = stage.store.polls().due(jiff::Timestamp::MAX, None, 9).await;
        assert_eq!(due.unwrap(), [], "killed after {waits}");
        if !was_killed {
            assert!(
                is_over(&closed) && waits > 20,
                "there was something to kill"
            );
            break;
        }
    }
}

#[tokio::test]
async fn a_quorum_is_looked_for_until_the_poll_is_closed_and_not_again_when_it_is_opened_again() {
    let stage = Stage::new().await;
    let closes = json!({"closes": {"after": "1d", "quorum": 3}, "remind": []});
    stage.accepts(with(lunch(), closes)).await;
    let open = stage.occurrences("lunch").await.remove(0);
    for voter in 0..3 {
        stage.votes(&open, voter, "pie").await;
    }
    stage.invoke(command("c-1", "close", json!({}))).await;
    stage
        .invoke(command("c-2", "reopen", json!({"for": "1h"})))
        .await;
    stage.clock.advance(5 * super::stage::MINUTE);
    let looked = polling::Answer::Ticked {
        overdue: 0,
        more: false,
    };
    assert_eq!(stage.sweep().await, looked);
    let again = stage.occurrence(&open.id.to_string()).await;
    assert_eq!(again.phase, store::Phase::Open);
    let due = stage.store.polls().due(jiff::Timestamp::MAX, None, 9).await;
    let due = due.unwrap();
    assert!(
        due.iter().all(|due| due.what.starts_with("close/")),
        "{due:?}"
    );
}

#[tokio::test]
async fn killed_at_any_wait_of_deleting_it_is_gone() {
    for waits in (1..).step_by(3) {
        let stage = Stage::new().await;
        stage
            .accepts(with(lunch(), json!({"anonymous": true})))
            .await;
        let open = stage.occurrences("lunch").await.remove(0);
        stage.votes(&open, 1, "pie").await;
        let delete = command("c-1", "delete", json!({}));
        let was_killed = killed(&stage, waits, &delete).await;
        make_good(&stage).await;
        stage.invoke(delete).await;
        let polls = stage.store.polls();
        let list = polls.list(&"tenant".into(), None, 9).await.unwrap();
        assert_eq!(list.polls, [], "killed after {waits}");
        assert_eq!(stage.everything("ballots").await, Vec::<String>::new());
        let main = stage.everything("tidings").await.join("\n");
        assert!(
            !main.contains("VOTES#") && !main.contains("VOTING#"),
            "killed after {waits}"
        );
        if !was_killed {
            assert!(waits > 20, "there was something to kill");
            return;
        }
    }
}

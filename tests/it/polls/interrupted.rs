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

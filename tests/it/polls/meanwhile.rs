//! Two who do something with the same poll: one stands anywhere in between while the other comes to its end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws::{Schedule, ScheduleError, ScheduleName, Schedules};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::LambdaEvent;
use polling::{Answer, Polling};
use polls::PollNoticeKind;
use serde_json::{Value, json};
use startup::{Clock, ManualClock, Metrics};
use store::{Phase, Voted};
use tokio::sync::Notify;

use super::stage::{MINUTE, Stage, command, count, is_over, key, lunch, with};
use crate::stage::halted_after;

fn tick(does: &str, occurrence: Option<&str>) -> Value {
    let mut tick = json!({ "tenant": "tenant", "poll": "lunch", "do": does });
    if let Some(occurrence) = occurrence {
        tick["occurrence"] = occurrence.into();
    }
    tick
}

/// Another try of the same function, by a clock of its own.
fn another(stage: &Stage, clock: Arc<dyn Clock>) -> Polling {
    Polling {
        store: stage.store.clone(),
        schedules: Arc::new(stage.schedules.clone()),
        notification_queue: stage.notifications.clone(),
        task_queue: stage.tasks.clone(),
        dead_letters: stage.dead.clone(),
        events: stage.told.clone(),
        clock,
        home_tenant: "tenant".into(),
        metrics: Metrics::new("polls"),
    }
}

async fn runs(polling: &Polling, stage: &Stage, event: &Value) -> Answer {
    let (event, context) = stage.invocation(event);
    let answer = polling.invoke(LambdaEvent::new(event, context)).await;
    answer.unwrap()
}

#[tokio::test]
async fn who_closes_slowly_does_not_close_what_was_opened_again_meanwhile() {
    for waits in 1.. {
        let stage = Stage::new().await;
        stage.accepts(lunch()).await;
        let open = stage.occurrences("lunch").await.remove(0);
        let id = open.id.to_string();
        stage.votes(&open, 1, "pie").await;
        stage.clock.advance(60 * MINUTE);
        let close = tick("close", Some(&id));
        let slow = halted_after(waits, stage.invoke(close.clone())).await;
        stage.invoke(close).await;
        let reopen = command("c-1", "reopen", json!({ "for": "1h" }));
        stage.invoke(reopen).await;
        let Some(slow) = slow else {
            assert!(waits > 20, "there was something to be slow with");
            return;
        };
        slow.await;
        let now = stage.occurrence(&id).await;
        assert_eq!((now.phase, now.round), (Phase::Open, 1), "{waits}");
        let voted = stage.votes(&now, 2, "pie").await;
        assert_eq!(voted, Voted::Recorded { replaced: None }, "{waits}");
        // The slow one may have removed the schedule: then the sweep closes it.
        stage.wait(64).await;
        stage.sweep().await;
        let closed = stage.occurrence(&id).await;
        assert!(is_over(&closed), "{waits}: {closed:?}");
        assert_eq!(count(&stage.result(&closed).await, "pie"), 2, "{waits}");
    }
}

/// A clock that tells when somebody begins to wait.
#[derive(Debug)]
struct Watched {
    clock: ManualClock,
    sleeps: Notify,
}

#[async_trait]
impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn sleep(&self, wait: Duration) {
        self.sleeps.notify_one();
        self.clock.sleep(wait).await;
    }
}

#[tokio::test]
async fn a_tick_that_comes_early_and_waits_closes_nothing_that_is_extended_meanwhile() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let open = stage.occurrences("lunch").await.remove(0);
    let id = open.id.to_string();
    let early = open.closes.unwrap() - SignedDuration::from_secs(3);
    stage.clock.set(early);
    let watched = Arc::new(Watched {
        clock: ManualClock::new(early),
        sleeps: Notify::new(),
    });
    let polling = another(&stage, watched.clone());
    let close = tick("close", Some(&id));
    let extends = async {
        watched.sleeps.notified().await;
        let extend = command("c-1", "extend", json!({ "for": "1h" }));
        stage.invoke(extend).await;
        watched.clock.advance(MINUTE / 10);
    };
    futures_util::join!(runs(&polling, &stage, &close), extends);
    let now = stage.occurrence(&id).await;
    assert_eq!(now.phase, Phase::Open);
    let voted = stage.votes(&now, 2, "pie").await;
    assert_eq!(voted, Voted::Recorded { replaced: None });
    stage.wait(62).await;
    assert!(is_over(&stage.occurrence(&id).await));
}

#[tokio::test]
async fn a_quorum_closes_once_and_not_what_its_owner_has_opened_again() {
    let stage = Stage::new().await;
    let closes = json!({ "closes": { "after": "1h", "quorum": 2 } });
    stage.accepts(with(lunch(), closes)).await;
    let open = stage.occurrences("lunch").await.remove(0);
    let id = open.id.to_string();
    let look = json!({
        "detail-type": "tidings.poll.quorum", "source": "tidings", "detail": { "occurrence": id },
    });
    for voter in 0..2 {
        stage.votes(&open, voter, "pie").await;
    }
    stage.invoke(look.clone()).await;
    assert!(is_over(&stage.occurrence(&id).await));
    stage
        .invoke(command("c-1", "reopen", json!({ "for": "1h" })))
        .await;
    // Told twice, and by whoever votes next.
    stage.invoke(look.clone()).await;
    let again = stage.occurrence(&id).await;
    assert_eq!((again.phase, again.round), (Phase::Open, 1));
    stage.votes(&again, 7, "soup").await;
    stage.invoke(look).await;
    assert_eq!(stage.occurrence(&id).await.phase, Phase::Open);
    stage.wait(61).await;
    let closed = stage.occurrence(&id).await;
    assert!(is_over(&closed));
    assert_eq!(closed.closed_by.as_deref(), Some("time"));
    assert_eq!(stage.result(&closed).await.voters, 3);
}

#[tokio::test]
async fn what_is_deleted_while_it_is_opened_is_gone_and_asks_nobody() {
    for waits in 1.. {
        let stage = Stage::new().await;
        let at = json!({ "anonymous": true, "schedule": { "cron": "0 12 * * *" } });
        stage.accepts(with(lunch(), at)).await;
        stage.clock.advance(180 * MINUTE);
        let slow = halted_after(waits, stage.invoke(tick("open", None))).await;
        stage.invoke(command("c-1", "delete", json!({}))).await;
        let Some(slow) = slow else {
            assert!(waits > 10, "there was something to be slow with");
            return;
        };
        slow.await;
        // A schedule that was set since finds nothing to do.
        stage.wait(25 * 60).await;
        stage.sweep().await;
        assert_eq!(stage.schedules.all(), [], "{waits}");
        assert_eq!(stage.everything("ballots").await, Vec::<String>::new());
        for item in stage.everything("tidings").await {
            for partition in ["POLL", "VOTING#", "VOTES#"] {
                assert!(
                    !item.contains(&format!("S(\"{partition}")),
                    "{waits}: {item}"
                );
            }
        }
        let asked = "lunch@20261124T120000Z".parse().unwrap();
        let asked = key(&asked, PollNoticeKind::Ask);
        let ledger = stage.store.ledger();
        if ledger.notification(&asked).await.unwrap().is_some() {
            let cancelled = ledger.cancelled(&asked).await.unwrap();
            assert!(cancelled.is_some(), "{waits}: they would be asked");
        }
    }
}

#[tokio::test]
async fn of_what_is_deleted_while_somebody_closes_it_slowly_nothing_stays() {
    // Not every wait: there are some hundred.
    for (anonymous, step) in [(false, 2), (true, 7)] {
        for waits in (1..).step_by(step) {
            let stage = Stage::new().await;
            let poll = with(lunch(), json!({ "anonymous": anonymous }));
            stage.accepts(poll).await;
            let open = stage.occurrences("lunch").await.remove(0);
            for voter in 0..5 {
                stage.votes(&open, voter, "pie").await;
            }
            stage.clock.advance(60 * MINUTE);
            let close = tick("close", Some(&open.id.to_string()));
            let slow = halted_after(waits, stage.invoke(close)).await;
            stage.invoke(command("c-1", "delete", json!({}))).await;
            let Some(slow) = slow else {
                assert!(waits > 20, "there was something to be slow with");
                break;
            };
            slow.await;
            stage.clock.advance(3 * MINUTE);
            stage.sweep().await;
            let left = stage.everything("ballots").await;
            assert_eq!(left, Vec::<String>::new(), "{waits}");
            for item in stage.everything("tidings").await {
                for partition in ["POLL", "VOTING#", "VOTES#"] {
                    let gone = !item.contains(&format!("S(\"{partition}"));
                    assert!(gone, "anonymous: {anonymous}, {waits}: {item}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_command_that_is_delivered_again_after_another_changes_nothing() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let open = stage.occurrences("lunch").await.remove(0);
    let id = open.id.to_string();
    let close = command("c-1", "close", json!({}));
    let reopen = command("c-2", "reopen", json!({ "for": "1h" }));
    let extend = command("c-3", "extend", json!({ "for": "1h" }));
    for event in [&close, &reopen, &extend] {
        stage.invoke(event.clone()).await;
    }
    let now = stage.occurrence(&id).await;
    assert_eq!((now.phase, now.round), (Phase::Open, 1));
    for event in [&close, &reopen, &extend, &close] {
        stage.invoke(event.clone()).await;
        assert_eq!(stage.occurrence(&id).await, now, "{event}");
    }
    stage.invoke(command("c-4", "close", json!({}))).await;
    let closed = stage.occurrence(&id).await;
    stage.invoke(reopen).await;
    assert_eq!(stage.occurrence(&id).await, closed);
    assert!(is_over(&closed));
}

/// A service that has too much to do.
#[derive(Debug)]
struct Overloaded;

#[async_trait]
impl Schedules for Overloaded {
    async fn set(&self, _: Schedule) -> Result<(), ScheduleError> {
        Err(ScheduleError::Refused {
            code: "ServiceQuotaExceededException".to_owned(),
        })
    }

    async fn remove(&self, _: &ScheduleName) -> Result<(), ScheduleError> {
        Err(ScheduleError::Unavailable("throttled".into()))
    }
}

#[tokio::test]
async fn while_no_schedule_can_be_set_or_removed_the_sweep_asks_and_closes_each_time_once() {
    let mut stage = Stage::new().await;
    stage.polling.schedules = Arc::new(Overloaded);
    let hourly = json!({
        "schedule": { "cron": "0 * * * *" }, "closes": { "after": "20m" }, "remind": ["10m"],
    });
    let (event, context) = stage.invocation(&super::stage::define(with(lunch(), hourly)));
    let refused = stage.polling.invoke(LambdaEvent::new(event, context)).await;
    assert_eq!(refused.unwrap_err().error_type, "ScheduleRefused");
    for _ in 0..35 {
        stage.clock.advance(5 * MINUTE);
        let (event, context) = stage.invocation(&json!({ "sweep": true }));
        // It says that it fails as long as that lasts.
        drop(stage.polling.invoke(LambdaEvent::new(event, context)).await);
    }
    let all = stage.occurrences("lunch").await;
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.iter().all(is_over), "{all:?}");
    assert_eq!(stage.told().len(), 3, "each is told once");
}

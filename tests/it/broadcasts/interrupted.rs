//! Killed at every wait, a broadcast loses nobody and doubles nobody.

use std::collections::BTreeMap;

use notify::Broadcasts;
use simulator::World;
use store::BroadcastStage;

use crate::notify::{key_of, notification};
use crate::stage::{Stage, TableFault, batch, failed, killed_after};

/// Everybody in a chunk that was queued, with the number of chunks.
type Places = BTreeMap<String, usize>;

/// Works off what `notify` sends itself until nothing is left, each invocation under `interrupt`; whom the queued chunks
/// name, each chunk once.
async fn planned(
    stage: &Stage,
    body: &str,
    mut interrupt: impl FnMut() -> Option<usize>,
) -> Places {
    let mut chunks = BTreeMap::new();
    let mut waiting = vec![body.to_owned()];
    while let Some(message) = waiting.pop() {
        let invocation = stage.invoke_notify(batch("notifications", &[&message]));
        let answer = match interrupt() {
            Some(waits) => killed_after(waits, invocation).await,
            None => Some(invocation.await),
        };
        let done = answer.is_some_and(|answer| failed(&answer.expect("an answer")).is_empty());
        if !done {
            waiting.push(message);
        }
        waiting.extend(stage.mail.notification.take_all());
        for chunk in stage.chunks() {
            let before = chunks.insert(chunk.chunk.to_string(), chunk.recipients.clone());
            assert!(before.is_none_or(|before| before == chunk.recipients));
        }
    }
    let mut places = Places::new();
    for recipient in chunks.values().flatten() {
        *places.entry(recipient.to_string()).or_default() += 1;
    }
    places
}

fn in_steps() -> Broadcasts {
    Broadcasts {
        canary_percent: 33,
        canary_above: 10,
        ..Broadcasts::plain()
    }
}

#[tokio::test]
async fn a_release_killed_at_every_wait_queues_everybody() {
    let mut stage = Stage::with(World::crowd(61)).await;
    stage.knows_everybody().await;
    stage.notify.broadcasts = in_steps();
    for waits in 1.. {
        let body = notification(&format!("killed after {waits}"), &["everyone"]);
        let key = key_of(&body);
        // Every invocation is killed once, and then let through.
        let mut turn = 0;
        let mut interrupt = || {
            turn += 1;
            (turn % 2 == 1).then_some(waits)
        };
        let mut places = planned(&stage, &body.to_string(), &mut interrupt).await;
        let ledger = stage.store.ledger();
        let watched = ledger.broadcast(&key).await.unwrap().unwrap();
        assert_eq!(
            watched.stage,
            BroadcastStage::Watching,
            "killed after {waits}"
        );
        let first = places.len();
        // The canary ends well: its recipients did, as far as the ledger knows.
        let released = store::Broadcast {
            stage: BroadcastStage::Releasing,
            ..watched.clone()
        };
        let now = stage.clock_now();
        assert!(
            ledger
                .move_broadcast(&key, &watched, &released, now)
                .await
                .unwrap()
        );
        let step = work_items::BroadcastStep {
            notification: key.clone(),
            page: watched.page,
        };
        places.extend(planned(&stage, &step.to_body(), &mut interrupt).await);
        assert_eq!(places.len(), 61, "killed after {waits}");
        assert!(places.values().all(|places| *places == 1));
        assert!((20..61).contains(&first), "the canary is a part");
        let ended = ledger.broadcast(&key).await.unwrap().unwrap();
        assert_eq!(ended.stage, BroadcastStage::Released);
        assert_eq!((ended.recipients, ended.chunks), (61, 4));
        if waits > 120 {
            return;
        }
    }
}

#[tokio::test]
async fn a_table_that_fails_at_any_request_of_a_release_leaves_nobody_out() {
    let mut stage = Stage::with(World::crowd(41)).await;
    stage.knows_everybody().await;
    // A canary that is everybody but one chunk: what is queued by itself is the canary.
    stage.notify.broadcasts = Broadcasts {
        canary_percent: 67,
        canary_above: 10,
        ..Broadcasts::plain()
    };
    for fault in [TableFault::NotSent, TableFault::AnswerLost] {
        for nth in 0.. {
            stage.table_faults.fail(nth, fault);
            let id = format!("{fault:?} {nth}");
            let body = notification(&id, &["everyone"]).to_string();
            let places = planned(&stage, &body, || None).await;
            assert_eq!(places.len(), 40, "{id}");
            assert!(places.values().all(|places| *places == 1), "{id}");
            if !stage.table_faults.happened() {
                assert!(nth > 8, "there was something to fail");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_ending_killed_at_every_wait_ends_everybody_once() {
    let mut stage = Stage::with(World::crowd(41)).await;
    stage.knows_everybody().await;
    stage.notify.broadcasts = Broadcasts {
        approval_above: 10,
        ..Broadcasts::plain()
    };
    for waits in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89] {
        let body = notification(&format!("ended {waits}"), &["everyone"]);
        let key = key_of(&body);
        planned(&stage, &body.to_string(), || None).await;
        let ledger = stage.store.ledger();
        let by = "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e77".parse().unwrap();
        let decline = store::BroadcastDecision::Decline;
        let deciding = ledger.decide(&key, decline, &by, stage.clock_now());
        deciding.await.unwrap();
        let step = work_items::BroadcastStep {
            notification: key.clone(),
            page: u32::MAX,
        };
        let mut turn = 0;
        let interrupt = || {
            turn += 1;
            (turn < 20).then_some(waits * turn)
        };
        let queued = planned(&stage, &step.to_body(), interrupt).await;
        assert!(queued.is_empty(), "nobody is sent to");
        let counts = ledger.recount(&key).await.unwrap().unwrap();
        assert_eq!(counts.tally.all_skipped(), 41, "ended {waits}");
        assert!(counts.ended.is_some());
    }
}

//! So many people that no step can have them all in its hands.

use std::collections::HashMap;

use notify::Broadcasts;
use simulator::World;
use store::{BroadcastStage, CHUNKS_PER_PAGE};
use work_items::DeliveryChunk;

use crate::notify::{key_of, notification};
use crate::stage::{Stage, batch, failed, killed_after};

/// What the invocations did, at most.
#[derive(Debug, Default)]
struct Most {
    requests: usize,
    messages: usize,
    recipients: usize,
}

/// Plans and releases a broadcast to so many, whose invocations are killed again and again; what each did at most.
///
/// Everybody is accounted for: in one chunk each, and every chunk is queued.
async fn planned(people: u32) -> Most {
    let mut stage = Stage::with(World::crowd(1)).await;
    stage.has_everyone(people).await;
    stage.notify.broadcasts = Broadcasts {
        approval_above: 0,
        ..Broadcasts::default()
    };
    let body = notification("large", &["everyone"]);
    let key = key_of(&body);
    let ledger = stage.store.ledger();
    let mut most = Most::default();
    let mut queued: HashMap<String, usize> = HashMap::new();
    let mut waiting = vec![body.to_string()];
    let mut kills = (0..).map(|turn: usize| (turn % 3 == 1).then_some(7 * turn % 90 + 1));
    stage.table_faults.take_count();
    loop {
        let Some(message) = waiting.pop() else {
            let broadcast = ledger.broadcast(&key).await.unwrap().unwrap();
            if broadcast.stage == BroadcastStage::Released {
                break;
            }
            // What becomes of the canary is another test's concern: here it went well.
            assert_eq!(broadcast.stage, BroadcastStage::Watching);
            let well = store::Broadcast {
                stage: BroadcastStage::Releasing,
                ..broadcast.clone()
            };
            let now = stage.clock_now();
            assert!(
                ledger
                    .move_broadcast(&key, &broadcast, &well, now)
                    .await
                    .unwrap()
            );
            let step = work_items::BroadcastStep {
                notification: key.clone(),
                page: broadcast.page,
            };
            waiting.push(step.to_body());
            stage.table_faults.take_count();
            continue;
        };
        let invocation = stage.invoke_notify(batch("notifications", &[&message]));
        let answer = match kills.next().flatten() {
            Some(waits) => killed_after(waits, invocation).await,
            None => Some(invocation.await),
        };
        if !answer.is_some_and(|answer| failed(&answer.expect("an answer")).is_empty()) {
            waiting.push(message);
        }
        waiting.extend(stage.mail.notification.take_all());
        let chunks = stage.mail.broadcast.take_all();
        most.requests = most.requests.max(stage.table_faults.take_count());
        most.messages = most.messages.max(chunks.len());
        let mut recipients = 0;
        for chunk in &chunks {
            let chunk = DeliveryChunk::parse(chunk).unwrap();
            recipients += chunk.recipients.len();
            queued.insert(chunk.chunk.to_string(), chunk.recipients.len());
        }
        most.recipients = most.recipients.max(recipients);
    }
    let plan = ledger.plan(&key).await.unwrap();
    let total: usize = queued.values().sum();
    let people = usize::try_from(people).unwrap();
    assert_eq!((total, plan.recipients), (people, people as u64));
    assert_eq!(queued.len() as u64, plan.chunks);
    most
}

#[tokio::test]
async fn twenty_thousand_are_planned_in_pages_that_do_not_grow_and_nobody_is_lost_to_kills() {
    let few = planned(6_000).await;
    let many = planned(20_000).await;
    for most in [&few, &many] {
        assert!(most.messages <= CHUNKS_PER_PAGE, "{most:?}");
        assert!(
            most.recipients <= CHUNKS_PER_PAGE * notify::planning::CHUNK,
            "{most:?}"
        );
        assert!(most.requests <= 40, "{most:?}");
    }
    assert!(many.requests <= few.requests + 4, "{few:?}, {many:?}");
}

/// The same, whole: some minutes. `cargo test -p integration-tests --test it -- --ignored a_million`
#[tokio::test]
#[ignore = "takes minutes"]
async fn a_million_are_planned_in_pages_that_do_not_grow_and_nobody_is_lost_to_kills() {
    let most = planned(1_000_000).await;
    assert!(most.messages <= CHUNKS_PER_PAGE, "{most:?}");
    assert!(most.requests <= 40, "{most:?}");
}

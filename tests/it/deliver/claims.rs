//! Leases: one worker at a time, and what happens when it dies.

use jiff::ToSpan as _;
use notifications::RecipientKey;
use simulator::{Fault, Operation, Person, Reply};
use startup::Clock as _;
use store::Claiming;

use super::{at_most_once, deliver, delivery_batch, queued};
use crate::stage::{Stage, batch, start};

const BEN: &str = "upn:ben@contoso.example";

/// Queues a message to Ben; another worker claims its chunk and dies.
async fn held_by_somebody_who_died(stage: &Stage) -> (notifications::NotificationKey, String) {
    let key = queued(stage, "1", &[BEN]).await;
    let body = stage.mail.delivery.take_all().remove(0);
    let chunk = work_items::DeliveryChunk::parse(&body).expect("a chunk");
    let ledger = stage.store.ledger();
    let until = start() + 65.seconds();
    let claiming = ledger
        .claim(&key, &chunk.chunk, 1, "somebody", start(), until)
        .await
        .expect("the table works");
    assert!(matches!(claiming, Claiming::Claimed(_)));
    (key, body)
}

async fn stage() -> (Stage, Person, RecipientKey) {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    (stage, ben, b)
}

#[tokio::test]
async fn a_chunk_that_another_worker_has_comes_back_when_its_lease_ends() {
    let (stage, ben, _) = stage().await;
    let (_, body) = held_by_somebody_who_died(&stage).await;
    assert!(
        deliver(&stage, batch("deliveries", &[&body]))
            .await
            .is_empty()
    );
    assert_eq!(stage.teams.count(Operation::Send), 0);
    let copies = stage.mail.delivery.take_messages();
    assert_eq!(
        copies.len(),
        1,
        "nothing is acknowledged before a copy is queued"
    );
    assert_eq!(copies[0].delay.as_secs(), 66);
    stage.clock.advance(copies[0].delay);
    assert!(
        deliver(&stage, batch("deliveries", &[&copies[0].body]))
            .await
            .is_empty()
    );
    ben.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn at_least_once_a_dead_workers_recipients_are_sent_to_and_marked() {
    let (stage, ben, b) = stage().await;
    let (key, body) = held_by_somebody_who_died(&stage).await;
    stage.clock.set(start() + 10.minutes());
    assert!(
        deliver(&stage, batch("deliveries", &[&body]))
            .await
            .is_empty()
    );
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
    assert!(stage.outcome(&key, &b).await.starts_with("s+:"));
}

#[tokio::test]
async fn at_most_once_a_dead_workers_recipients_are_unknown() {
    let (stage, ben, b) = stage().await;
    at_most_once(&stage).await;
    let (key, body) = held_by_somebody_who_died(&stage).await;
    stage.clock.set(start() + 10.minutes());
    assert!(
        deliver(&stage, batch("deliveries", &[&body]))
            .await
            .is_empty()
    );
    assert_eq!(ben.chat().count(), 0);
    assert_eq!(stage.outcome(&key, &b).await, "u");
}

#[tokio::test]
async fn who_loses_a_chunk_records_nothing_and_looks_again_later() {
    let (stage, ben, b) = stage().await;
    let key = queued(&stage, "1", &[BEN]).await;
    let body = stage.mail.delivery.take_all().remove(0);
    // It stops right after it has sent, for longer than its lease lasts.
    let mut waits = 0;
    let slow = stage.another_deliver();
    let deadline = startup::Deadline::after(std::time::Duration::from_secs(60), stage.clock.now());
    let event = serde_json::from_value(batch("deliveries", &[&body])).expect("a batch");
    let mut slow = std::pin::pin!(slow.batch(event, deadline));
    while stage.teams.count(Operation::Send) == 0 {
        waits += 1;
        assert!(waits < 1_000, "it never sends");
        let one = crate::stage::killed_after(1, slow.as_mut()).await;
        assert!(one.is_none(), "it has ended");
        tokio::task::yield_now().await;
    }
    stage.clock.set(start() + 10.minutes());
    assert!(
        deliver(&stage, batch("deliveries", &[&body]))
            .await
            .is_empty()
    );
    let second = stage.outcome(&key, &b).await;
    assert!(second.starts_with("s+:"), "{second}");

    let answer = slow.await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(stage.outcome(&key, &b).await, second, "it stands");
    let copies = stage.mail.delivery.take_messages();
    assert_eq!(copies.len(), 1, "the other may be dead, too");
    assert_eq!(copies[0].delay.as_secs(), 90);
    stage.clock.advance(copies[0].delay);
    assert!(
        deliver(&stage, batch("deliveries", &[&copies[0].body]))
            .await
            .is_empty()
    );
    assert_eq!(stage.teams.messages_to(&ben).len(), 2);
    assert_eq!(stage.mail.delivery.len(), 0);
}

#[tokio::test]
async fn a_delivery_and_a_recall_that_are_held_for_the_same_minute_are_both_there() {
    let (stage, _, _) = stage().await;
    queued(&stage, "1", &[BEN]).await;
    let body = stage.mail.delivery.take_all().remove(0);
    let answer = || Fault::Answer(Reply::throttled(Some(1_200)));
    stage.teams.fail_next(Operation::Send, answer());
    deliver(&stage, batch("deliveries", &[&body])).await;
    let mut recall = work_items::DeliveryChunk::parse(&body).expect("a chunk");
    let held = stage.held(start() + 30.minutes()).await;
    assert_eq!(held.len(), 1);
    // Sent meanwhile by a redriven copy, and recalled at once.
    deliver(&stage, batch("deliveries", &[&body])).await;
    recall.work = work_items::Work::Recall;
    stage.teams.fail_next(Operation::Delete, answer());
    deliver(&stage, batch("deliveries", &[&recall.to_body()])).await;
    let held = stage.held(start() + 30.minutes()).await;
    let bodies: Vec<_> = held.iter().map(|item| &item.body).collect();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    stage.teams.release_unread();
}

#[tokio::test]
async fn a_chunk_that_is_done_is_done() {
    let (stage, ben, _) = stage().await;
    queued(&stage, "1", &[BEN]).await;
    let once = delivery_batch(&stage);
    for _ in 0..3 {
        assert!(deliver(&stage, once.clone()).await.is_empty());
    }
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
    assert_eq!(stage.mail.delivery.len(), 0);
}

#[tokio::test]
async fn the_same_chunk_twice_in_one_batch_is_sent_once() {
    let (stage, ben, _) = stage().await;
    queued(&stage, "1", &[BEN]).await;
    let body = stage.mail.delivery.take_all().remove(0);
    assert!(
        deliver(&stage, batch("deliveries", &[&body, &body, &body]))
            .await
            .is_empty()
    );
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn two_environments_at_once_send_once() {
    let (stage, ben, _) = stage().await;
    queued(&stage, "1", &[BEN]).await;
    let message = delivery_batch(&stage);
    let event = || serde_json::from_value(message.clone()).expect("a batch");
    let other = stage.another_deliver();
    let deadline = startup::Deadline::after(std::time::Duration::from_secs(60), stage.clock.now());
    let (one, two) = tokio::join!(
        stage.deliver.batch(event(), deadline),
        other.batch(event(), deadline)
    );
    assert!(one.batch_item_failures.is_empty() && two.batch_item_failures.is_empty());
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

//! What Teams answers, and what follows: a short wait here, a longer one in the queue, the longest in the table.

use std::time::Duration;

use jiff::ToSpan as _;
use simulator::{Fault, Operation, Reply};
use startup::Clock as _;
use work_items::{DeliveryChunk, HeldFor, QueueName};

use super::{at_most_once, deliver, delivery_batch, queued};
use crate::stage::{Stage, start};

const BEN: &str = "upn:ben@contoso.example";

#[tokio::test]
async fn a_short_wait_is_spent_here() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    stage
        .teams
        .fail_next(Operation::Send, Fault::Answer(Reply::throttled(Some(3))));
    let key = queued(&stage, "1", &[BEN]).await;
    let batch = delivery_batch(&stage);
    assert!(deliver(&stage, batch).await.is_empty());
    let message = ben.chat().next_message().await.expect("it arrives");
    assert_eq!(stage.outcome(&key, &b).await, format!("s:{}", message.id));
    assert!(stage.clock.now() >= start() + 3.seconds());
    assert_eq!(stage.mail.delivery.len(), 0);
}

#[tokio::test]
async fn a_longer_wait_is_a_copy_in_the_queue() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    stage
        .teams
        .fail_next(Operation::Send, Fault::Answer(Reply::throttled(Some(60))));
    let key = queued(&stage, "1", &[BEN]).await;
    let batch = delivery_batch(&stage);
    assert!(
        deliver(&stage, batch).await.is_empty(),
        "it is acknowledged"
    );
    assert_eq!(stage.outcome(&key, &b).await, "open");
    let copies = stage.mail.delivery.take_messages();
    assert_eq!(copies.len(), 1);
    let delay = copies[0].delay;
    assert!((60..=61).contains(&delay.as_secs()), "{delay:?}");
    stage.clock.advance(delay);
    let copy = crate::stage::batch("deliveries", &[&copies[0].body]);
    assert!(deliver(&stage, copy).await.is_empty());
    ben.chat().next_message().await.expect("it arrives");
    assert!(
        stage.outcome(&key, &b).await.starts_with("s:"),
        "and is not thought doubled"
    );
}

#[tokio::test]
async fn the_longest_wait_is_held_in_the_table() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    stage
        .teams
        .fail_next(Operation::Send, Fault::Answer(Reply::throttled(Some(3600))));
    queued(&stage, "1", &[BEN]).await;
    let batch = delivery_batch(&stage);
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(stage.mail.delivery.len(), 0);
    let held = stage.held(start() + 2.hours()).await;
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].why, held[0].queue),
        (HeldFor::Retry, QueueName::Delivery)
    );
    assert!(held[0].until >= start() + 1.hour());
    DeliveryChunk::parse(&held[0].body).expect("a chunk");
    stage.clock.set(held[0].until);
    stage.release(&held[0]).await;
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn those_who_were_sent_to_are_not_sent_to_again_when_the_rest_comes_back() {
    let stage = Stage::contoso().await;
    stage.knows_everybody().await;
    let ben = stage.teams.person("ben");
    let throttled = Fault::Answer(Reply::throttled(Some(60)));
    stage
        .teams
        .fail_next_in(&ben.conversation_id(), Operation::Send, throttled);
    queued(&stage, "1", &["everyone"]).await;
    stage.settle().await;
    for person in stage.teams.people() {
        assert_eq!(
            stage.teams.messages_to(&person).len(),
            1,
            "{}",
            person.name()
        );
    }
}

#[tokio::test]
async fn a_500_is_not_repeated() {
    let stage = Stage::contoso().await;
    let b = stage.knows(&stage.teams.person("ben")).await;
    stage
        .teams
        .fail_next(Operation::Send, Fault::Answer(Reply::service_error(500)));
    let key = queued(&stage, "1", &[BEN]).await;
    stage.settle().await;
    assert_eq!(stage.outcome(&key, &b).await, "f:service-fault");
    assert_eq!(stage.teams.count(Operation::Send), 1);
}

#[tokio::test]
async fn a_412_is_repeated_and_doubles_nothing() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    at_most_once(&stage).await;
    for _ in 0..2 {
        stage
            .teams
            .fail_next(Operation::Send, Fault::Answer(Reply::precondition_failed()));
    }
    let key = queued(&stage, "1", &[BEN]).await;
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
    assert!(stage.outcome(&key, &b).await.starts_with("s:"));
}

/// What may have arrived: answers after the message was taken, and answers that broke off.
fn ambiguous() -> [Fault; 3] {
    [
        Fault::AcceptThenAnswer(Reply::gateway_error(502)),
        Fault::AcceptThenAnswer(Reply::gateway_error(504)),
        Fault::Cut,
    ]
}

#[tokio::test]
async fn at_least_once_sends_again_what_may_have_arrived_and_says_so() {
    for fault in ambiguous() {
        let stage = Stage::contoso().await;
        let ben = stage.teams.person("ben");
        let b = stage.knows(&ben).await;
        stage.teams.fail_next(Operation::Send, fault.clone());
        let key = queued(&stage, "1", &[BEN]).await;
        stage.settle().await;
        let outcome = stage.outcome(&key, &b).await;
        assert!(outcome.starts_with("s+:"), "{fault:?}: {outcome}");
        let arrived = stage.teams.messages_to(&ben).len();
        assert!((1..=2).contains(&arrived), "{fault:?}: {arrived}");
    }
}

#[tokio::test]
async fn at_most_once_leaves_what_may_have_arrived_and_says_so() {
    for fault in ambiguous() {
        let stage = Stage::contoso().await;
        let ben = stage.teams.person("ben");
        let b = stage.knows(&ben).await;
        at_most_once(&stage).await;
        stage.teams.fail_next(Operation::Send, fault.clone());
        let key = queued(&stage, "1", &[BEN]).await;
        stage.settle().await;
        assert_eq!(stage.outcome(&key, &b).await, "u", "{fault:?}");
        assert_eq!(stage.teams.count(Operation::Send), 1, "{fault:?}");
        stage.teams.release_unread();
    }
}

#[tokio::test]
async fn a_message_that_may_have_arrived_is_marked_though_it_came_back_later() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    let doubtful = Fault::AcceptThenAnswer(Reply {
        retry_after: Some(120),
        ..Reply::gateway_error(503)
    });
    stage.teams.fail_next(Operation::Send, doubtful);
    let key = queued(&stage, "1", &[BEN]).await;
    let batch = delivery_batch(&stage);
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(stage.outcome(&key, &b).await, "in doubt");
    stage.settle().await;
    assert!(stage.outcome(&key, &b).await.starts_with("s+:"));
    assert_eq!(stage.teams.messages_to(&ben).len(), 2);
}

#[tokio::test]
async fn what_never_works_ends_as_failed_or_unknown_and_is_tried_no_more() {
    struct Always(Reply);
    impl simulator::Faults for Always {
        fn before(&self, call: &simulator::Call) -> Option<Fault> {
            (call.operation == Operation::Send).then(|| Fault::Answer(self.0.clone()))
        }
    }
    for (reply, outcome, tries) in [
        (Reply::gateway_error(503), "u", 5),
        (Reply::precondition_failed(), "f:exhausted", 14),
    ] {
        let stage = Stage::contoso().await;
        let b = stage.knows(&stage.teams.person("ben")).await;
        stage
            .teams
            .set_faults(Some(std::sync::Arc::new(Always(reply))));
        let key = queued(&stage, "1", &[BEN]).await;
        stage.settle().await;
        assert_eq!(stage.outcome(&key, &b).await, outcome);
        assert_eq!(stage.teams.count(Operation::Send), tries);
    }
}

#[tokio::test]
async fn a_send_begins_only_while_its_answer_can_still_be_heard() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    queued(&stage, "1", &[BEN]).await;
    let batch = serde_json::from_value(delivery_batch(&stage)).expect("a batch");
    let deadline = startup::Deadline::after(Duration::ZERO, stage.clock.now());
    let answer = stage.deliver.batch(batch, deadline).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(ben.chat().count(), 0);
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

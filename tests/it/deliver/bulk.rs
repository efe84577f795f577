//! Teams' own bulk operations: one request for many, and what became of each on the same ledger.

use std::time::Duration;

use notifications::RecipientKey;
use serde_json::json;
use simulator::{Fault, Operation, Person, Reply, World};
use work_items::{DeliveryChunk, Lane};

use super::{at_most_once, deliver, queued};
use crate::stage::{Stage, batch};

/// A stage on which bulk operations are used, its people as the table knows them, and a chunk of a broadcast to them all.
async fn broadcast(id: &str) -> (Stage, Vec<(Person, RecipientKey)>, DeliveryChunk) {
    let mut stage = Stage::with(World::crowd(8).with_bot_everywhere()).await;
    stage.deliver.bulk = deliver::Bulk::Users;
    let mut people = Vec::new();
    for person in stage.teams.people() {
        let key = stage.knows(&person).await;
        people.push((person, key));
    }
    queued(&stage, id, &["everyone"]).await;
    let mut chunks = stage.chunks();
    let mut chunk = chunks.remove(0);
    assert!(chunks.is_empty());
    chunk.lane = Lane::Broadcast;
    (stage, people, chunk)
}

async fn sends(stage: &Stage, chunk: &DeliveryChunk) {
    let failed = deliver(stage, batch("broadcasts", &[&chunk.to_body()])).await;
    assert_eq!(failed, Vec::<String>::new());
}

/// Lets the copy of the chunk that waits come, after its delay.
async fn comes_back(stage: &Stage) -> Duration {
    let copies = stage.mail.broadcast.take_messages();
    let [copy] = &copies[..] else {
        panic!("not one copy: {}", copies.len());
    };
    stage.clock.advance(copy.delay);
    let failed = deliver(stage, batch("broadcasts", &[&copy.body])).await;
    assert_eq!(failed, Vec::<String>::new());
    copy.delay
}

fn asked(stage: &Stage, operation: Operation) -> usize {
    let requests = stage.teams.requests();
    let of = requests
        .iter()
        .filter(|request| request.operation == operation);
    of.count()
}

fn has_one_each(stage: &Stage, people: &[(Person, RecipientKey)]) {
    for (person, _) in people {
        let messages = stage.teams.messages_to(person);
        assert_eq!(messages.len(), 1, "{}", person.name());
    }
}

#[tokio::test]
async fn one_request_reaches_everybody_and_each_has_an_outcome() {
    let (stage, people, chunk) = broadcast("1").await;
    sends(&stage, &chunk).await;
    for (_, key) in &people {
        assert_eq!(stage.outcome(&chunk.notification, key).await, "open");
    }
    comes_back(&stage).await;
    has_one_each(&stage, &people);
    for (_, key) in &people {
        assert_eq!(stage.outcome(&chunk.notification, key).await, "s:");
    }
    assert_eq!(asked(&stage, Operation::BatchUsers), 1);
    assert_eq!(asked(&stage, Operation::Send), 0);
    assert_eq!(stage.mail.broadcast.len(), 0);
}

#[tokio::test]
async fn whoever_an_operation_could_not_reach_is_tried_alone_and_has_its_reason() {
    let (stage, people, chunk) = broadcast("1").await;
    let (blocking, key) = &people[3];
    blocking.block_bot();
    sends(&stage, &chunk).await;
    comes_back(&stage).await;
    let outcome = stage.outcome(&chunk.notification, key).await;
    assert_eq!(outcome, "f:blocked-by-user");
    assert_eq!(asked(&stage, Operation::Send), 1);
    let reached = people.iter().filter(|(_, other)| other != key);
    for (person, key) in reached {
        assert_eq!(stage.teams.messages_to(person).len(), 1);
        assert_eq!(stage.outcome(&chunk.notification, key).await, "s:");
    }
}

#[tokio::test]
async fn an_operation_that_goes_on_is_asked_again_when_it_says() {
    let (stage, people, chunk) = broadcast("1").await;
    sends(&stage, &chunk).await;
    let later = stage.clock_now() + jiff::SignedDuration::from_secs(15 + 90);
    let goes_on = json!({ "state": "ongoing", "statusMap": {}, "retryAfter": later.to_string() });
    let answer = Fault::Answer(Reply::json(200, goes_on));
    stage.teams.fail_next(Operation::BatchState, answer);
    comes_back(&stage).await;
    let (_, key) = &people[0];
    assert_eq!(stage.outcome(&chunk.notification, key).await, "open");
    let waited = comes_back(&stage).await;
    assert!((89..=91).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(stage.outcome(&chunk.notification, key).await, "s:");
    has_one_each(&stage, &people);
}

#[tokio::test]
async fn an_operation_that_may_have_begun_is_repeated_alone_and_marked() {
    let (stage, people, chunk) = broadcast("1").await;
    let lost = Fault::AcceptThenAnswer(Reply::error(502, "ServiceError", "lost"));
    stage.teams.fail_next(Operation::BatchUsers, lost);
    sends(&stage, &chunk).await;
    for (person, key) in &people {
        let outcome = stage.outcome(&chunk.notification, key).await;
        assert!(outcome.starts_with("s+:"), "{outcome}");
        assert_eq!(stage.teams.messages_to(person).len(), 2);
    }
}

#[tokio::test]
async fn an_operation_that_may_have_begun_is_not_repeated_where_nobody_may_have_it_twice() {
    let (stage, _, _) = broadcast("1").await;
    at_most_once(&stage).await;
    queued(&stage, "2", &["everyone"]).await;
    let lost = Fault::AcceptThenAnswer(Reply::error(502, "ServiceError", "lost"));
    stage.teams.fail_next(Operation::BatchUsers, lost);
    let people = stage.teams.people();
    let mut chunks = stage.chunks();
    chunks.sort_by_key(|chunk| std::cmp::Reverse(chunk.recipients.len()));
    let mut chunk = chunks.remove(0);
    assert_eq!(chunk.recipients.len(), 5);
    chunk.lane = Lane::Broadcast;
    sends(&stage, &chunk).await;
    for key in &chunk.recipients {
        assert_eq!(stage.outcome(&chunk.notification, key).await, "u");
    }
    for person in people {
        assert!(stage.teams.messages_to(&person).len() <= 1);
    }
}

#[tokio::test]
async fn an_operation_that_is_refused_leaves_everybody_to_be_sent_to_alone() {
    let (stage, people, chunk) = broadcast("1").await;
    let refused = Reply::error(403, "NotEnoughPermissions", "not in this tenant");
    let refused = Fault::Answer(refused);
    stage.teams.fail_next(Operation::BatchUsers, refused);
    sends(&stage, &chunk).await;
    has_one_each(&stage, &people);
    for (_, key) in &people {
        let outcome = stage.outcome(&chunk.notification, key).await;
        assert!(outcome.starts_with("s:") && outcome.len() > 2, "{outcome}");
    }
}

#[tokio::test]
async fn an_operation_that_nobody_knows_any_more_leaves_doubt() {
    let (stage, people, chunk) = broadcast("1").await;
    sends(&stage, &chunk).await;
    let unknown = Fault::Answer(Reply::error(404, "NotFound", "no operation"));
    stage.teams.fail_next(Operation::BatchState, unknown);
    comes_back(&stage).await;
    for (person, key) in &people {
        let outcome = stage.outcome(&chunk.notification, key).await;
        assert!(outcome.starts_with("s+:"), "{outcome}");
        assert_eq!(stage.teams.messages_to(person).len(), 2);
    }
}

#[tokio::test]
async fn a_worker_that_dies_while_an_operation_runs_doubts_nobody_in_it() {
    let (stage, people, chunk) = broadcast("1").await;
    sends(&stage, &chunk).await;
    // Another worker has the chunk, and dies.
    let (ledger, now) = (stage.store.ledger(), stage.clock_now());
    let until = now + jiff::SignedDuration::from_secs(5);
    let size = chunk.recipients.len();
    ledger
        .claim(&chunk.notification, &chunk.chunk, size, "dead", now, until)
        .await
        .expect("the table works");
    comes_back(&stage).await;
    has_one_each(&stage, &people);
    for (_, key) in &people {
        assert_eq!(stage.outcome(&chunk.notification, key).await, "s:");
    }
}

#[tokio::test]
async fn nothing_of_the_kind_happens_unless_it_is_asked_for() {
    let (mut stage, people, chunk) = broadcast("1").await;
    stage.deliver.bulk = deliver::Bulk::Off;
    sends(&stage, &chunk).await;
    has_one_each(&stage, &people);
    assert_eq!(asked(&stage, Operation::BatchUsers), 0);
}

#[tokio::test]
async fn whose_chat_an_operation_does_not_find_has_it_opened_again() {
    let (stage, people, chunk) = broadcast("1").await;
    let (gone, key) = &people[2];
    sends(&stage, &chunk).await;
    gone.delete_chat();
    let entry = json!({ "entryId": gone.teams_id(), "error": "ConversationNotFound" });
    let failed = json!({ "failedEntryResponses": [entry] });
    let answer = Fault::Answer(Reply::json(200, failed));
    stage.teams.fail_next(Operation::BatchFailedEntries, answer);
    comes_back(&stage).await;
    let outcome = stage.outcome(&chunk.notification, key).await;
    assert!(outcome.starts_with("s:") && outcome.len() > 2, "{outcome}");
    let ledger = stage.store.ledger();
    let record = ledger.recipient(&chunk.notification, key).await.unwrap();
    let repairs = record.expect("they are in a chunk").progress.repairs;
    assert!(repairs.has(store::Repairs::REOPENED));
    stage.teams.release_unread();
}

#[tokio::test]
async fn an_operation_that_ended_before_the_cancel_counts_as_it_ended() {
    let (stage, people, chunk) = broadcast("1").await;
    sends(&stage, &chunk).await;
    let (ledger, now) = (stage.store.ledger(), stage.clock_now());
    ledger.cancel(&chunk.notification, now).await.unwrap();
    stage.clock.advance(Duration::from_secs(60));
    let refused = Fault::Answer(Reply::error(400, "BadArgument", "it has ended"));
    stage.teams.fail_next(Operation::BatchCancel, refused);
    comes_back(&stage).await;
    for (_, key) in &people {
        assert_eq!(stage.outcome(&chunk.notification, key).await, "s:");
    }
    assert_eq!(asked(&stage, Operation::BatchCancel), 0);
    has_one_each(&stage, &people);
}

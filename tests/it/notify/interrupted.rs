//! Planning that is killed anywhere goes on without anybody twice, and without anybody lost.

use std::collections::BTreeMap;

use notifications::{Policy, RecipientKey, Topic};
use proptest::prelude::*;
use serde_json::Value;
use simulator::World;
use work_items::DeliveryChunk;

use super::notification;
use crate::stage::{Stage, TableFault, batch, failed, killed_after};

/// Every chunk that was ever queued, by its key. A chunk may be queued twice; it is the same chunk then.
#[derive(Default)]
struct Queued(BTreeMap<String, DeliveryChunk>);

impl Queued {
    fn collect(&mut self, stage: &Stage) {
        for chunk in stage.chunks() {
            if let Some(before) = self.0.insert(chunk.chunk.to_string(), chunk.clone()) {
                assert_eq!(before.recipients, chunk.recipients, "a chunk never changes");
            }
        }
    }

    /// How often each recipient is in a chunk.
    fn places(&self) -> BTreeMap<&RecipientKey, usize> {
        let mut places = BTreeMap::new();
        for key in self.0.values().flat_map(|chunk| &chunk.recipients) {
            *places.entry(key).or_default() += 1;
        }
        places
    }
}

/// Delivers what waits in the notification queue, and this body, until nothing is left; `interrupt` may stop any of
/// the invocations, whose message the queue shows again.
async fn plan(stage: &Stage, body: &Value, mut interrupt: impl FnMut() -> Option<usize>) -> Queued {
    let mut queued = Queued::default();
    let mut waiting = vec![body.to_string()];
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
        queued.collect(stage);
    }
    queued
}

async fn crowd(people: u32) -> (Stage, Vec<RecipientKey>) {
    let stage = Stage::with(World::crowd(people)).await;
    let mut keys = Vec::new();
    for person in stage.teams.people() {
        keys.push(stage.knows(&person).await);
    }
    (stage, keys)
}

#[tokio::test]
async fn a_plan_of_several_pages_has_everybody_once() {
    let stage = Stage::contoso().await;
    // 98 chunks of 5 are a page.
    let mut topic = Topic::undefined("deploys".parse().expect("a topic"));
    topic.policy = Policy::AtMostOnce;
    let tenant = stage.teams.tenant().into();
    let topics = stage.store.topics();
    topics.put(&tenant, &topic).await.expect("the table works");
    let people: Vec<String> = (0..1_000)
        .map(|number| format!("aad:3b5e7d10-8c1f-4d4e-9c55-{number:012}"))
        .collect();
    let to: Vec<&str> = people.iter().map(String::as_str).collect();
    stage.accepts(&notification("pages", &to)).await;
    assert_eq!(
        stage.chunks(),
        [],
        "nothing is queued before everybody is planned"
    );
    let next = stage.mail.notification.take_all();
    assert_eq!(next.len(), 1, "the next page is asked for");

    let mut kills = [40, 4, 80, 7, 20, 60].into_iter();
    let queued = plan(&stage, &notification("again", &to), || kills.next()).await;
    let places = queued.places();
    assert_eq!(places.len(), people.len());
    assert!(places.values().all(|places| *places == 1));
    assert_eq!(queued.0.len(), 200);
}

#[tokio::test]
async fn a_planner_killed_at_any_wait_leaves_nobody_out_and_nobody_twice() {
    let (stage, keys) = crowd(25).await;
    for waits in 1.. {
        let body = notification(&format!("killed after {waits}"), &["everyone"]);
        let mut kill = Some(waits);
        let queued = plan(&stage, &body, || kill.take()).await;
        let places = queued.places();
        assert_eq!(places.len(), keys.len(), "killed after {waits}");
        assert!(
            places.values().all(|places| *places == 1),
            "killed after {waits}"
        );
        let whole = notification(&format!("not killed after {waits}"), &["everyone"]);
        let message = batch("notifications", &[&whole.to_string()]);
        if killed_after(waits, stage.invoke_notify(message))
            .await
            .is_some()
        {
            assert!(waits > 10, "there was something to kill");
            return;
        }
    }
}

#[tokio::test]
async fn a_table_that_fails_at_any_request_leaves_nobody_out_and_nobody_twice() {
    let (stage, keys) = crowd(25).await;
    for fault in [TableFault::NotSent, TableFault::AnswerLost] {
        for nth in 0.. {
            stage.table_faults.fail(nth, fault);
            let body = notification(&format!("{fault:?} {nth}"), &["everyone"]);
            let queued = plan(&stage, &body, || None).await;
            let places = queued.places();
            assert_eq!(places.len(), keys.len(), "{fault:?} {nth}");
            assert!(
                places.values().all(|places| *places == 1),
                "{fault:?} {nth}"
            );
            if !stage.table_faults.happened() {
                assert!(nth > 3, "there was something to fail");
                break;
            }
        }
    }
}

#[tokio::test]
async fn people_who_come_and_go_between_two_tries_are_in_one_chunk_at_most() {
    let stage = Stage::with(World::crowd(60)).await;
    let people = stage.teams.people();
    for person in people.iter().step_by(2) {
        stage.knows(person).await;
    }
    let body = notification("moving", &["everyone"]);
    // Frozen, and killed before anything was queued.
    stage.mail.delivery.goes_missing(true);
    let message = batch("notifications", &[&body.to_string()]);
    let answer = stage.invoke_notify(message).await.expect("an answer");
    assert_eq!(failed(&answer), ["m-0"]);
    stage.mail.delivery.goes_missing(false);
    for person in people.iter().skip(1).step_by(2) {
        stage.knows(person).await;
    }
    let queued = plan(&stage, &body, || None).await;
    let places = queued.places();
    assert_eq!(places.len(), 30, "the audience is the one that was frozen");
    assert!(places.values().all(|places| *places == 1));
}

#[tokio::test]
async fn two_planners_at_once_freeze_one_plan() {
    let (stage, keys) = crowd(30).await;
    let body = notification("twice at once", &["everyone"]).to_string();
    let message = || stage.invoke_notify(batch("notifications", &[&body]));
    let (one, other) = tokio::join!(message(), message());
    for answer in [one, other] {
        assert!(failed(&answer.expect("an answer")).is_empty());
    }
    let mut queued = Queued::default();
    queued.collect(&stage);
    let places = queued.places();
    assert_eq!(places.len(), keys.len());
    assert!(places.values().all(|places| *places == 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, ..ProptestConfig::default() })]

    /// Whatever the audience, and however often it is killed.
    #[test]
    fn every_recipient_is_in_exactly_one_chunk(
        people in 1_u32..60,
        kills in prop::collection::vec(1_usize..60, 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (stage, keys) = crowd(people).await;
            let mut kills = kills.into_iter();
            let body = notification("random", &["everyone"]);
            let queued = plan(&stage, &body, || kills.next()).await;
            let places = queued.places();
            prop_assert_eq!(places.len(), keys.len());
            prop_assert!(places.values().all(|places| *places == 1));
            Ok(())
        })?;
    }
}

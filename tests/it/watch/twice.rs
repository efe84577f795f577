//! Ticks that come twice, and functions that are stopped half-way.

use std::collections::BTreeSet;

use serde_json::json;

use super::source::Page;
use super::{MINUTE, Stage, feed};

#[tokio::test]
async fn two_ticks_at_once_tell_the_same_once() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    stage.added("/feed", "atom").await;
    stage
        .source
        .serve("/feed", Page::new(feed(&["three", "two", "one"])));
    let tick = json!({ "period": "5m" });
    let (first, second) = tokio::join!(stage.invoke(&tick), stage.invoke(&tick));
    first.unwrap();
    second.unwrap();
    // A tick that finds what the other is about to queue queues it, too: word for word, which the ledger knows.
    let bodies: BTreeSet<String> = stage.queue.take_all().into_iter().collect();
    assert_eq!(bodies.len(), 2);
    stage.pass(5 * MINUTE).await;
    assert_eq!(stage.whats(), Vec::<String>::new());
}

#[tokio::test]
async fn what_could_not_be_queued_is_queued_by_the_next_tick_word_for_word() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    stage.queue.goes_missing(true);
    let error = stage
        .invoke(&json!({ "period": "5m" }))
        .await
        .expect_err("the queue is gone");
    assert_eq!(error.error_type, "QueueRefused");
    let left = stage.state(&id).await.outbox;
    assert_eq!(left.len(), 1);

    // The entry changes before the next tick; what was found is what is told.
    stage.queue.goes_missing(false);
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    stage.tick().await;
    assert_eq!(stage.queue.take_all(), [left[0].to_string()]);
    assert!(stage.state(&id).await.outbox.is_empty());
    stage.tick().await;
    assert_eq!(stage.whats(), Vec::<String>::new());
}

#[tokio::test]
async fn a_watch_that_is_removed_and_added_again_begins_anew() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    stage.ask("tidings.watch.remove", json!({ "id": id })).await;
    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    assert_eq!(stage.added("/feed", "atom").await, id);
    stage.tick().await;
    assert_eq!(
        stage.whats(),
        Vec::<String>::new(),
        "its first look was silent again"
    );
}

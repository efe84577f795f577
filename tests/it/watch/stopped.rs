//! Functions that are stopped at any moment, and others that do the opposite meanwhile.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use serde_json::{Value, json};

use super::source::Page;
use super::{MINUTE, Stage, feed};

/// More than any invocation here waits for something.
const MOMENTS: usize = 40;

/// Lets a future come as far as so many waits, and stops it there. Whether it ended before.
async fn stopped_after(waits: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    first_waits(waits, &mut future).await
}

/// Lets a future come as far as so many waits. Whether it ended before.
async fn first_waits<F: Future>(mut waits: usize, future: &mut std::pin::Pin<&mut F>) -> bool {
    poll_fn(|context| {
        if waits == 0 {
            return Poll::Ready(false);
        }
        waits -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

fn event(kind: &str, detail: Value) -> Value {
    json!({ "source": "tidings", "detail-type": kind, "detail": detail })
}

fn definition(stage: &Stage, path: &str) -> Value {
    json!({ "url": stage.source.url(path), "topic": "news", "every": "5m", "kind": "atom" })
}

#[tokio::test]
async fn a_tick_that_is_stopped_anywhere_loses_nothing_and_repeats_itself_word_for_word() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["first"])));
    stage.added("/feed", "atom").await;
    let titles: Vec<String> = (0..MOMENTS).map(|n| format!("entry-{n}")).collect();
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let (mut stopped, mut ended) = (0, 0);
    for waits in 0..MOMENTS {
        let shown: Vec<&str> = titles[..=waits].iter().rev().map(String::as_str).collect();
        stage.source.serve("/feed", Page::new(feed(&shown)));
        let tick = json!({ "period": "5m" });
        match stopped_after(waits, stage.invoke(&tick)).await {
            true => ended += 1,
            false => stopped += 1,
        }
        // The next tick sees the document as it was, or changed once more.
        stage.tick().await;
        for body in stage.queue.take_all() {
            let news: Value = serde_json::from_str(&body).unwrap();
            let id = news["id"].as_str().unwrap().to_owned();
            let before = told.insert(id, body.clone());
            assert!(before.is_none_or(|before| before == body), "{body}");
        }
        assert_eq!(told.len(), waits + 1, "after {waits} waits");
    }
    assert!(stopped > 5 && ended > 5, "{stopped} stopped, {ended} ended");
}

#[tokio::test]
async fn a_request_that_is_stopped_anywhere_may_be_made_again() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let watch = definition(&stage, "/feed");
    let add = event("tidings.watch.add", json!({ "watch": watch }));
    let mut stopped = 0;
    for waits in 0..MOMENTS {
        stopped += usize::from(!stopped_after(waits, stage.invoke(&add)).await);
        let id = stage.added("/feed", "atom").await;
        assert_eq!(stage.schedules.all().len(), 1, "after {waits} waits");
        let ticked = stage.pass(5 * MINUTE).await;
        assert!(ticked.last().is_some_and(|last| last.looked == 1));
        assert_eq!(
            stage.whats(),
            Vec::<String>::new(),
            "its first look is silent"
        );

        let remove = event("tidings.watch.remove", json!({ "id": id }));
        stopped += usize::from(!stopped_after(waits, stage.invoke(&remove)).await);
        stage.invoke(&remove).await.unwrap();
        // If it was stopped between the watch and its schedule, the next tick takes that away.
        stage.pass(5 * MINUTE).await;
        assert_eq!(stage.schedules.all(), [], "after {waits} waits");
    }
    assert!(stopped > 10, "{stopped}");
}

#[tokio::test]
async fn a_watch_that_is_added_while_the_last_one_goes_keeps_the_schedule() {
    for waits in 0..MOMENTS {
        for removes_first in [true, false] {
            let stage = Stage::new().await;
            stage.source.serve("/old", Page::new(feed(&["one"])));
            stage.source.serve("/new", Page::new(feed(&["one"])));
            let old = stage.added("/old", "atom").await;
            let remove = event("tidings.watch.remove", json!({ "id": old }));
            let add = event(
                "tidings.watch.add",
                json!({ "watch": definition(&stage, "/new") }),
            );
            let (first, second) = if removes_first {
                (&remove, &add)
            } else {
                (&add, &remove)
            };
            let mut first = pin!(stage.invoke(first));
            let has_ended = first_waits(waits, &mut first).await;
            stage.invoke(second).await.unwrap();
            if !has_ended {
                first.await.unwrap();
            }
            assert_eq!(stage.schedules.all().len(), 1, "after {waits} waits");
            assert_eq!(stage.tick().await.looked, 1);
            if has_ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_watch_that_goes_while_it_is_looked_at_leaves_nothing_behind() {
    for waits in 0..MOMENTS {
        let stage = Stage::new().await;
        stage.source.serve("/feed", Page::new(feed(&["one"])));
        let id = stage.added("/feed", "atom").await;
        stage
            .source
            .serve("/feed", Page::new(feed(&["two", "one"])));
        let tick = json!({ "period": "5m" });
        let mut look = pin!(stage.invoke(&tick));
        let has_ended = first_waits(waits, &mut look).await;
        stage.ask("tidings.watch.remove", json!({ "id": id })).await;
        if !has_ended {
            look.await.unwrap();
        }
        let left = stage
            .store
            .watches()
            .state(&stage.watcher.tenant, &id)
            .await;
        assert_eq!(left.unwrap(), None, "after {waits} waits");
        assert_eq!(stage.schedules.all(), []);
        if has_ended {
            break;
        }
    }
}

//! To add watches and to take them away, and the schedules that come and go with them.

use aws::When;
use notifications::Topic;
use serde_json::{Value, json};
use store::Store;
use watch::Reply;

use super::source::Page;
use super::{MINUTE, Stage, feed, refused};

async fn stored(store: &Store) -> usize {
    store
        .watches()
        .list(&super::TENANT.into())
        .await
        .unwrap()
        .len()
}

fn periods(stage: &Stage) -> Vec<u32> {
    let minutes = |schedule: aws::Schedule| match schedule.when {
        When::EveryMinutes(minutes) => minutes.get(),
        When::At(_) => 0,
    };
    let mut periods: Vec<u32> = stage.schedules.all().into_iter().map(minutes).collect();
    periods.sort_unstable();
    periods
}

#[tokio::test]
async fn watches_of_one_period_share_a_schedule_that_goes_with_the_last() {
    let stage = Stage::new().await;
    for path in ["/a", "/b", "/c"] {
        stage.source.serve(path, Page::new(feed(&["one"])));
    }
    let a = stage.added("/a", "atom").await;
    let b = stage.added("/b", "atom").await;
    assert_eq!(periods(&stage), [5]);
    let hourly = json!({ "url": stage.source.url("/c"), "topic": "news", "every": "1h" });
    stage.add(hourly).await;
    assert_eq!(periods(&stage), [5, 60]);

    let ticked = stage.pass(60 * MINUTE).await;
    assert_eq!(ticked.len(), 12 + 1);
    assert_eq!(ticked[0].looked, 2);

    let removed = |id: &str, was| Reply::Removed {
        id: id.to_owned(),
        was,
    };
    let remove = |id: String| stage.ask("tidings.watch.remove", json!({ "id": id }));
    assert_eq!(remove(a.clone()).await, removed(&a, true));
    assert_eq!(periods(&stage), [5, 60]);
    assert_eq!(remove(b.clone()).await, removed(&b, true));
    assert_eq!(periods(&stage), [60]);
    assert_eq!(remove(b.clone()).await, removed(&b, false));
    assert_eq!(stored(&stage.store).await, 1);
    assert!(refused(remove("everything".to_owned()).await).contains("id:"));
}

#[tokio::test]
async fn to_add_it_again_changes_its_period_and_keeps_its_place() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    let slower = json!({ "url": stage.source.url("/feed"), "topic": "news", "every": "10m", "kind": "atom" });
    let again = stage.add(slower).await;
    assert!(
        matches!(again, Reply::Added { id: ref again, .. } if *again == id),
        "{again:?}"
    );
    assert_eq!(periods(&stage), [10]);
    assert_eq!(stored(&stage.store).await, 1);
    stage.pass(10 * MINUTE).await;
    assert_eq!(
        stage.whats(),
        ["two"],
        "what came before it was added again is new"
    );
}

#[tokio::test]
async fn a_tick_without_watches_takes_its_schedule_away() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    // As if the function had been killed between the two steps.
    stage
        .store
        .watches()
        .remove(&super::TENANT.into(), &id)
        .await
        .unwrap();
    assert_eq!(stage.tick().await.looked, 0);
    assert_eq!(periods(&stage), Vec::<u32>::new());
}

#[tokio::test]
async fn a_definition_that_is_wrong_names_each_field_and_changes_nothing() {
    let stage = Stage::new().await;
    let reason = refused(
        stage
            .add(json!({ "url": "feed", "every": "1s", "kind": "xml" }))
            .await,
    );
    for field in ["url", "every", "kind", "topic"] {
        assert!(reason.contains(&format!("{field}: found ")), "{reason}");
    }
    assert_eq!(stored(&stage.store).await, 0);
    assert_eq!(periods(&stage), Vec::<u32>::new());
}

#[tokio::test]
async fn what_is_no_source_is_refused_with_the_reason() {
    let stage = Stage::new().await;
    stage
        .source
        .serve("/page", Page::new("<!DOCTYPE html><html></html>"));
    stage
        .source
        .serve("/large", Page::new(vec![b' '; 10 * 1024 * 1024]));
    let add = |path: &str| {
        let watch = json!({ "url": stage.source.url(path), "topic": "news", "every": "5m" });
        stage.add(watch)
    };
    assert_eq!(refused(add("/page").await), "it is not an Atom or RSS feed");
    assert_eq!(
        refused(add("/large").await),
        "it is larger than 2097152 bytes"
    );
    assert_eq!(refused(add("/none").await), "it answered with status 404");
    assert_eq!(stored(&stage.store).await, 0);
}

#[tokio::test]
async fn a_source_that_is_down_is_added_and_says_so() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::status(503));
    let watch = json!({ "url": stage.source.url("/feed"), "topic": "news", "every": "5m" });
    let reply = stage.add(watch).await;
    let expected = "it answered with status 503";
    assert!(
        matches!(&reply, Reply::Added { unread: Some(why), .. } if why == expected),
        "{reply:?}"
    );
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    assert_eq!(stage.tick().await.news, 0, "its first look is silent, too");
    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    assert_eq!(stage.tick().await.news, 1);
}

#[tokio::test]
async fn an_audience_that_the_topic_does_not_take_is_refused() {
    let stage = Stage::new().await;
    let mut topic = Topic::undefined("news".parse().unwrap());
    topic.audience_allowed = vec!["channel".to_owned()];
    stage
        .store
        .topics()
        .put(&super::TENANT.into(), &topic)
        .await
        .unwrap();
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let with = |to: Value| json!({ "url": stage.source.url("/feed"), "topic": "news", "every": "5m", "to": to });
    let reason = refused(stage.add(with(json!(["everyone"]))).await);
    assert_eq!(
        reason,
        "the topic news takes no address of the kind everyone"
    );
    let reply = stage.add(with(json!(["channel:19:a@thread.tacv2"]))).await;
    assert!(matches!(reply, Reply::Added { .. }), "{reply:?}");
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_fails_when_it_is_refused() {
    let stage = Stage::new().await;
    let event = json!({ "source": "tidings", "detail-type": "tidings.watch.add", "detail": { "watch": {} } });
    let error = stage.invoke(&event).await.expect_err("it is refused");
    assert_eq!(error.error_type, "WatchRefused");
}

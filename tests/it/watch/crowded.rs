//! Many watches, much to tell, and little time or room for it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use sources::Watch;
use startup::{Clock as _, ManualClock};
use watch::{Names, Reach, Reply, Ticked};

use super::source::Page;
use super::{MINUTE, Stage, Told, feed};

impl Stage {
    /// Stores a watch that was never looked at.
    pub(super) async fn store(&self, watch: serde_json::Value) {
        let watch = Watch::from_value(&watch).unwrap();
        let definition = serde_json::to_string(&watch).unwrap();
        let (tenant, now) = (&self.watcher.tenant, self.clock.now());
        let watches = self.store.watches();
        watches
            .put(tenant, watch.id().as_str(), &definition, now)
            .await
            .unwrap();
    }

    async fn ticked(&self) -> Ticked {
        match self.invoke(&json!({ "period": "5m" })).await.unwrap() {
            watch::Answer::Ticked(ticked) => ticked,
            other => panic!("not {other:?}"),
        }
    }
}

#[tokio::test]
async fn as_many_watches_as_there_may_be_are_looked_at_in_one_tick() {
    let stage = Stage::new().await;
    for n in 0..500 {
        let path = format!("/feed/{n}");
        stage.source.serve(&path, Page::new(feed(&["one"])));
        stage
            .store(json!({ "url": stage.source.url(&path), "topic": "news", "every": "5m" }))
            .await;
    }
    let begun = std::time::Instant::now();
    let ticked = stage.ticked().await;
    assert_eq!((ticked.looked, ticked.failed, ticked.left), (500, 0, 0));
    assert!(
        begun.elapsed() < Duration::from_secs(45),
        "what it has in the cloud"
    );

    let one_more = json!({ "url": stage.source.url("/feed"), "topic": "news", "every": "1h" });
    let refused = stage.add(one_more).await;
    let reason = "there are 500 watches already".to_owned();
    assert_eq!(refused, Reply::Refused { reason });
}

/// Names whose every look-up takes 10 seconds by this clock.
struct Slow(ManualClock);

#[async_trait]
impl Names for Slow {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        self.0.advance(Duration::from_secs(10));
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    }
}

#[tokio::test]
async fn sources_that_are_slow_do_not_keep_the_same_others_waiting_each_time() {
    let clock = Stage::clock();
    let stage = Stage::by(clock.clone(), Slow(clock), Reach { loopback: true }).await;
    let port = stage.source.port().to_owned();
    let mut never: BTreeSet<String> = (0..24).map(|n| format!("/feed/{n}")).collect();
    for path in &never {
        stage.source.serve(path, Page::new(feed(&["one"])));
        let url = format!("http://slow.example:{port}{path}");
        stage
            .store(json!({ "url": url, "topic": "news", "every": "5m" }))
            .await;
    }
    for _ in 0..9 {
        let ticked = stage.ticked().await;
        assert!(ticked.left >= 12, "{ticked:?}");
        never.retain(|path| stage.source.asked(path).is_empty());
        stage.clock.advance(5 * MINUTE);
    }
    assert_eq!(never, BTreeSet::new());
}

#[tokio::test]
async fn more_than_an_item_of_the_table_holds_is_told_in_parts() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&[])));
    let channel = |n: usize| format!("channel:19:{n:0>180}@thread.tacv2");
    let to: Vec<String> = (0..100).map(channel).collect();
    let watch = json!({ "url": stage.source.url("/feed"), "topic": "news", "every": "5m", "kind": "atom", "to": to });
    let reply = stage.add(watch).await;
    assert!(matches!(reply, Reply::Added { .. }), "{reply:?}");

    let wide = "\u{1f600}*".repeat(3_000);
    let entry = |n: usize| {
        format!(
            "<entry><id>{n}</id><title>{n} {wide}</title><content>{wide}</content>\
             <link href='https://news.example/{n}/{}'/></entry>",
            "a".repeat(1_900)
        )
    };
    let entries: String = (0..20).map(entry).collect();
    stage
        .source
        .serve("/feed", Page::new(format!("<feed>{entries}</feed>")));
    let mut told = Vec::new();
    while told.len() < 20 {
        let news = stage.tick().await.news;
        assert!((1..20).contains(&news), "{news}");
        told.extend(stage.news());
    }
    let ids: BTreeSet<_> = told.iter().map(|news| news.id.clone()).collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(stage.tick().await.news, 0);
}

#[tokio::test]
async fn a_watch_of_a_newer_version_keeps_its_schedule() {
    let stage = Stage::with(Told::default(), Reach { loopback: true }).await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    // As a later version may have stored it, before this one was deployed again.
    let newer = json!({ "url": "https://news.example/", "topic": "news", "every": "5m", "kind": "carrier pigeon" });
    let (tenant, now) = (&stage.watcher.tenant, stage.clock.now());
    let watches = stage.store.watches();
    watches
        .put(tenant, "0123456789ab", &newer.to_string(), now)
        .await
        .unwrap();
    stage.ask("tidings.watch.remove", json!({ "id": id })).await;
    assert_eq!(stage.tick().await.looked, 0);
    assert_eq!(stage.schedules.all().len(), 1);
    stage
        .ask("tidings.watch.remove", json!({ "id": "0123456789ab" }))
        .await;
    assert_eq!(stage.schedules.all(), []);
}

#[tokio::test]
async fn a_value_that_is_watched_anew_is_not_taken_for_what_was_told_before() {
    let stage = Stage::new().await;
    let watch = json!({ "url": stage.source.url("/state"), "topic": "news", "every": "5m", "pointer": "/is" });
    let serve = |is: &str| {
        let page = Page::new(json!({ "is": is }).to_string());
        stage.source.serve("/state", page);
    };
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        serve("green");
        let Reply::Added { id, .. } = stage.add(watch.clone()).await else {
            panic!("not added");
        };
        serve("red");
        assert_eq!(stage.tick().await.news, 1);
        ids.extend(
            stage
                .news()
                .into_iter()
                .map(|news| news.id.unwrap().to_string()),
        );
        stage.ask("tidings.watch.remove", json!({ "id": id })).await;
    }
    assert_eq!(ids.len(), 2, "{ids:?}");
}

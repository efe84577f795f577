//! Sources that fail: what is said of them, how long they are left alone, who is told.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use notifications::IncidentState;

use super::source::Page;
use super::{MINUTE, Stage, feed};

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A watch of a feed that worked when it was added.
async fn watched() -> (Stage, String) {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    (stage, id)
}

#[tokio::test]
async fn whatever_a_source_turns_into_it_is_left_alone_with_a_reason() {
    let bomb = gzip(&vec![b' '; 20 * 1024 * 1024]);
    assert!(bomb.len() < 100_000, "small as it comes");
    let endless = Page {
        is_endless: true,
        ..Page::new("<feed>")
    };
    for (page, reason) in [
        (Page::new("<html></html>"), "it is not an Atom or RSS feed"),
        (
            Page::new("<feed><entry>"),
            "it is a feed that is broken at byte 13",
        ),
        (
            Page::new(vec![b' '; 10 * 1024 * 1024]),
            "it is larger than 2097152 bytes",
        ),
        (
            Page {
                is_endless: true,
                ..Page::new(vec![b' '; 3 * 1024 * 1024])
            },
            "it is larger than 2097152 bytes",
        ),
        (
            Page::new(bomb).header("content-encoding", "gzip"),
            "it is larger than 2097152 bytes",
        ),
        (
            Page::new(gzip(b"").repeat(100_000)).header("content-encoding", "gzip"),
            "it is not an Atom or RSS feed",
        ),
        (
            Page::new("no").header("content-encoding", "gzip"),
            "it is packed in a way that cannot be read",
        ),
        (
            Page::new("no").header("content-encoding", "br"),
            "it is packed in a way that cannot be read",
        ),
        (endless, "it took longer than 2 s"),
        (Page::status(500), "it answered with status 500"),
        (Page::status(204), "it answered with status 204"),
        (Page::status(304), "it answered with status 304"),
    ] {
        let (stage, id) = watched().await;
        // Whoever answers 304 unasked is believed only if there is something to be unchanged.
        if page.status == 304 {
            stage
                .store
                .watches()
                .forget(&stage.watcher.tenant, &id)
                .await
                .unwrap();
        }
        stage.source.serve("/feed", page);
        assert_eq!(stage.tick().await.failed, 1, "{reason}");
        assert_eq!(stage.reason(&id).await, reason);
        assert_eq!(stage.whats(), Vec::<String>::new());

        // What is new is told when it works again; nothing was lost.
        stage
            .source
            .serve("/feed", Page::new(feed(&["two", "one"])));
        assert_eq!(stage.tick().await.failed, 0);
        assert_eq!(stage.state(&id).await.failing, None);
    }
}

#[tokio::test]
async fn a_source_that_fails_is_asked_ever_less_and_its_watchers_are_told_once() {
    let (stage, id) = watched().await;
    stage.source.asked("/feed");
    stage.source.serve("/feed", Page::status(503));
    stage.pass(60 * MINUTE).await;
    assert_eq!(
        stage.source.asked("/feed").len(),
        4,
        "after 5, 10, 20 and 40 minutes"
    );
    stage.pass(22 * 60 * MINUTE).await;
    assert_eq!(stage.whats(), Vec::<String>::new());
    stage.pass(3 * 60 * MINUTE).await;
    let told = stage.news();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].what,
        "127.0.0.1 could not be read since 2026-11-24T09:05:00Z"
    );
    assert_eq!(told[0].facts[0].value, "it answered with status 503");
    assert_eq!(
        told[0].incident.as_ref().unwrap().state,
        IncidentState::Open
    );
    stage.source.asked("/feed");
    stage.pass(48 * 60 * MINUTE).await;
    assert_eq!(stage.source.asked("/feed").len(), 2, "once a day");
    assert_eq!(stage.whats(), Vec::<String>::new());

    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    stage.pass(24 * 60 * MINUTE).await;
    let news = stage.news();
    let whats: Vec<_> = news.iter().map(|news| news.what.as_str()).collect();
    assert_eq!(whats, ["two", "127.0.0.1 can be read again"]);
    let ended = news[1].incident.as_ref().unwrap();
    assert_eq!(
        (&ended.key, ended.state),
        (
            &told[0].incident.as_ref().unwrap().key,
            IncidentState::Resolved
        )
    );
    assert_eq!(stage.state(&id).await.failing, None);
}

#[tokio::test]
async fn a_source_that_asks_to_be_left_alone_is() {
    let (stage, _) = watched().await;
    stage.source.asked("/feed");
    stage
        .source
        .serve("/feed", Page::status(429).header("retry-after", "7200"));
    stage.pass(2 * 60 * MINUTE).await;
    assert_eq!(stage.source.asked("/feed").len(), 1);
    stage.pass(5 * MINUTE).await;
    assert_eq!(stage.source.asked("/feed").len(), 1, "then once more");
}

#[tokio::test]
async fn one_that_fails_leaves_the_others_alone() {
    let (stage, _) = watched().await;
    stage.source.serve("/other", Page::new(feed(&["a"])));
    stage.added("/other", "atom").await;
    stage.source.serve(
        "/feed",
        Page {
            is_endless: true,
            ..Page::new("")
        },
    );
    stage.source.serve("/other", Page::new(feed(&["b", "a"])));
    let ticked = stage.tick().await;
    assert_eq!((ticked.looked, ticked.failed, ticked.news), (2, 1, 1));
    assert_eq!(stage.whats(), ["b"]);
}

#[tokio::test]
async fn nobody_at_the_address_says_so() {
    let (stage, _) = watched().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let watch = serde_json::json!({ "url": url, "topic": "news", "every": "1h" });
    let reply = stage.add(watch).await;
    let expected = "it could not be connected to";
    assert!(
        matches!(&reply, watch::Reply::Added { unread: Some(why), .. } if why == expected),
        "{reply:?}"
    );
    assert!(stage.clock_is_still());
}

/// A machine at which a name breaks what looks it up.
struct Breaking;

#[async_trait::async_trait]
impl watch::Names for Breaking {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        assert_ne!(name, "breaking.example", "as a mistake of ours would");
        Ok(vec![[127, 0, 0, 1].into()])
    }
}

#[tokio::test]
async fn a_look_that_panics_leaves_the_others_alone() {
    let stage = Stage::with(Breaking, watch::Reach { loopback: true }).await;
    let at = |name: &str| {
        let url = format!("http://{name}.example:{}/feed", stage.source.port());
        serde_json::json!({ "url": url, "topic": "news", "every": "5m" })
    };
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    stage.add(at("working")).await;
    stage.store(at("breaking")).await;
    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    let tick = serde_json::json!({ "period": "5m" });
    let error = stage.invoke(&tick).await.expect_err("one panicked");
    assert_eq!(error.error_type, "WatchPanicked");
    assert_eq!(stage.whats(), ["two"]);
}

/// A machine that knows no name.
struct Nobody;

#[async_trait::async_trait]
impl watch::Names for Nobody {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_says_so() {
    let stage = Stage::with(Nobody, watch::Reach::default()).await;
    let watch =
        serde_json::json!({ "url": "https://mistyped.example/", "topic": "news", "every": "1h" });
    let reply = stage.add(watch).await;
    let expected = "its name could not be looked up";
    assert!(
        matches!(&reply, watch::Reply::Added { unread: Some(why), .. } if why == expected),
        "{reply:?}"
    );
}

impl Stage {
    /// To wait for a source takes none of the time by which watches are due.
    fn clock_is_still(&self) -> bool {
        use startup::Clock as _;
        let start = super::START.parse().unwrap();
        self.clock.now().duration_since(start) < Duration::from_secs(1).try_into().unwrap()
    }
}

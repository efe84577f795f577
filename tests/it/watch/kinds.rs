//! Each kind of source, from its first look to what is told of it.

use serde_json::json;
use watch::Reply;

use super::source::Page;
use super::{Stage, feed};

#[tokio::test]
async fn what_is_new_in_a_feed_is_told_once_whatever_its_order() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    assert_eq!(
        stage.whats(),
        Vec::<String>::new(),
        "the first look is silent"
    );

    stage
        .source
        .serve("/feed", Page::new(feed(&["two", "one"])));
    assert_eq!(stage.tick().await.news, 1);
    let news = stage.news();
    assert_eq!(news.len(), 1);
    assert_eq!(news[0].what, "two");
    assert_eq!(news[0].item.name, "News");
    assert_eq!(news[0].topic.as_str(), "news");
    let own_id = news[0].id.as_ref().unwrap().as_str();
    assert!(own_id.starts_with(&format!("watch/{id}/")), "{own_id}");

    // Another order; one that vanished; it comes back.
    for titles in [&["one", "two"][..], &["one"], &["two", "one"]] {
        stage.source.serve("/feed", Page::new(feed(titles)));
        assert_eq!(stage.tick().await.news, 0);
    }
    assert_eq!(stage.whats(), Vec::<String>::new());
    assert_eq!(
        stage.state(&id).await.outbox,
        Vec::<serde_json::Value>::new()
    );
}

#[tokio::test]
async fn a_json_value_a_status_page_and_releases_are_told() {
    let stage = Stage::new().await;
    let state = |state: &str| Page::new(json!({ "data": { "state": state } }).to_string());
    let incidents = |updates: serde_json::Value| {
        let incident = json!({ "id": "i", "name": "Slow logins", "impact": "minor", "incident_updates": updates });
        Page::new(json!({ "page": { "name": "Contoso" }, "incidents": [incident] }).to_string())
    };
    let first = json!({ "id": "u1", "status": "investigating", "body": "We look." });
    let second = json!({ "id": "u2", "status": "resolved", "body": "Over." });
    stage.source.serve("/state", state("green"));
    stage
        .source
        .serve("/api/v2/incidents.json", incidents(json!([first])));
    stage
        .source
        .serve("/repos/contoso/checkout/releases", Page::new("[]"));
    let value = json!({
        "url": stage.source.url("/state"), "topic": "state", "every": "5m", "pointer": "/data/state", "name": "Checkout",
    });
    let reply = stage.add(value).await;
    assert!(
        matches!(
            reply,
            Reply::Added {
                entries: Some(1),
                unread: None,
                ..
            }
        ),
        "{reply:?}"
    );
    stage.added("/api/v2/incidents.json", "statuspage").await;
    stage
        .added("/repos/contoso/checkout/releases", "github")
        .await;
    assert_eq!(stage.tick().await.news, 0);

    stage.source.serve("/state", state("red"));
    stage
        .source
        .serve("/api/v2/incidents.json", incidents(json!([second, first])));
    let release = json!([{ "id": 1, "tag_name": "v2", "html_url": "https://github.com/contoso/checkout/releases/tag/v2" }]);
    stage.source.serve(
        "/repos/contoso/checkout/releases",
        Page::new(release.to_string()),
    );
    assert_eq!(stage.tick().await.news, 3);
    let mut whats = stage.whats();
    whats.sort();
    let expected = [
        "Checkout changed: green → red",
        "Slow logins: resolved",
        "contoso/checkout v2 was released",
    ];
    assert_eq!(whats, expected);
}

#[tokio::test]
async fn a_document_that_has_not_changed_is_not_sent_again() {
    let stage = Stage::new().await;
    let page = Page::new(feed(&["one"]))
        .header("etag", "\"v1\"")
        .header("last-modified", "Tue, 24 Nov 2026 09:00:00 GMT");
    stage.source.serve("/feed", page);
    let id = stage.added("/feed", "atom").await;
    let first = stage.source.asked("/feed");
    assert!(!first[0].contains_key("if-none-match"));
    let before = stage
        .store
        .watches()
        .state(&stage.watcher.tenant, &id)
        .await
        .unwrap();

    assert_eq!(stage.tick().await.failed, 0);
    let asked = stage.source.asked("/feed");
    assert_eq!(asked[0]["if-none-match"], "\"v1\"");
    assert_eq!(
        asked[0]["if-modified-since"],
        "Tue, 24 Nov 2026 09:00:00 GMT"
    );
    let after = stage
        .store
        .watches()
        .state(&stage.watcher.tenant, &id)
        .await
        .unwrap();
    assert_eq!(after, before, "a look that finds nothing writes nothing");

    stage.source.serve(
        "/feed",
        Page::new(feed(&["two", "one"])).header("etag", "\"v2\""),
    );
    assert_eq!(stage.tick().await.news, 1);
}

#[tokio::test]
async fn what_a_source_calls_its_document_is_given_back_as_it_is() {
    let stage = Stage::new().await;
    for etag in ["W/\"a,b \\\"", "unquoted", "*", "\"\"", "\"' ; --\""] {
        let page = Page::new(feed(&["one"])).header("etag", etag);
        stage.source.serve("/feed", page);
        let id = stage.added("/feed", "atom").await;
        stage.source.asked("/feed");
        assert_eq!(stage.tick().await.failed, 0);
        assert_eq!(stage.source.asked("/feed")[0]["if-none-match"], etag);
        stage.ask("tidings.watch.remove", json!({ "id": id })).await;
    }
    // Too long to be kept: the document is read each time.
    let page = Page::new(feed(&["one"])).header("etag", &"x".repeat(501));
    stage.source.serve("/feed", page);
    stage.added("/feed", "atom").await;
    stage.source.asked("/feed");
    assert_eq!(stage.tick().await.failed, 0);
    assert!(!stage.source.asked("/feed")[0].contains_key("if-none-match"));
}

#[tokio::test]
async fn a_burst_is_told_over_several_looks_though_the_document_stays() {
    let stage = Stage::new().await;
    stage
        .source
        .serve("/feed", Page::new(feed(&[])).header("etag", "\"v1\""));
    stage.added("/feed", "atom").await;
    let titles: Vec<String> = (0..50).rev().map(|n| format!("e{n:02}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    stage
        .source
        .serve("/feed", Page::new(feed(&titles)).header("etag", "\"v2\""));
    let mut told = Vec::new();
    for news in [20, 20, 10, 0] {
        assert_eq!(stage.tick().await.news, news);
        told.extend(stage.whats());
    }
    let expected: Vec<String> = (0..50).map(|n| format!("e{n:02}")).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_packed_document_is_unpacked() {
    let stage = Stage::new().await;
    let packed = |text: String| {
        Page::new(super::failing::gzip(text.as_bytes())).header("content-encoding", "gzip")
    };
    stage.source.serve("/feed", packed(feed(&["one"])));
    stage.added("/feed", "atom").await;
    stage.source.serve("/feed", packed(feed(&["two", "one"])));
    assert_eq!(stage.tick().await.news, 1);
    assert_eq!(stage.source.asked("/feed")[0]["accept-encoding"], "gzip");
}

//! Addresses that are not asked, however they are come by.

use std::net::IpAddr;

use serde_json::json;
use watch::{Reach, Reply};

use super::source::Page;
use super::{Stage, Told, feed, refused};

fn ips(ips: &[&str]) -> Vec<IpAddr> {
    ips.iter().map(|ip| ip.parse().unwrap()).collect()
}

async fn add(stage: &Stage, url: &str) -> Reply {
    stage
        .add(json!({ "url": url, "topic": "news", "every": "5m" }))
        .await
}

#[tokio::test]
async fn a_forbidden_address_is_refused_before_anything_is_asked() {
    let stage = Stage::with(Told::default(), Reach::default()).await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let own = stage.source.url("/feed");
    let port = format!("its port {} is neither 80 nor 443", stage.source.port());
    for (url, reason) in [
        (own.as_str(), port.as_str()),
        ("http://127.0.0.1/feed", "127.0.0.1 is not a public address"),
        (
            "http://169.254.169.254/latest/meta-data/",
            "169.254.169.254 is not a public address",
        ),
        (
            "http://[fd00:ec2::254]/latest/",
            "fd00:ec2::254 is not a public address",
        ),
        (
            "http://[::ffff:10.0.0.1]/",
            "::ffff:10.0.0.1 is not a public address",
        ),
        (
            "https://192.168.1.1/feed",
            "192.168.1.1 is not a public address",
        ),
        ("https://nowhere.example/feed", "its name has no address"),
    ] {
        assert_eq!(refused(add(&stage, url).await), reason, "{url}");
    }
    assert_eq!(stage.source.asked("/feed").len(), 0);
}

#[tokio::test]
async fn a_name_that_stands_for_a_private_address_is_refused() {
    let names = Told(vec![
        ("inside.example", ips(&["10.0.0.1"])),
        (
            "metadata.example",
            ips(&["169.254.169.254", "fd00:ec2::254"]),
        ),
        ("localhost", ips(&["127.0.0.1", "::1"])),
    ]);
    let stage = Stage::with(names, Reach::default()).await;
    for (name, ip) in [
        ("inside.example", "10.0.0.1"),
        ("metadata.example", "fd00:ec2::254"),
        ("localhost", "::1"),
    ] {
        let reason = refused(add(&stage, &format!("http://{name}/feed")).await);
        assert_eq!(reason, format!("{ip} is not a public address"), "{name}");
    }
}

#[tokio::test]
async fn only_the_addresses_that_may_be_asked_are_connected_to() {
    let names = Told(vec![(
        "feed.example",
        ips(&["10.255.255.1", "127.0.0.1", "192.168.7.7"]),
    )]);
    let stage = Stage::with(names, Reach { loopback: true }).await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let reply = add(
        &stage,
        &format!("http://feed.example:{}/feed", stage.source.port()),
    )
    .await;
    assert!(
        matches!(reply, Reply::Added { unread: None, .. }),
        "{reply:?}"
    );
    let host = stage.source.asked("/feed")[0]["host"].clone();
    assert_eq!(
        host.to_str().unwrap(),
        format!("feed.example:{}", stage.source.port())
    );
}

#[tokio::test]
async fn a_redirect_is_followed_only_to_where_one_may_ask() {
    let names = Told(vec![("inside.example", ips(&["10.0.0.1"]))]);
    let stage = Stage::with(names, Reach { loopback: true }).await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let to = |location: &str| Page::status(302).header("location", location);
    stage.source.serve("/moved", to("/feed"));
    stage
        .source
        .serve("/metadata", to("http://169.254.169.254/latest/meta-data/"));
    stage.source.serve("/inside", to("https://inside.example/"));
    stage
        .source
        .serve("/mail", to("mailto:ana@contoso.example"));
    stage.source.serve("/file", to("file:///etc/passwd"));
    stage.source.serve("/nowhere", Page::status(301));
    stage.source.serve("/round", to("/round"));
    for (path, reason) in [
        ("/metadata", "169.254.169.254 is not a public address"),
        ("/inside", "10.0.0.1 is not a public address"),
        ("/mail", "its address is neither http nor https"),
        ("/file", "its address is neither http nor https"),
        ("/nowhere", "it redirects to something that is no address"),
        ("/round", "it redirects more than 5 times"),
    ] {
        let reason_given = refused(add(&stage, &stage.source.url(path)).await);
        assert_eq!(reason_given, reason, "{path}");
    }
    assert_eq!(stage.source.asked("/round").len(), 6);
    let reply = add(&stage, &stage.source.url("/moved")).await;
    assert!(
        matches!(
            reply,
            Reply::Added {
                entries: Some(1),
                ..
            }
        ),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_source_that_begins_to_redirect_inside_backs_off() {
    let stage = Stage::new().await;
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let id = stage.added("/feed", "atom").await;
    let inside = Page::status(307).header("location", "http://169.254.169.254/");
    stage.source.serve("/feed", inside);
    assert_eq!(stage.tick().await.failed, 1);
    assert_eq!(
        stage.reason(&id).await,
        "169.254.169.254 is not a public address"
    );
    stage.source.asked("/feed");
    stage.tick().await;
    stage.tick().await;
    assert_eq!(stage.source.asked("/feed").len(), 1);
}

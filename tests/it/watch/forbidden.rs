//! Addresses that are not asked, however they are come by.

use std::net::IpAddr;

use serde_json::json;
use watch::{Names, Reach, Reply};

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
    stage.source.serve("/me", to("http://me:secret@127.0.0.1/"));
    stage.source.serve("/nowhere", Page::status(301));
    stage.source.serve("/round", to("/round"));
    for (path, reason) in [
        ("/metadata", "169.254.169.254 is not a public address"),
        ("/inside", "10.0.0.1 is not a public address"),
        ("/mail", "its address is neither http nor https"),
        ("/file", "its address is neither http nor https"),
        ("/me", "its address carries a user name or password"),
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

/// A name that stands for loopback the first time, and for the metadata of the instance from then on.
#[derive(Default)]
struct Rebound(std::sync::atomic::AtomicUsize);

#[async_trait::async_trait]
impl Names for Rebound {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let before = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(ips(&[if before == 0 {
            "127.0.0.1"
        } else {
            "169.254.169.254"
        }]))
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_a_request_and_checked_each_time() {
    let stage = Stage::with(Rebound::default(), Reach { loopback: true }).await;
    let url = |path| format!("http://moving.example:{}{path}", stage.source.port());
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    // What was checked is what is connected to: a second look-up would be refused.
    let reply = add(&stage, &url("/feed")).await;
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
    assert_eq!(stage.tick().await.failed, 1);
    assert_eq!(stage.source.asked("/feed").len(), 1);

    let stage = Stage::with(Rebound::default(), Reach { loopback: true }).await;
    let moved = Page::status(301).header("location", "/feed");
    stage.source.serve("/moved", moved);
    stage.source.serve("/feed", Page::new(feed(&["one"])));
    let url = format!("http://moving.example:{}/moved", stage.source.port());
    let reason = refused(add(&stage, &url).await);
    assert_eq!(reason, "169.254.169.254 is not a public address");
    assert_eq!(stage.source.asked("/feed").len(), 0);
}

#[tokio::test]
async fn an_address_in_disguise_is_refused() {
    let names = Told(vec![
        ("localhost", ips(&["127.0.0.1"])),
        ("localhost.", ips(&["127.0.0.1"])),
        ("metadata.example.", ips(&["169.254.169.254"])),
        ("translated.example", ips(&["64:ff9b::a9fe:a9fe"])),
        ("tunnelled.example", ips(&["2002:a9fe:a9fe::1", "2001::1"])),
        ("carrier.example", ips(&["100.64.0.1", "198.18.0.1"])),
        ("nowhere.example", ips(&["0.0.0.0", "::"])),
        ("many.example", ips(&["224.0.0.1", "ff02::1"])),
    ]);
    let stage = Stage::with(names, Reach::default()).await;
    for url in [
        "HTTP://LOCALHOST/",
        "http://localhost./",
        "http://127.0.0.1./",
        "http://127.0.0.1.:80/",
        "http://0x7F.1/",
        "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
        "http://0/",
        "http://[::]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http:\\\\169.254.169.254\\latest",
        "http:169.254.169.254/latest",
        "http://metadata.example./",
        "http://translated.example/",
        "http://tunnelled.example/",
        "http://carrier.example/",
        "http://nowhere.example/",
        "http://many.example/",
    ] {
        let reason = refused(add(&stage, url).await);
        let is_one = reason.ends_with("is not a public address") || reason.contains("url: found");
        assert!(is_one, "{url}: {reason}");
    }
    for url in [
        "http://example.com@169.254.169.254/",
        "http://169.254.169.254@example.com/",
        "http://:x@example.com/",
    ] {
        let reason = refused(add(&stage, url).await);
        assert!(reason.contains("user name or password"), "{url}: {reason}");
    }
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

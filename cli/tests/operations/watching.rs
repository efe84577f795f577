//! `tidings watch`: a source on this machine, from its first look to what people read of it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::support::{BEN, Office};

/// A feed on loopback whose entries a test says.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Vec<&'static str>>>);

impl Feed {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/feed", listener.local_addr().expect("it listens"));
        let feed = self.clone();
        let document = move || {
            let feed = feed.clone();
            async move { feed.document() }
        };
        let app = Router::new().route("/feed", get(document));
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    fn document(&self) -> String {
        let titles = self.0.lock().expect("nobody panicked");
        let entry = |title: &&str| format!("<entry><id>{title}</id><title>{title}</title></entry>");
        format!(
            "<feed>{}</feed>",
            titles.iter().map(entry).collect::<String>()
        )
    }

    fn holds(&self, titles: &[&'static str]) {
        *self.0.lock().expect("nobody panicked") = titles.to_vec();
    }
}

#[tokio::test]
async fn a_source_is_tried_watched_listed_and_let_go() {
    let office = Office::open().await;
    let feed = Feed::default();
    feed.holds(&["The first post"]);
    let url = feed.serve().await;

    let tried = office
        .tidings(&["watch", "test", &url, "--allow-loopback"])
        .await
        .well();
    assert!(
        tried.contains("atom, 1 entry") && tried.contains("The first post"),
        "{tried}"
    );
    let nothing = office.tidings(&["watch", "list"]).await.well();
    assert_eq!(nothing, "", "a test stores nothing");

    let add = [
        "watch", "add", &url, "--topic", "news", "--every", "5m", "--to", BEN,
    ];
    let added = office.tidings(&add).await.well();
    assert!(added.contains("It holds 1 entry now"), "{added}");
    let id = added
        .lines()
        .find_map(|line| line.trim().strip_prefix("id"))
        .unwrap()
        .trim();
    let list = office.tidings(&["watch", "list"]).await.well();
    assert!(
        list.contains(id) && list.contains("ok, nothing new yet"),
        "{list}"
    );

    feed.holds(&["The second post", "The first post"]);
    office.stack.look("5m").await.unwrap();
    office.settle().await;
    assert_eq!(office.reads("ben", "The second post"), 1);
    assert_eq!(office.reads("ben", "The first post"), 0);
    assert_eq!(office.reads("ana", "The second post"), 0);

    let removed = office.tidings(&["watch", "remove", id]).await.well();
    assert!(removed.contains("is watched no more"), "{removed}");
    let again = office.tidings(&["watch", "remove", id]).await.well();
    assert!(again.contains("There was no watch"), "{again}");
    assert_eq!(office.stack.dead_letters(), 0);
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_with_the_reason() {
    let office = Office::open().await;
    let inside = [
        "watch",
        "add",
        "http://169.254.169.254/latest/",
        "--topic",
        "news",
    ];
    let refused = office.tidings(&inside).await.badly();
    let reason = "refused, nothing was changed: 169.254.169.254 is not a public address";
    assert!(refused.contains(reason), "{refused}");
    let wrong = [
        "watch",
        "add",
        "news",
        "--topic",
        "two words",
        "--every",
        "1s",
    ];
    let refused = office.tidings(&wrong).await.badly();
    for field in ["url", "topic", "every"] {
        assert!(
            refused.contains(&format!("\n  {field}: found ")),
            "{refused}"
        );
    }
    let loopback = office
        .tidings(&["watch", "test", "http://127.0.0.1/"])
        .await
        .badly();
    assert!(
        loopback.contains("127.0.0.1 is not a public address"),
        "{loopback}"
    );
    assert_eq!(office.tidings(&["watch", "list"]).await.well(), "");
}

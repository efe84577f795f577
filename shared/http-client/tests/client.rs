//! What the client does, and leaves alone, on the wire.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{any, get};
use http_client::{HttpClient, Method, Timeouts};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

type Count = Arc<AtomicUsize>;

/// Serves a redirect, an echo of the user agent, and a page that counts its readers.
async fn server() -> (String, Count) {
    let count = Count::default();
    let router = Router::new()
        .route(
            "/away",
            get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/counted")]) }),
        )
        .route(
            "/agent",
            get(|headers: HeaderMap| async move {
                headers[header::USER_AGENT].to_str().unwrap().to_owned()
            }),
        )
        .route(
            "/counted",
            any(|State(count): State<Count>| async move {
                count.fetch_add(1, Ordering::SeqCst);
                StatusCode::SERVICE_UNAVAILABLE
            }),
        )
        .with_state(count.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, count)
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let (address, count) = server().await;
    let answer = HttpClient::new()
        .get(format!("{address}/away"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nothing_is_repeated() {
    let (address, count) = server().await;
    let client = HttpClient::new();
    let url = format!("{address}/counted");
    client.post(&url).body("x").send().await.unwrap();
    client.request(Method::PUT, &url).send().await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn it_says_who_it_is() {
    let (address, _) = server().await;
    let answer = HttpClient::new()
        .get(format!("{address}/agent"))
        .send()
        .await
        .unwrap();
    assert!(answer.text().await.unwrap().starts_with("tidings/"));
}

/// A peer that accepts, reads and never answers; it counts what reached it.
#[tokio::test]
async fn a_silent_peer_ends_with_the_total_timeout_and_is_not_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let connections = Count::default();
    let seen = connections.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move { while stream.read_u8().await.is_ok() {} });
        }
    });
    let client = HttpClient::with_timeouts(Timeouts {
        connect: Duration::from_secs(3),
        total: Duration::from_millis(50),
    });
    let error = client.post(&url).body("x").send().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_url_that_does_not_parse_fails_when_sent() {
    let error = HttpClient::new().get("not a url").send().await.unwrap_err();
    assert!(error.is_builder());
}

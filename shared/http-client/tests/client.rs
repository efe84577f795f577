//! What the client does, and leaves alone, on the wire.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{any, get};
use axum::serve::ListenerExt as _;
use http_client::{HttpClient, HttpError, Method, Resolve, Timeouts};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
async fn what_is_no_url_fails_when_sent() {
    for url in ["not a url", "/path/alone", "http://", ""] {
        let error = HttpClient::new().get(url).send().await.unwrap_err();
        assert!(matches!(error, HttpError::Invalid(_)), "{url}: {error:?}");
        assert!(error.is_unsent());
    }
}

#[tokio::test]
async fn a_header_that_is_none_fails_when_sent() {
    let (address, count) = server().await;
    let request = HttpClient::new().get(format!("{address}/counted"));
    let error = request.header("x", "a\r\nb").send().await.unwrap_err();
    assert!(matches!(error, HttpError::Invalid(_)), "{error:?}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_peer_that_is_not_there_has_seen_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = HttpClient::new().get(url).send().await.unwrap_err();
    assert!(matches!(error, HttpError::NotConnected(_)), "{error:?}");
    assert!(error.is_unsent() && !error.is_timeout());
}

/// A peer that accepts a connection and answers nothing holds TLS up, which belongs to connecting.
#[tokio::test]
async fn a_handshake_that_does_not_end_is_a_connection_that_took_too_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let client = HttpClient::with_timeouts(Timeouts {
        connect: Duration::from_millis(50),
        total: Duration::from_secs(15),
    });
    let error = client.post(url).body("x").send().await.unwrap_err();
    assert!(matches!(error, HttpError::ConnectTimedOut), "{error:?}");
    assert!(error.is_unsent() && error.is_timeout());
}

/// The head comes, and of the body one half.
#[tokio::test]
async fn a_body_that_does_not_end_takes_no_longer_than_all_of_it_may() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // An answer before the request would be a fault of its own.
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf";
        stream.write_all(half).await.unwrap();
        while stream.read_u8().await.is_ok() {}
    });
    let mut answer = HttpClient::new().get(url).send().await.unwrap();
    assert_eq!(answer.content_length(), Some(8));
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "half");
    // From here on, time passes as soon as nothing else happens.
    tokio::time::pause();
    let error = answer.chunk().await.unwrap_err();
    assert!(matches!(error, HttpError::TimedOut), "{error:?}");
    assert!(!error.is_unsent());
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_and_no_further() {
    const LENGTH: usize = 1024 * 1024;
    let router = Router::new()
        .route("/short", get(|| async { "here" }))
        .route("/long", get(|| async { "a".repeat(LENGTH) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    for (path, longest, whole) in [
        ("short", 4, true),
        ("short", 3, false),
        ("long", LENGTH, true),
        ("long", LENGTH - 1, false),
    ] {
        let request = HttpClient::new().get(format!("{url}/{path}"));
        let body = request.send().await.unwrap().at_most(longest).await;
        let read = body.unwrap().map(|body| body.len());
        assert_eq!(read, whole.then_some(longest), "{path}, {longest}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let connections = Count::default();
    let seen = connections.clone();
    let router = Router::new().route("/", get(|| async { "here" }));
    let listener = listener.tap_io(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let client = HttpClient::new();
    for _ in 0..3 {
        let answer = client.clone().get(&url).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "here");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// Knows one name, and refuses all others.
struct OneName(SocketAddr);

#[derive(Debug, thiserror::Error)]
#[error("the name is not allowed")]
struct NotAllowed;

#[async_trait]
impl Resolve for OneName {
    async fn resolve(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        match name {
            "known.example" => Ok(vec![self.0]),
            _ => Err(NotAllowed.into()),
        }
    }
}

#[tokio::test]
async fn a_name_leads_where_its_resolver_says() {
    let (address, count) = server().await;
    let address: SocketAddr = address["http://".len()..].parse().unwrap();
    let client = HttpClient::resolving(Timeouts::default(), OneName(address));
    let url = format!("http://known.example:{}/counted", address.port());
    assert_eq!(client.get(url).send().await.unwrap().status(), 503);
    assert_eq!(count.load(Ordering::SeqCst), 1);

    let error = client
        .get("http://other.example/")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_unsent(), "{error:?}");
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    assert!(cause.is::<NotAllowed>(), "{cause:?}");
}

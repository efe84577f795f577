//! A door in front of the table that counts who goes through, and how long they stay.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use http_client::HttpClient;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A door; it closes when the value is dropped.
pub(crate) struct TableDoor {
    url: String,
    meter: Arc<Meter>,
    server: JoinHandle<()>,
}

/// How the table was used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TableUse {
    /// How many calls there were.
    pub(crate) calls: u64,
    /// For how long at least one call was open.
    pub(crate) open_for: Duration,
}

#[derive(Default)]
struct Meter(Mutex<Reading>);

#[derive(Default)]
struct Reading {
    so_far: TableUse,
    open: u32,
    since: Option<Instant>,
}

/// A call that is open; it closes when the value is dropped.
struct Call(Arc<Meter>);

impl TableDoor {
    /// Opens a door on a free port of loopback to the engine at `engine`.
    pub(crate) async fn open(engine: String) -> anyhow::Result<Self> {
        let meter = Arc::<Meter>::default();
        let state = (HttpClient::new(), engine, meter.clone());
        let router = Router::new().fallback(pass).with_state(state);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|connection| {
            // A small answer must not wait for a larger one.
            connection.set_nodelay(true).ok();
        });
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                panic!("the door to the table stopped: {error}");
            }
        });
        Ok(Self { url, meter, server })
    }

    /// Where the SDK finds the table.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How the table was used since `before`.
    pub(crate) fn used_since(&self, before: TableUse) -> TableUse {
        let now = self.used();
        TableUse {
            calls: now.calls - before.calls,
            open_for: now.open_for - before.open_for,
        }
    }

    /// How the table was used so far.
    pub(crate) fn used(&self) -> TableUse {
        self.meter.read(|reading| reading.so_far)
    }
}

impl Drop for TableDoor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Meter {
    fn read<T>(&self, act: impl FnOnce(&mut Reading) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Call {
    fn begin(meter: Arc<Meter>) -> Self {
        meter.read(|reading| {
            reading.so_far.calls += 1;
            if reading.open == 0 {
                reading.since = Some(Instant::now());
            }
            reading.open += 1;
        });
        Self(meter)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.read(|reading| {
            reading.open -= 1;
            if reading.open == 0
                && let Some(since) = reading.since.take()
            {
                reading.so_far.open_for += since.elapsed();
            }
        });
    }
}

async fn pass(
    State((http, engine, meter)): State<(HttpClient, String, Arc<Meter>)>,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call::begin(meter);
    headers.remove(header::HOST);
    let passed = async {
        let answer = http
            .post(&engine)
            .headers(headers)
            .body(body)
            .send()
            .await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(header::TRANSFER_ENCODING);
        Ok::<_, http_client::reqwest::Error>((status, headers, answer.bytes().await?))
    };
    let passed = passed.await;
    drop(call);
    match passed {
        Ok(answer) => answer.into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

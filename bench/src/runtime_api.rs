//! The Lambda Runtime API, as a function meets it: it asks for the next event and posts the answer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

/// How long an invocation may take, as the function is told.
const INVOCATION_LIMIT: Duration = Duration::from_secs(60);

type Reply = oneshot::Sender<Result<Value, Value>>;

/// A runtime API for one function process.
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<(Value, Reply)>,
    ready: Arc<Notify>,
    server: JoinHandle<()>,
}

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<(Value, Reply)>>,
    waiting: Mutex<HashMap<String, Reply>>,
    ready: Arc<Notify>,
    invocations: AtomicU64,
}

impl RuntimeApi {
    /// Listens on a free port of loopback.
    pub async fn start() -> anyhow::Result<Self> {
        let (events, receiver) = mpsc::unbounded_channel();
        let ready = Arc::new(Notify::new());
        let shared = Arc::new(Shared {
            events: Mutex::new(receiver),
            waiting: Mutex::default(),
            ready: ready.clone(),
            invocations: AtomicU64::new(0),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .layer(DefaultBodyLimit::max(8 * 1024 * 1024))
            .with_state(shared);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            // Serving ends when the task is aborted.
            if let Err(error) = axum::serve(listener, router).await {
                panic!("the runtime API stopped: {error}");
            }
        });
        Ok(Self {
            address,
            events,
            ready,
            server,
        })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Resolves when the function asks for its first event: its initialisation is over.
    pub async fn initialised(&self) {
        self.ready.notified().await;
    }

    /// Hands an event to the function and waits for the answer.
    pub async fn invoke(&self, event: Value) -> anyhow::Result<Value> {
        let (reply, answer) = oneshot::channel();
        self.events.send((event, reply)).context("the runtime API is gone")?;
        answer
            .await
            .context("the function ended during the invocation")?
            .map_err(|error| anyhow::anyhow!("the function failed: {error}"))
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.ready.notify_one();
    let Some((event, reply)) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let number = shared.invocations.fetch_add(1, Ordering::Relaxed);
    let id = format!("00000000-0000-4000-8000-{number:012}");
    shared.waiting.lock().await.insert(id.clone(), reply);
    let deadline = now() + INVOCATION_LIMIT;
    (
        [
            ("lambda-runtime-aws-request-id", id),
            ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:000000000000:function:bench".to_owned(),
            ),
        ],
        axum::Json(event),
    )
        .into_response()
}

#[expect(clippy::disallowed_methods, reason = "the deadline a function is told is real time")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let answer = serde_json::from_slice(&body).unwrap_or(Value::Null);
    settle(&shared, &id, Ok(answer)).await
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let error = serde_json::from_slice(&body).unwrap_or(Value::Null);
    settle(&shared, &id, Err(error)).await
}

async fn settle(shared: &Shared, id: &str, outcome: Result<Value, Value>) -> StatusCode {
    let Some(reply) = shared.waiting.lock().await.remove(id) else {
        return StatusCode::NOT_FOUND;
    };
    match reply.send(outcome) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}

//! The Lambda Runtime API, as a function meets it: it asks for the next event and posts the answer.
//!
//! It takes the outcome of the event that it handed out last, and of no other.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The largest answer that Lambda takes is 6 MB.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// An answered invocation.
#[derive(Debug)]
pub struct Invocation {
    /// The answer.
    pub answer: Value,
    /// From handing out the event to the first byte of the answer.
    pub took: Duration,
}

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The function's process, or this API, ended while the invocation ran.
    #[error("the function ended during the invocation")]
    Ended,
    /// The function answered with an error.
    #[error("the function failed: {text}")]
    Failed {
        /// What it posted.
        text: String,
    },
    /// The function answered with something that is not JSON.
    #[error("the answer is not JSON")]
    Unreadable(#[source] serde_json::Error),
}

/// What goes back with the outcome, so that none is taken for that of another event.
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// What an error must say of itself.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

type Reply = oneshot::Sender<Result<Invocation, InvocationError>>;

/// A runtime API for one function process; it stops when the value is dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<(Bytes, Reply)>,
    asked: watch::Receiver<u64>,
    failed: watch::Receiver<Option<String>>,
    server: JoinHandle<()>,
}

struct Shared {
    limit: Duration,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<(Bytes, Reply)>>,
    running: Mutex<Option<Running>>,
    asked: watch::Sender<u64>,
    failed: watch::Sender<Option<String>>,
}

struct Running {
    id: String,
    number: String,
    since: Instant,
    reply: Reply,
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RuntimeApi {
    /// Listens on a free port of loopback. The function is told that an invocation may take as long as `limit`; to end
    /// it then is the caller's business.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub async fn start(limit: Duration) -> io::Result<Self> {
        let (events, receiver) = mpsc::unbounded_channel();
        let (asked, asked_receiver) = watch::channel(0);
        let (failed, failed_receiver) = watch::channel(None);
        let shared = Arc::new(Shared {
            limit,
            events: receiver.into(),
            running: Mutex::default(),
            asked,
            failed,
        });
        let invocation = "/2018-06-01/runtime/invocation";
        let router = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(LARGEST_ANSWER))
            .with_state(shared);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|connection| {
            // A small answer must not wait for a larger one.
            connection.set_nodelay(true).ok();
        });
        let server = tokio::spawn(async move {
            // Serving ends when the task is aborted.
            if let Err(error) = axum::serve(listener, router).await {
                panic!("the runtime API stopped: {error}");
            }
        });
        Ok(Self {
            address,
            events,
            asked: asked_receiver,
            failed: failed_receiver,
            server,
        })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Resolves when the function has asked for events this often.
    ///
    /// # Errors
    ///
    /// [`InvocationError::Ended`] when the API is gone.
    pub async fn asked(&self, times: u64) -> Result<(), InvocationError> {
        let mut asked = self.asked.clone();
        let waited = asked.wait_for(|so_far| *so_far >= times).await;
        waited.map(drop).map_err(|_| InvocationError::Ended)
    }

    /// Resolves when the function says that it cannot start, with what it posted.
    ///
    /// # Errors
    ///
    /// [`InvocationError::Ended`] when the API is gone.
    pub async fn failed_to_start(&self) -> Result<String, InvocationError> {
        let mut failed = self.failed.clone();
        let waited = failed.wait_for(Option::is_some).await;
        let text = waited.map_err(|_| InvocationError::Ended)?;
        Ok(text.clone().unwrap_or_default())
    }

    /// Hands an event to the function and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`InvocationError`], whichever it is. Of a process that dies this may hear late: watch the process too.
    pub async fn invoke(&self, event: Bytes) -> Result<Invocation, InvocationError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.events.send((event, reply));
        sent.map_err(|_| InvocationError::Ended)?;
        answer.await.map_err(|_| InvocationError::Ended)?
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.asked.send_modify(|times| *times += 1);
    let Some((event, reply)) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = now() + shared.limit;
    let number = shared.asked.borrow().to_string();
    let id = format!("00000000-0000-4000-8000-{number:0>12}");
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id.clone()),
        (INVOCATION_ID, number.clone()),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:local".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            format!("Root=1-00000000-{number:0>24};Parent={number:0>16};Sampled=0"),
        ),
    ];
    *shared.running() = Some(Running {
        id,
        number,
        since: Instant::now(),
        reply,
    });
    (headers, event).into_response()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the deadline a function is told is real time"
)]
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

async fn response(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    settle(&shared, &id, &headers, |took| {
        let answer = serde_json::from_slice(&body).map_err(InvocationError::Unreadable)?;
        Ok(Invocation { answer, took })
    })
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if !headers.contains_key(ERROR_TYPE) {
        return StatusCode::BAD_REQUEST;
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    settle(&shared, &id, &headers, |_| {
        Err(InvocationError::Failed { text })
    })
}

async fn init_error(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if !headers.contains_key(ERROR_TYPE) {
        return StatusCode::BAD_REQUEST;
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    shared.failed.send_replace(Some(text));
    StatusCode::ACCEPTED
}

fn settle(
    shared: &Shared,
    id: &str,
    headers: &HeaderMap,
    outcome: impl FnOnce(Duration) -> Result<Invocation, InvocationError>,
) -> StatusCode {
    let meant = |running: &mut Running| {
        // A process that knows nothing of the second id does not send it.
        let number = headers.get(INVOCATION_ID);
        running.id == id && number.is_none_or(|number| *number == *running.number)
    };
    let Some(running) = shared.running().take_if(meant) else {
        return StatusCode::BAD_REQUEST;
    };
    match running.reply.send(outcome(running.since.elapsed())) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}

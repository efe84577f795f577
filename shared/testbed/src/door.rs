//! A door in front of a service that is spoken to over HTTP.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use http_client::{HttpClient, HttpError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The largest request that passes: a transaction or batch of DynamoDB is below.
const LARGEST_REQUEST: usize = 32 * 1024 * 1024;

/// Whoever keeps a door.
pub trait Keeper: Send + Sync + 'static {
    /// A call of this operation (`GetItem`, `SendMessageBatch`) goes in. What is returned goes in its place.
    fn goes_in(&self, operation: &str, request: Bytes) -> Bytes;

    /// The same call comes out.
    fn comes_out(&self, operation: &str, request: &[u8], answer: &Answer);
}

/// A service's answer to a call.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status; 502 where the service did not answer.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

/// A door; everybody is sent away when the value is dropped.
#[derive(Debug)]
pub struct Door {
    url: String,
    inside: watch::Receiver<usize>,
    closing: watch::Sender<bool>,
    server: JoinHandle<()>,
}

struct Hall {
    http: HttpClient,
    service: String,
    keeper: Arc<dyn Keeper>,
    inside: watch::Sender<usize>,
}

/// A call that is inside; it is out when the value is dropped.
struct Visit(Arc<Hall>);

impl Door {
    /// Opens a door on a free port of loopback to the service at `service`, an `http://host:port`.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub async fn open(service: String, keeper: Arc<dyn Keeper>) -> io::Result<Self> {
        let (inside, inside_receiver) = watch::channel(0);
        let (closing, mut closed) = watch::channel(false);
        let hall = Arc::new(Hall {
            http: HttpClient::new(),
            service,
            keeper,
            inside,
        });
        let router = Router::new()
            .fallback(pass)
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .with_state(hall);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|connection| {
            // A small answer must not wait for a larger one.
            connection.set_nodelay(true).ok();
        });
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
                // Whoever could close it is gone: it stays open until it is dropped.
                if closed.wait_for(|closed| *closed).await.is_err() {
                    std::future::pending::<()>().await;
                }
            });
            if let Err(error) = serving.await {
                panic!("a door stopped: {error}");
            }
        });
        Ok(Self {
            url,
            inside: inside_receiver,
            closing,
            server,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes it. When this returns, nothing is under way and nothing more goes in.
    pub async fn close(mut self) {
        self.closing.send_replace(true);
        (&mut self.server).await.ok();
        // A call outlives the connection it came by.
        self.inside.wait_for(|inside| *inside == 0).await.ok();
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Visit {
    fn begin(hall: Arc<Hall>) -> Self {
        hall.inside.send_modify(|inside| *inside += 1);
        Self(hall)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.inside.send_modify(|inside| *inside -= 1);
    }
}

async fn pass(
    State(hall): State<Arc<Hall>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let visit = Visit::begin(hall);
    // Whoever called may be dead by now: what went in is done all the same, as it is by a real service.
    let passing = tokio::spawn(async move { visit.0.pass(&uri, headers, body).await });
    match passing.await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Hall {
    async fn pass(&self, uri: &Uri, mut headers: HeaderMap, body: Bytes) -> Response {
        let operation = operation(&headers).to_owned();
        let request = self.keeper.goes_in(&operation, body);
        headers.remove(header::HOST);
        headers.remove(header::CONTENT_LENGTH);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", self.service);
        let called = async {
            let call = self.http.post(&url).headers(headers).body(request.clone());
            let answer = call.send().await?;
            let (status, mut headers) = (answer.status(), answer.headers().clone());
            headers.remove(header::TRANSFER_ENCODING);
            Ok::<_, HttpError>((status, headers, answer.bytes().await?))
        };
        let (status, headers, body) = called.await.unwrap_or_else(|error| {
            let text = Bytes::from(error.to_string());
            (StatusCode::BAD_GATEWAY, HeaderMap::new(), text)
        });
        let answer = Answer {
            status,
            body: body.clone(),
        };
        self.keeper.comes_out(&operation, &request, &answer);
        (status, headers, body).into_response()
    }
}

/// The last part of `X-Amz-Target`.
fn operation(headers: &HeaderMap) -> &str {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.rsplit('.').next());
    name.unwrap_or_default()
}

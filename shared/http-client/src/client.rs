use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use http::{Method, Request};
use http_body_util::Full;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};

use crate::connector::Connector;
use crate::error::HttpError;
use crate::request::RequestBuilder;
use crate::resolve::Resolve;
use crate::response::Response;

const NAME: HeaderValue = HeaderValue::from_static(concat!("tidings/", env!("CARGO_PKG_VERSION")));

/// Lambda freezes an environment between events, and a peer that closed the
/// connection meanwhile is noticed only after thawing. Short idle times keep
/// such connections out of the pool.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// How long a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open the connection, TLS handshake included.
    pub connect: Duration,
    /// From the call to the last byte of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 3 s to connect, 15 s in all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(15),
        }
    }
}

/// A request under way.
///
/// It is boxed so that it is compiled here alone, and not again in each crate that waits for one.
pub type Sending = Pin<Box<dyn Future<Output = Result<Response, HttpError>> + Send>>;

/// The one way to speak HTTP: an HTTP/1.1 client with a connection pool.
///
/// Cloning is cheap and shares the pool. It follows no redirect, because one
/// would carry a token to a host that nobody checked; it reads no proxy
/// variables and no system certificates; it repeats nothing but what a peer
/// cannot have seen, because it had closed a kept connection before.
#[derive(Clone, Debug)]
pub struct HttpClient {
    pool: Client<Connector, Full<Bytes>>,
    total: Duration,
}

impl HttpClient {
    /// A client with the default [`Timeouts`]. Opens no connection yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_timeouts(Timeouts::default())
    }

    /// A client with these time-outs. A single request can shorten its own with
    /// [`RequestBuilder::timeout`].
    #[must_use]
    pub fn with_timeouts(timeouts: Timeouts) -> Self {
        let mut builder = builder();
        builder.pool_idle_timeout(POOL_IDLE);
        Self {
            pool: builder.build(Connector::new(timeouts.connect)),
            total: timeouts.total,
        }
    }

    /// A client that connects to the addresses that `resolver` has for a name, and to no other.
    ///
    /// A host that is an address itself is connected to as it is. Each request opens a connection of its own, so that no
    /// name is kept longer than what it stands for.
    #[must_use]
    pub fn resolving(timeouts: Timeouts, resolver: impl Resolve) -> Self {
        let mut builder = builder();
        builder.pool_max_idle_per_host(0);
        Self {
            pool: builder.build(Connector::resolving(timeouts.connect, resolver)),
            total: timeouts.total,
        }
    }

    /// Starts a request. A URL that does not parse fails when the request is sent.
    pub fn request(&self, method: Method, url: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.clone(), method, url.as_ref())
    }

    /// Starts a `GET`.
    pub fn get(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a `POST`.
    pub fn post(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Sends a request that somebody else made, and reads the head of the answer. The time for all of it is the client's.
    ///
    /// # Errors
    ///
    /// [`HttpError`]. An answer of refusal is none.
    pub fn execute(&self, request: Request<Bytes>) -> Sending {
        self.execute_within(request, self.total)
    }

    /// As [`execute`](Self::execute), with a time of its own.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub fn execute_within(&self, request: Request<Bytes>, total: Duration) -> Sending {
        let deadline = Instant::now() + total;
        let sending = if request.uri().authority().is_some() {
            let mut request = request.map(Full::new);
            request.headers_mut().entry(USER_AGENT).or_insert(NAME);
            Ok(self.pool.request(request))
        } else {
            Err(HttpError::not_absolute())
        };
        Box::pin(async move {
            let sent = timeout_at(deadline, sending?).await;
            let answer = sent.map_err(|_| HttpError::TimedOut)??;
            Ok(Response::new(answer, deadline))
        })
    }

    pub(crate) fn total(&self) -> Duration {
        self.total
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

fn builder() -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    builder
}

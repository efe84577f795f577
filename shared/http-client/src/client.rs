use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

use crate::tls;

const USER_AGENT: &str = concat!("tidings/", env!("CARGO_PKG_VERSION"));

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

/// The one way to speak HTTP: an HTTP/1.1 client with a connection pool.
///
/// Cloning is cheap and shares the pool. It follows no redirect, because one
/// would carry a token to a host that nobody checked; it reads no proxy
/// variables and no system certificates; it repeats nothing by itself.
#[derive(Clone, Debug)]
pub struct HttpClient(reqwest::Client);

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
        Self::build(Self::builder(timeouts).pool_idle_timeout(POOL_IDLE))
    }

    /// A client that connects to the addresses that `resolver` has for a name, and to no other.
    ///
    /// A host that is an address itself is connected to as it is. Each request opens a connection of its own, so that no
    /// name is kept longer than what it stands for.
    #[must_use]
    pub fn resolving(timeouts: Timeouts, resolver: impl Resolve + 'static) -> Self {
        let builder = Self::builder(timeouts)
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(resolver));
        Self::build(builder)
    }

    fn builder(timeouts: Timeouts) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config())
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .tcp_nodelay(true)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.total)
            .user_agent(USER_AGENT)
    }

    fn build(builder: reqwest::ClientBuilder) -> Self {
        let client = builder
            .build()
            .expect("the settings are constant, and reqwest links the rustls that made them");
        Self(client)
    }

    /// Starts a request. A URL that does not parse fails when the request is sent.
    pub fn request(&self, method: Method, url: impl reqwest::IntoUrl) -> RequestBuilder {
        self.0.request(method, url)
    }

    /// Starts a `GET`.
    pub fn get(&self, url: impl reqwest::IntoUrl) -> RequestBuilder {
        self.0.get(url)
    }

    /// Starts a `POST`.
    pub fn post(&self, url: impl reqwest::IntoUrl) -> RequestBuilder {
        self.0.post(url)
    }

    /// The client below, for an adapter that builds its own requests.
    #[must_use]
    pub fn reqwest(&self) -> &reqwest::Client {
        &self.0
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

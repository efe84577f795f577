//! How connections are opened: TCP, TLS where the URL says `https`, and both in time.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

use crate::resolve::{Resolve, Resolver};
use crate::tls;

type BoxError = Box<dyn Error + Send + Sync>;
type Tcp = TokioIo<TcpStream>;
type Opening<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<Dialling>,
    /// How long TCP and TLS may take together.
    patience: Duration,
}

impl Connector {
    pub(crate) fn new(patience: Duration) -> Self {
        Self::over(set_up(HttpConnector::new()), patience)
    }

    pub(crate) fn resolving(patience: Duration, resolver: impl Resolve) -> Self {
        let resolver = Resolver::new(resolver);
        Self::over(set_up(HttpConnector::new_with_resolver(resolver)), patience)
    }

    fn over(dial: impl Dial, patience: Duration) -> Self {
        let https = HttpsConnector::from((Dialling(Arc::new(dial)), tls::config()));
        Self { https, patience }
    }
}

fn set_up<R>(mut connector: HttpConnector<R>) -> HttpConnector<R> {
    // Whether it is to be TLS is for the connector around it.
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Tcp>;
    type Error = BoxError;
    type Future = Opening<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let opening = timeout(self.patience, self.https.call(uri));
        Box::pin(async move { opening.await.map_err(BoxError::from)? })
    }
}

/// Opens TCP connections. Behind a pointer, so that everything above it is compiled once.
trait Dial: Send + Sync + 'static {
    fn dial(&self, uri: Uri) -> Opening<Tcp>;
}

impl<R> Dial for HttpConnector<R>
where
    Self: Service<Uri, Response = Tcp, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    fn dial(&self, uri: Uri) -> Opening<Tcp> {
        let dialling = self.clone().call(uri);
        Box::pin(async move { dialling.await.map_err(Into::into) })
    }
}

#[derive(Clone)]
struct Dialling(Arc<dyn Dial>);

impl Service<Uri> for Dialling {
    type Response = Tcp;
    type Error = BoxError;
    type Future = Opening<Tcp>;

    /// Connectors over a resolver of ours, or the system's, are always ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        self.0.dial(uri)
    }
}

//! Names, looked up by somebody who has a say in it.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use async_trait::async_trait;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// Says which addresses a name stands for.
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// The addresses that may be connected to. Their ports do not count: the URL has it.
    ///
    /// # Errors
    ///
    /// When there are none. The error is found among the sources of
    /// [`HttpError::NotConnected`](crate::HttpError::NotConnected).
    async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, BoxError>;
}

/// As connectors want to see it.
#[derive(Clone)]
pub(crate) struct Resolver(Arc<dyn Resolve>);

impl Resolver {
    pub(crate) fn new(resolve: impl Resolve) -> Self {
        Self(Arc::new(resolve))
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolve = Arc::clone(&self.0);
        Box::pin(async move { Ok(resolve.resolve(name.as_str()).await?.into_iter()) })
    }
}

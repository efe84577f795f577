//! Another way to the Connector than the network.

use std::error::Error;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// Takes a request to the Connector and brings its answer: for a Connector in
/// the same process.
///
/// The request is the one that would be written: address, token, body. Nothing
/// is added, followed or repeated.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Brings the answer to one request. Its body is an error if it broke off.
    ///
    /// # Errors
    ///
    /// [`TransportError`], which tells whether the request may have been heard.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError>;
}

/// The whole body of an answer, or why it is not whole.
pub type Body = Result<Bytes, TransportError>;

/// Why a [`Transport`] has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Nobody heard the request.
    #[error("the request was not taken")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// The request was heard, or may have been, and no whole answer came.
    #[error("no answer came")]
    Unanswered(#[source] Box<dyn Error + Send + Sync>),
}

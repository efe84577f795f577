use std::future::ready;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Builder;
use http::{Method, Request};

use crate::client::{HttpClient, Sending};
use crate::error::HttpError;

/// A request in the making. What is wrong with it is said when it is sent.
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder {
    client: HttpClient,
    head: Builder,
    body: Bytes,
    total: Duration,
}

impl RequestBuilder {
    pub(crate) fn new(client: HttpClient, method: Method, url: &str) -> Self {
        Self {
            head: Request::builder().method(method).uri(url),
            body: Bytes::new(),
            total: client.total(),
            client,
        }
    }

    /// Adds a header.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N, Error: Into<http::Error>>,
        HeaderValue: TryFrom<V, Error: Into<http::Error>>,
    {
        self.head = self.head.header(name, value);
        self
    }

    /// Sets these headers, in the place of those of the same names.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        if let Some(ours) = self.head.headers_mut() {
            ours.extend(headers);
        }
        self
    }

    /// Sets the body. Its length is sent with it, and its type is not: that is a header.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// How long this request may take, from the call to the last byte of the answer.
    pub fn timeout(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sends it, and reads the head of the answer.
    ///
    /// # Errors
    ///
    /// [`HttpError`]. An answer of refusal is none.
    pub fn send(self) -> Sending {
        match self.head.body(self.body) {
            Ok(request) => self.client.execute_within(request, self.total),
            Err(error) => Box::pin(ready(Err(HttpError::Invalid(error)))),
        }
    }
}

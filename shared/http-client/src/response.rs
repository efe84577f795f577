use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use crate::error::HttpError;

/// An answer, whose body is still to be read.
#[derive(Debug)]
pub struct Response {
    head: Parts,
    body: Incoming,
    deadline: Instant,
}

impl Response {
    pub(crate) fn new(answer: http::Response<Incoming>, deadline: Instant) -> Self {
        let (head, body) = answer.into_parts();
        Self {
            head,
            body,
            deadline,
        }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Its headers, to be taken away.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.head.headers
    }

    /// How many bytes its body has, where it says so.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next part of the body; none when it is at its end.
    ///
    /// # Errors
    ///
    /// The rest did not come, or not in time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let frame = timeout_at(self.deadline, self.body.frame()).await;
            match frame.map_err(|_| HttpError::TimedOut)? {
                None => return Ok(None),
                Some(Err(error)) => return Err(HttpError::Broken(error.into())),
                Some(Ok(frame)) => {
                    // What is no data comes after all data, and nobody asks for it.
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// The whole body. A peer that is not trusted with our memory is read [with a limit](Self::at_most).
    ///
    /// # Errors
    ///
    /// It did not come, or not in time.
    pub async fn bytes(mut self) -> Result<Bytes, HttpError> {
        Ok(self.at_most(usize::MAX).await?.unwrap_or_default())
    }

    /// The whole body, or `None` when it is longer than that; then the rest is left unread.
    ///
    /// # Errors
    ///
    /// It did not come, or not in time.
    pub async fn at_most(&mut self, longest: usize) -> Result<Option<Bytes>, HttpError> {
        // Nearly every answer is one chunk, which is taken as it is.
        let Some(first) = self.chunk().await? else {
            return Ok(Some(Bytes::new()));
        };
        if first.len() > longest {
            return Ok(None);
        }
        let mut next = self.chunk().await?;
        if next.is_none() {
            return Ok(Some(first));
        }
        let mut body = BytesMut::from(first);
        while let Some(part) = next {
            if body.len() + part.len() > longest {
                return Ok(None);
            }
            body.extend_from_slice(&part);
            next = self.chunk().await?;
        }
        Ok(Some(body.freeze()))
    }

    /// The whole body as text, with a mark in the place of what is not UTF-8.
    ///
    /// # Errors
    ///
    /// It did not come, or not in time.
    pub async fn text(self) -> Result<String, HttpError> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }
}

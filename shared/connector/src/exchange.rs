//! One operation on the wire: the token, the request, the answer.

use std::sync::Arc;

use bytes::Bytes;
use entra::AccessToken;
use http_client::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http_client::{Method, Response, StatusCode, retry_after};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::Address;
use crate::connector::{Connector, Way};
use crate::error::ConnectorError;
use crate::error_body::ErrorBody;
use crate::operation::Operation;
use crate::rejection::Rejection;
use crate::retry::Effect;
use crate::transport::Transport;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// A page of 500 members has some 250 KB; an attachment may have a few MB.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;
const LONGEST_ERROR: usize = 64 * 1024;

/// An answer of success.
pub(crate) struct Answer {
    operation: Operation,
    pub(crate) status: StatusCode,
    /// The error when the answer broke off.
    body: Result<Bytes, ConnectorError>,
}

impl Connector {
    /// Does an operation that has a body.
    pub(crate) async fn write(
        &self,
        operation: Operation,
        method: Method,
        address: Address,
        body: Bytes,
    ) -> Result<Answer, ConnectorError> {
        self.exchange(operation, method, &address, Some(body)).await
    }

    /// Does an operation that has none.
    pub(crate) async fn call(
        &self,
        operation: Operation,
        method: Method,
        address: Address,
    ) -> Result<Answer, ConnectorError> {
        self.exchange(operation, method, &address, None).await
    }

    async fn exchange(
        &self,
        operation: Operation,
        method: Method,
        address: &Address,
        body: Option<Bytes>,
    ) -> Result<Answer, ConnectorError> {
        let token = self.tokens.token().await.map_err(ConnectorError::Token)?;
        let first = self.attempt(operation, &method, address, &body, &token);
        match first.await {
            Err(ConnectorError::Rejected(rejection)) if is_for_the_token(&rejection) => {
                self.tokens.refused(&token).await;
                let next = self.tokens.token().await.map_err(ConnectorError::Token)?;
                if next == token {
                    return Err(ConnectorError::Rejected(rejection));
                }
                let second = self.attempt(operation, &method, address, &body, &next);
                second.await
            }
            result => result,
        }
    }

    async fn attempt(
        &self,
        operation: Operation,
        method: &Method,
        address: &Address,
        body: &Option<Bytes>,
        token: &AccessToken,
    ) -> Result<Answer, ConnectorError> {
        let request = request(method, address, body, token)?;
        let http = match &self.way {
            Way::Network(http) => http,
            Way::Through(transport) => {
                // Boxed: who goes over the network does not carry its state.
                return Box::pin(self.pass(operation, transport, request)).await;
            }
        };
        let sent = http.execute(request).await;
        let mut response = sent.map_err(ConnectorError::from_sending)?;
        let status = response.status();
        if status.is_success() {
            let body = read(response, LONGEST_ANSWER).await;
            return Ok(Answer {
                operation,
                status,
                body,
            });
        }
        let headers = std::mem::take(response.headers_mut());
        let body = read(response, LONGEST_ERROR).await;
        Err(self.refusal(status, &headers, body))
    }

    async fn pass(
        &self,
        operation: Operation,
        transport: &Arc<dyn Transport>,
        request: http::Request<Bytes>,
    ) -> Result<Answer, ConnectorError> {
        let answer = transport.send(request).await;
        let (head, body) = answer.map_err(ConnectorError::from_transport)?.into_parts();
        let status = head.status;
        let body = body.map_err(ConnectorError::from_transport);
        if status.is_success() {
            return Ok(Answer {
                operation,
                status,
                body,
            });
        }
        Err(self.refusal(status, &head.headers, body))
    }

    /// What an answer of refusal says.
    fn refusal(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: Result<Bytes, ConnectorError>,
    ) -> ConnectorError {
        let wait = retry_after(headers, (self.now)());
        // The status alone says enough when the rest does not come.
        let body = ErrorBody::read(&body.unwrap_or_default());
        let rejection = Rejection::new(status, headers, body, wait);
        ConnectorError::Rejected(Box::new(rejection))
    }
}

/// The request as it goes over the network, or through a transport.
fn request(
    method: &Method,
    address: &Address,
    body: &Option<Bytes>,
    token: &AccessToken,
) -> Result<http::Request<Bytes>, ConnectorError> {
    let mut request = http::Request::builder()
        .method(method.clone())
        .uri(address.as_str())
        .header(AUTHORIZATION, token.authorization());
    if body.is_some() {
        request = request.header(CONTENT_TYPE, JSON);
    }
    let request = request.body(body.clone().unwrap_or_default());
    request.map_err(|error| ConnectorError::NotSent(Arc::new(error)))
}

/// Another token does not register a bot that is not registered.
fn is_for_the_token(rejection: &Rejection) -> bool {
    rejection.status == StatusCode::UNAUTHORIZED
        && rejection.code.as_deref() != Some("BotNotRegistered")
}

async fn read(mut response: Response, longest: usize) -> Result<Bytes, ConnectorError> {
    let body = response.at_most(longest).await;
    let body = body.map_err(ConnectorError::from_sending)?;
    body.ok_or(ConnectorError::Unreadable {
        status: response.status(),
    })
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T, ConnectorError> {
        let status = self.status;
        let body = self.body()?;
        serde_json::from_slice(&body).map_err(|_| ConnectorError::Unreadable { status })
    }

    /// The body as it is.
    pub(crate) fn body(self) -> Result<Bytes, ConnectorError> {
        self.body.map_err(|error| match self.operation.effect() {
            Effect::Idempotent => error,
            // It was done; to do it again would double it.
            Effect::Post => ConnectorError::Unreadable {
                status: self.status,
            },
        })
    }

    /// The body, if there is one and it came whole, as JSON of the shape that is hoped for.
    pub(crate) fn json_if_any<T: DeserializeOwned>(self) -> Option<T> {
        serde_json::from_slice(&self.body.ok()?).ok()
    }
}

/// Serializes a body of ours.
pub(crate) fn to_body(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body)
        .expect("bodies are structs of JSON values")
        .into()
}

//! The process's one HTTP client, as the AWS SDKs want to see it.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_client::{HttpError, Request, Response};

/// How long one attempt may take. DynamoDB, SQS and EventBridge answer within milliseconds; the SDK tries again.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Sends what an AWS SDK wants sent.
#[derive(Clone)]
pub(crate) struct SdkHttp(http_client::HttpClient);

impl SdkHttp {
    pub(crate) fn new(http: http_client::HttpClient) -> Self {
        Self(http)
    }
}

/// The SDK's request as the HTTP client takes it.
///
/// Every call we make has its body in memory; a streamed one would be a mistake in our own code.
fn outgoing(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body = body
        .bytes()
        .ok_or_else(|| ConnectorError::user("a streamed body cannot be sent".into()))?;
    Ok(Request::from_parts(head, Bytes::copy_from_slice(body)))
}

impl fmt::Debug for SdkHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkHttp")
    }
}

impl HttpClient for SdkHttp {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for SdkHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let sent = client.execute_within(outgoing(request)?, ATTEMPT).await;
            incoming(sent.map_err(failure)?).await
        })
    }
}

async fn incoming(mut response: Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(response.status().as_u16())
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let headers = std::mem::take(response.headers_mut());
    let body = response.bytes().await.map_err(failure)?;
    let mut answer = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &headers {
        // Header values that are not text hold nothing that the SDKs read.
        if let Ok(value) = value.to_str() {
            let headers = answer.headers_mut();
            headers.append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(answer)
}

/// Tells the SDK's retry what kind of failure it was.
fn failure(error: HttpError) -> ConnectorError {
    match error {
        HttpError::TimedOut | HttpError::ConnectTimedOut => ConnectorError::timeout(error.into()),
        HttpError::Invalid(_) => ConnectorError::user(error.into()),
        HttpError::NotConnected(_) | HttpError::Broken(_) => ConnectorError::io(error.into()),
    }
}

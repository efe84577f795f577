//! The process's one HTTP client, as the AWS SDKs want to see it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http_client::reqwest::{self, Url};

/// How long one attempt may take. DynamoDB, SQS and EventBridge answer within milliseconds; the SDK tries again.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How many addresses are kept: each service has one.
const ADDRESSES: usize = 8;

/// Sends what an AWS SDK wants sent.
#[derive(Clone)]
pub(crate) struct SdkHttp {
    http: http_client::HttpClient,
    /// Addresses in both forms: reading one costs as much as half of sending a request to it.
    addresses: Arc<Mutex<Vec<(String, Url)>>>,
}

impl SdkHttp {
    pub(crate) fn new(http: http_client::HttpClient) -> Self {
        Self {
            http,
            addresses: Arc::default(),
        }
    }

    fn address(&self, uri: &str) -> Result<Url, ConnectorError> {
        let mut known = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = known.iter().find(|(known, _)| known == uri) {
            return Ok(url.clone());
        }
        let url: Url = uri.parse().map_err(|_| {
            ConnectorError::user("the endpoint of a service is not an address".into())
        })?;
        if known.len() < ADDRESSES {
            known.push((uri.to_owned(), url.clone()));
        }
        Ok(url)
    }

    /// The SDK's request as the HTTP client takes it.
    ///
    /// Every call we make has its body in memory; a streamed one would be a mistake in our own code.
    fn outgoing(&self, request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
        let url = self.address(request.uri())?;
        let request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = body
            .bytes()
            .ok_or_else(|| ConnectorError::user("a streamed body cannot be sent".into()))?
            .to_vec();
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body.into());
        *request.timeout_mut() = Some(ATTEMPT);
        Ok(request)
    }
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
        let client = self.http.reqwest().clone();
        let request = self.outgoing(request);
        HttpConnectorFuture::new(async move {
            let response = client.execute(request?).await.map_err(failure)?;
            incoming(response).await
        })
    }
}

async fn incoming(mut response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
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
fn failure(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

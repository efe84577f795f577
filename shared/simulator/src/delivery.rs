//! Calls to the bot: where it listens, and what it answered.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_client::{HttpClient, Timeouts};
use serde::Serialize;
use serde_json::Value;

/// Where the bot listens.
#[derive(Clone)]
pub struct BotEndpoint {
    transport: Arc<dyn BotTransport>,
    name: String,
}

/// Carries a request of Teams to the bot.
///
/// The one made by [`BotEndpoint::url`] speaks HTTP. A test may hand the
/// request to a handler in the same process instead.
pub trait BotTransport: Send + Sync {
    /// Carries one request and brings its answer, or says why there is none.
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>>;
}

/// The bot could not be reached, or did not answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("failed to reach the bot: {0}")]
pub struct NoAnswer(pub String);

/// The address of a bot that is no address.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not an http or https address of a bot: {0}")]
pub struct NotAnEndpoint(pub String);

impl BotEndpoint {
    /// A bot that listens at this URL.
    ///
    /// # Errors
    ///
    /// [`NotAnEndpoint`]: not an absolute `http` or `https` URL.
    pub fn url(url: &str) -> Result<Self, NotAnEndpoint> {
        Self::at(url, None)
    }

    /// A bot that listens at this URL behind a server that tells its sites
    /// apart by the `Host` header, as local stand-ins for function URLs do.
    ///
    /// # Errors
    ///
    /// [`NotAnEndpoint`]: not an absolute `http` or `https` URL, or not a host.
    pub fn url_with_host(url: &str, host: &str) -> Result<Self, NotAnEndpoint> {
        Self::at(url, Some(host))
    }

    fn at(url: &str, host: Option<&str>) -> Result<Self, NotAnEndpoint> {
        let parsed = url::Url::parse(url).ok();
        if !parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(NotAnEndpoint(url.to_owned()));
        }
        let host = host
            .map(|host| host.parse().map_err(|_| NotAnEndpoint(host.to_owned())))
            .transpose()?;
        let name = match &host {
            Some(_) => format!(
                "{url} (host {})",
                String::from_utf8_lossy(host_bytes(&host))
            ),
            None => url.to_owned(),
        };
        Ok(Self {
            transport: Arc::new(OverHttp {
                // The simulator has its own limit, which is the one that counts.
                client: HttpClient::with_timeouts(Timeouts {
                    total: Duration::from_secs(120),
                    ..Timeouts::default()
                }),
                url: url.to_owned(),
                host,
            }),
            name,
        })
    }

    /// A bot that is called with this transport.
    pub fn transport(transport: impl BotTransport + 'static) -> Self {
        Self {
            transport: Arc::new(transport),
            name: "in process".to_owned(),
        }
    }

    /// A bot that is a function in this process: it gets the request as Teams
    /// sends it, with its headers, and its answer is the bot's.
    pub fn in_process<F, Answer>(bot: F) -> Self
    where
        F: Fn(http::Request<Bytes>) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = http::Response<Bytes>> + Send + 'static,
    {
        Self::transport(InProcess(bot))
    }

    pub(crate) async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        self.transport.call(request).await
    }
}

impl fmt::Debug for BotEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BotEndpoint").field(&self.name).finish()
    }
}

impl fmt::Display for BotEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn host_bytes(host: &Option<http::HeaderValue>) -> &[u8] {
    host.as_ref().map_or(&[], |host| host.as_bytes())
}

struct OverHttp {
    client: HttpClient,
    url: String,
    host: Option<http::HeaderValue>,
}

impl BotTransport for OverHttp {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>> {
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            if let Some(host) = &self.host {
                head.headers.insert(http::header::HOST, host.clone());
            }
            let failed = |error: http_client::HttpError| NoAnswer(describe(&error));
            let answer = self
                .client
                .post(&self.url)
                .headers(head.headers)
                .body(body)
                .send()
                .await
                .map_err(failed)?;
            let mut response = http::Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await.map_err(failed)?;
            Ok(response)
        })
    }
}

/// An error with its causes, on one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

struct InProcess<F>(F);

impl<F, Answer> BotTransport for InProcess<F>
where
    F: Fn(http::Request<Bytes>) -> Answer + Send + Sync,
    Answer: Future<Output = http::Response<Bytes>> + Send + 'static,
{
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>> {
        let answer = (self.0)(request);
        Box::pin(async move { Ok(answer.await) })
    }
}

/// An activity that went to the bot, and what came back.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Delivery {
    /// The activity.
    pub activity: Value,
    /// What the bot answered.
    pub answer: Answer,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What came back from the bot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum Answer {
    /// A status and a body.
    #[serde(rename_all = "camelCase")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body as JSON; as a string if it is none; null if there is none.
        body: Value,
    },
    /// Nothing within Teams' limit: for Teams, a failure that it will try again.
    TimedOut,
    /// The bot could not be reached.
    #[serde(rename_all = "camelCase")]
    Unreachable {
        /// Why.
        reason: String,
    },
    /// Nothing was sent: no bot endpoint is set, the bot is not there, or it
    /// was not mentioned.
    #[serde(rename_all = "camelCase")]
    NotSent {
        /// Why.
        reason: String,
    },
}

impl Delivery {
    /// The status of the bot's answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.answer {
            Answer::Answered { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether the bot answered 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status()
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// The body of the bot's answer.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        match &self.answer {
            Answer::Answered { body, .. } => Some(body),
            _ => None,
        }
    }

    /// The card with which the bot answered an `Action.Execute`.
    #[must_use]
    pub fn card(&self) -> Option<&Value> {
        let body = self.body()?;
        let is_card = body.get("type").and_then(Value::as_str) == Some(crate::card::ADAPTIVE_CARD);
        if is_card && self.is_success() && inner_status(body) == 200 {
            body.get("value")
        } else {
            None
        }
    }

    /// The short text with which the bot answered an `Action.Execute`.
    #[must_use]
    pub fn toast(&self) -> Option<&str> {
        let body = self.body()?;
        let kind = body.get("type").and_then(Value::as_str)?;
        (kind == "application/vnd.microsoft.activity.message")
            .then(|| body.get("value").and_then(Value::as_str))
            .flatten()
    }

    /// The id of the activity.
    #[must_use]
    pub fn activity_id(&self) -> &str {
        self.activity
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The type of the activity.
    #[must_use]
    pub fn activity_type(&self) -> &str {
        self.activity
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// The status inside an invoke's answer; a missing one means 200.
fn inner_status(body: &Value) -> u64 {
    body.get("statusCode")
        .and_then(Value::as_u64)
        .unwrap_or(200)
}

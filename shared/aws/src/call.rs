//! A call in AWS's JSON protocols: a signed `POST` with the operation in a header, and a JSON document each way. Where the
//! protocol is REST JSON, method and path say the operation.
//!
//! See "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol" and "AWS restJson1 protocol" in the documentation of Smithy.

mod endpoint;
mod error;
mod retry;
mod signature;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_client::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use http_client::{HttpClient, HttpError, Method, Request, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

pub use error::{CallError, Refusal};

use crate::chance::Chance;
use crate::settings::{Service, Settings, nowhere};
use retry::{Failure, Kind, Purse};
pub(crate) use signature::Signatory;
use signature::Signer;

/// How long one try may take. The services answer within milliseconds, and are asked again.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How far a clock may be off before signatures are refused for it: five minutes, less some doubt.
const SKEW: i64 = 240;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// What a service is asked to do.
#[derive(Clone, Debug)]
enum Operation<'a> {
    /// A `POST` to the service's address, with the operation in a header.
    Named(&'a str),
    /// REST JSON: this method, on this path and query below the service's address.
    On(Method, &'a str),
}

impl Operation<'_> {
    /// What a log may say of it.
    fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::On(method, _) => method.as_str(),
        }
    }
}

/// Makes calls of one service.
#[derive(Debug)]
pub(crate) struct Caller {
    http: HttpClient,
    /// The service's address, twice: as it is signed, and as it is called.
    url: Url,
    uri: Uri,
    signer: Signer,
    content_type: &'static str,
    /// What stands before the operation's name in the header.
    target: &'static str,
    purse: Purse,
    chance: Chance,
    /// Seconds that our clock is behind the service's.
    behind: AtomicI64,
}

impl Caller {
    pub(crate) fn new(
        http: HttpClient,
        settings: &Settings,
        signatory: Arc<Signatory>,
        service: Service,
    ) -> Self {
        let given = settings.endpoint(service).cloned();
        let standard = || {
            let url = endpoint::standard(service.host_label(), settings.region());
            url.parse().ok()
        };
        // A region is a host's label, or nothing that anybody could call.
        let url = given.or_else(standard).unwrap_or_else(nowhere);
        Self {
            http,
            uri: url.as_str().parse().unwrap_or_default(),
            url,
            signer: Signer::new(signatory, service.signing_name()),
            content_type: service.content_type(),
            target: service.target(),
            purse: Purse::default(),
            chance: Chance::default(),
            behind: AtomicI64::new(0),
        }
    }

    /// Makes a call whose question and answer are JSON documents of these shapes.
    pub(crate) async fn ask<Q, A>(&self, operation: &str, question: &Q) -> Result<A, CallError>
    where
        Q: Serialize + Sync,
        A: DeserializeOwned,
    {
        let body = serde_json::to_vec(question).map_err(CallError::unanswered)?;
        let answer = self.call(operation, body.into()).await?;
        serde_json::from_slice(&answer).map_err(CallError::Unreadable)
    }

    /// Makes a call, and tries again what may pass.
    pub(crate) async fn call(&self, operation: &str, body: Bytes) -> Result<Bytes, CallError> {
        self.tried(Operation::Named(operation), body).await
    }

    /// Makes a call of a REST JSON service, and tries again what may pass. `path` is below the service's address, without a
    /// first slash, encoded, with its query.
    pub(crate) async fn rest(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Bytes, CallError> {
        self.tried(Operation::On(method, path), body).await
    }

    async fn tried(&self, operation: Operation<'_>, body: Bytes) -> Result<Bytes, CallError> {
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(&operation, body.clone()).await {
                Ok(answer) => {
                    self.purse.refill(attempt);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let chance = self.chance.fraction();
            let Some(wait) = self.purse.wait(&failure, attempt, chance) else {
                return Err(failure.error);
            };
            tracing::debug!(
                aws.operation = operation.name(),
                attempt,
                error = &failure.error as &dyn std::error::Error,
                "a call is tried again"
            );
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, operation: &Operation<'_>, body: Bytes) -> Result<Bytes, Failure> {
        let now = self.now();
        let request = self.request(operation, body, now).map_err(unsendable)?;
        let answer = self.http.execute_within(request, ATTEMPT).await;
        let mut answer = answer.map_err(unanswered)?;
        let status = answer.status().as_u16();
        let headers = std::mem::take(answer.headers_mut());
        let body = answer.bytes().await.map_err(unanswered)?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        Err(self.refused(status, &headers, body, now))
    }

    fn request(
        &self,
        operation: &Operation<'_>,
        body: Bytes,
        now: SystemTime,
    ) -> Result<Request<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let (method, url, uri) = match operation {
            Operation::Named(name) => {
                let target = [self.target, ".", name].concat();
                headers.insert(TARGET, HeaderValue::from_maybe_shared(Bytes::from(target))?);
                (Method::POST, Cow::Borrowed(&self.url), self.uri.clone())
            }
            Operation::On(method, path) => {
                let url = self.url.join(path)?;
                let uri = url.as_str().parse()?;
                (method.clone(), Cow::Owned(url), uri)
            }
        };
        self.signer.sign(&method, &url, &mut headers, &body, now)?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn refused(&self, status: u16, headers: &HeaderMap, body: Bytes, now: SystemTime) -> Failure {
        let text = |name| headers.get(name)?.to_str().ok();
        let names = [text("x-amzn-query-error"), text("x-amzn-errortype")];
        let refusal = Refusal::read(status, names, body);
        let wish = text("x-amz-retry-after").and_then(|wish| wish.parse().ok());
        let kind = match Kind::of(&refusal) {
            Kind::Final if self.corrects_clock(&refusal, text(DATE.as_str()), now) => {
                Kind::ClockCorrected
            }
            kind => kind,
        };
        Failure {
            error: CallError::Refused(Box::new(refusal)),
            kind,
            wish: wish.map(Duration::from_millis),
        }
    }

    /// The time by which requests are signed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a signature is checked against the clock of AWS, not against ours"
    )]
    fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        let behind = self.behind.load(Ordering::Relaxed);
        let by = Duration::from_secs(behind.unsigned_abs());
        let corrected = if behind < 0 {
            now.checked_sub(by)
        } else {
            now.checked_add(by)
        };
        corrected.unwrap_or(now)
    }

    /// Puts the clock right when a signature was refused because it is off. `now` is the time of the signature.
    fn corrects_clock(&self, refusal: &Refusal, date: Option<&str>, now: SystemTime) -> bool {
        let of_the_time = matches!(
            refusal.code(),
            "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "RequestExpired"
                | "RequestInTheFuture"
                | "RequestTimeTooSkewed"
                | "AuthFailure"
        );
        if !of_the_time {
            return false;
        }
        let (Some(theirs), Ok(ours)) = (
            date.and_then(http_client::http_date),
            now.duration_since(SystemTime::UNIX_EPOCH),
        ) else {
            return false;
        };
        let off = theirs.as_second().saturating_sub_unsigned(ours.as_secs());
        if off.abs() < SKEW {
            return false;
        }
        self.behind.fetch_add(off, Ordering::Relaxed);
        true
    }
}

fn unsendable(reason: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    Failure {
        error: CallError::Unanswered(reason),
        kind: Kind::Final,
        wish: None,
    }
}

fn unanswered(error: HttpError) -> Failure {
    let kind = match error {
        HttpError::TimedOut | HttpError::ConnectTimedOut => Kind::TimedOut,
        HttpError::Invalid(_) => Kind::Final,
        HttpError::NotConnected(_) | HttpError::Broken(_) => Kind::Passing,
    };
    Failure {
        error: CallError::unanswered(error),
        kind,
        wish: None,
    }
}

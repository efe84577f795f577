//! Why a call has no answer that can be used.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A call to an AWS service failed, all tries included.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service answered that it did not do what was asked.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// There was no answer. What was asked for may have been done.
    #[error("failed to get an answer from AWS")]
    Unanswered(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is not what the service's model says. What was asked for was done.
    #[error("failed to read an answer of AWS")]
    Unreadable(#[source] serde_json::Error),
}

impl CallError {
    /// The call was not made, for a reason that another try does not change.
    pub fn unanswered(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unanswered(reason.into())
    }

    /// What the service said, when it said something.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Unanswered(_) | Self::Unreadable(_) => None,
        }
    }

    /// The service's code, when it answered with one: `ValidationException`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.refusal().map(Refusal::code)
    }

    /// The service's code, when the fault is the caller's: another try does not help.
    #[must_use]
    pub fn for_good(&self) -> Option<&str> {
        let refusal = self.refusal()?;
        let code = refusal.code();
        let for_good =
            refusal.status() < 500 && code != Refusal::UNKNOWN && !code.contains("Throttl");
        for_good.then_some(code)
    }
}

/// What a service answered instead of doing what was asked.
///
/// Shows its code and the first line of its message; what follows that line repeats the request, headers included.
#[derive(Clone, thiserror::Error)]
#[error("{code}: {}", message.as_deref().unwrap_or("no message"))]
pub struct Refusal {
    status: u16,
    code: String,
    message: Option<String>,
    body: Bytes,
}

/// The members that all errors of the JSON protocols have.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    #[serde(rename = "__type")]
    kind: Option<String>,
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl Refusal {
    const UNKNOWN: &str = "Unknown";

    /// Reads an answer. `headers` are those that name the error, the most telling first.
    ///
    /// The code comes from `x-amzn-query-error` (services that once spoke XML keep their old codes there), from
    /// `x-amzn-errortype`, or from the body: each bare of the model's namespace and of what follows a colon or semicolon.
    pub(super) fn read(status: u16, headers: [Option<&str>; 2], body: Bytes) -> Self {
        let members: Members = serde_json::from_slice(&body).unwrap_or_default();
        let body_says = members.kind.as_deref().or(members.code.as_deref());
        let code = headers.into_iter().chain([body_says]).flatten().next();
        let code = code.map_or(Self::UNKNOWN, bare).to_owned();
        let first_line = |text: String| text.lines().next().map(str::to_owned);
        Self {
            status,
            code,
            message: members.message.and_then(first_line),
            body,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The service's code for the error; `Unknown` when it gave none.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The first line of the service's own words.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What else the answer holds, where it holds that.
    #[must_use]
    pub fn details<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// `com.amazonaws.dynamodb.v20120810#ValidationException:http://…` without what is around the name.
fn bare(code: &str) -> &str {
    let end = code.find([':', ';']).unwrap_or(code.len());
    let code = &code[..end];
    code.rsplit_once('#').map_or(code, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: [Option<&str>; 2], body: &'static str) -> Refusal {
        Refusal::read(400, headers, Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn the_code_is_bare_wherever_it_stands() {
        let body =
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ValidationException","message":"no"}"#;
        assert_eq!(read([None, None], body).code(), "ValidationException");
        let header = Some("ThrottlingException:http://internal.amazon.com/coral/");
        assert_eq!(read([None, header], "{}").code(), "ThrottlingException");
        let query = Some("AWS.SimpleQueueService.NonExistentQueue;Sender");
        let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#;
        assert_eq!(
            read([query, None], body).code(),
            "AWS.SimpleQueueService.NonExistentQueue"
        );
        assert_eq!(read([None, None], "<html>").code(), "Unknown");
    }

    #[test]
    fn what_repeats_the_request_is_not_shown() {
        let body = r#"{"__type":"InvalidSignatureException","message":"It does not match.\n\nx-amz-security-token:secret"}"#;
        let refusal = read([None, None], body);
        assert_eq!(
            refusal.to_string(),
            "InvalidSignatureException: It does not match."
        );
        assert!(!format!("{refusal:?}").contains("secret"));
    }
}

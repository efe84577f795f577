use std::fmt;
use std::time::Duration;

use http_client::StatusCode;
use http_client::header::HeaderMap;

use crate::error_body::ErrorBody;
use crate::retry::{End, Meaning};

/// An answer that is not one of success.
///
/// It has no message text: those are not stable, and may name people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The status of the answer.
    pub status: StatusCode,
    /// `error.code` of the body, or its `errorCode`.
    pub code: Option<String>,
    /// `subCode`, which the message service hides in the message.
    pub sub_code: Option<String>,
    /// Whether the message says that an id was made for another bot.
    pub foreign_id: bool,
    /// How long to wait, if the Connector says so.
    pub retry_after: Option<Duration>,
    /// What a support case needs.
    pub trace: Trace,
}

/// The names that Microsoft's services gave to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// `MS-CV`, the correlation vector.
    pub correlation_vector: Option<String>,
    /// `ContextId`.
    pub context_id: Option<String>,
    /// `X-Correlating-OperationId`.
    pub operation_id: Option<String>,
}

impl Rejection {
    pub(crate) fn new(
        status: StatusCode,
        headers: &HeaderMap,
        body: ErrorBody,
        retry_after: Option<Duration>,
    ) -> Self {
        Self {
            status,
            code: body.code,
            sub_code: body.sub_code,
            foreign_id: body.foreign_id,
            retry_after,
            trace: Trace::read(headers),
        }
    }

    /// What the answer means: by status, then code, then sub-code, and by text
    /// for ids of other bots only (protocol reference §5.3, §5.4).
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let end = match self.status.as_u16() {
            400 | 403 if self.foreign_id => End::ForeignId,
            400 if self.is("MessageSizeTooBig") => End::TooLarge,
            400 => End::BadRequest,
            // The client has tried again with another token by now.
            401 => End::Misconfigured,
            403 => self.forbidden(),
            404 if self.is("ConversationNotFound") => End::ConversationGone,
            404 if self.is("ActivityNotFoundInConversation") => End::ActivityGone,
            404 => End::NotFound,
            405 | 501 => End::Unsupported,
            408 => return Meaning::TimedOut,
            412 => return Meaning::Busy,
            413 => End::TooLarge,
            429 => return Meaning::Throttled,
            500 => End::ServiceFault,
            502..=504 => return Meaning::Unavailable,
            _ => End::Unexpected,
        };
        Meaning::Final(end)
    }

    fn forbidden(&self) -> End {
        const CODES: [(&str, End); 9] = [
            ("BotDisabledByAdmin", End::DisabledByAdmin),
            ("BotNotInConversationRoster", End::BotRemoved),
            ("ConversationBlockedByUser", End::BlockedByUser),
            ("MessageWritesBlocked", End::BlockedByUser),
            ("ForbiddenOperationException", End::NotInstalled),
            ("InvalidBotApiHost", End::WrongHost),
            ("NotEnoughPermissions", End::NotPermitted),
            ("TenantNoPermission", End::NotPermitted),
            ("CapabilityOverride", End::NotPermitted),
        ];
        let known = CODES.into_iter().find(|(code, _)| self.is(code));
        known.map_or(End::NotPermitted, |(_, end)| end)
    }

    fn is(&self, code: &str) -> bool {
        [&self.code, &self.sub_code]
            .into_iter()
            .flatten()
            .any(|said| said.eq_ignore_ascii_case(code))
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        for code in [&self.code, &self.sub_code].into_iter().flatten() {
            write!(f, " {code}")?;
        }
        if let Some(vector) = &self.trace.correlation_vector {
            write!(f, " (MS-CV {vector})")?;
        }
        Ok(())
    }
}

impl Trace {
    fn read(headers: &HeaderMap) -> Self {
        // Header text has no line breaks, so it may be logged as it is.
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.chars().take(200).collect())
        };
        Self {
            correlation_vector: text("ms-cv"),
            context_id: text("contextid"),
            operation_id: text("x-correlating-operationid"),
        }
    }
}

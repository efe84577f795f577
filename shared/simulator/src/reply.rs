//! Answers, and the three shapes in which the Connector words an error.

use serde_json::{Value, json};

/// An answer of the simulator: status, body, `Retry-After`.
///
/// The constructors are the documented errors. For a
/// [`Fault`](crate::Fault) any answer will do.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: ReplyBody,
    /// Seconds for the header `Retry-After`.
    pub retry_after: Option<u64>,
}

/// What an answer's body is.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplyBody {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// What a gateway in front of the service writes.
    Html(&'static str),
    /// Bytes of some type: an attachment.
    Bytes {
        /// The content type.
        content_type: String,
        /// The bytes.
        bytes: bytes::Bytes,
    },
}

impl Reply {
    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            body: ReplyBody::Json(body),
            retry_after: None,
        }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            body: ReplyBody::Empty,
            retry_after: None,
        }
    }

    /// An error in the usual shape: `{"error":{"code","message"}}`.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, json!({"error": {"code": code, "message": message}}))
    }

    /// An error in the shape of the message service: the code is inside JSON
    /// that is inside a string.
    #[must_use]
    pub fn nested_error(status: u16, error_code: u32, sub_code: &str, details: &str) -> Self {
        let message = format!(
            "{{\n  \"subCode\": \"{sub_code}\",\n  \"details\": \"{details}\",\n  \
             \"errorCode\": null,\n  \"errorSubCode\": null\n}}"
        );
        Self::json(status, json!({"errorCode": error_code, "message": message}))
    }

    /// An error of a gateway, which does not speak JSON.
    #[must_use]
    pub fn gateway_error(status: u16) -> Self {
        Self {
            status,
            body: ReplyBody::Html(
                "<html><head><title>Service unavailable</title></head>\
                 <body><h2>Our services aren't available right now</h2></body></html>",
            ),
            retry_after: None,
        }
    }

    /// 429 `Throttled`, with a `Retry-After` unless it is `None`.
    #[must_use]
    pub fn throttled(retry_after: Option<u64>) -> Self {
        Self {
            retry_after,
            ..Self::error(429, "Throttled", "Too many requests.")
        }
    }

    /// 412 `PreconditionFailed`: two operations met in one conversation.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::error(
            412,
            "PreconditionFailed",
            "Precondition failed, please try again.",
        )
    }

    /// 500 or 502 `ServiceError`.
    #[must_use]
    pub fn service_error(status: u16) -> Self {
        Self::error(status, "ServiceError", "Unknown")
    }

    /// 403 `ConversationBlockedByUser`.
    #[must_use]
    pub fn blocked_by_user() -> Self {
        Self::error(
            403,
            "ConversationBlockedByUser",
            "User blocked the conversation with the bot.",
        )
    }

    /// 403 with the sub-code `MessageWritesBlocked`, in the nested shape.
    #[must_use]
    pub fn message_writes_blocked() -> Self {
        Self::nested_error(
            403,
            209,
            "MessageWritesBlocked",
            "Thread is blocked from message writes.",
        )
    }

    /// 403 `BotNotInConversationRoster`.
    #[must_use]
    pub fn not_in_roster() -> Self {
        Self::error(
            403,
            "BotNotInConversationRoster",
            "The bot is not part of the conversation roster.",
        )
    }

    /// 403 `BotDisabledByAdmin`.
    #[must_use]
    pub fn disabled_by_admin() -> Self {
        Self::error(
            403,
            "BotDisabledByAdmin",
            "The tenant admin disabled this bot",
        )
    }

    /// 403 `ForbiddenOperationException`: no personal installation.
    #[must_use]
    pub fn not_installed() -> Self {
        Self::error(
            403,
            "ForbiddenOperationException",
            "Bot is not installed in user's personal scope",
        )
    }

    /// 403 `InvalidBotApiHost`: a tenant of another cloud.
    #[must_use]
    pub fn wrong_host() -> Self {
        Self::error(
            403,
            "InvalidBotApiHost",
            "Invalid bot api host. For GCC tenants, call `https://smba.infra.gcc.teams.microsoft.com`.",
        )
    }

    /// 404 `ConversationNotFound`.
    #[must_use]
    pub fn conversation_not_found() -> Self {
        Self::error(404, "ConversationNotFound", "Conversation not found.")
    }

    /// 404 `ActivityNotFoundInConversation`.
    #[must_use]
    pub fn activity_not_found() -> Self {
        Self::error(
            404,
            "ActivityNotFoundInConversation",
            "Activity not found in the conversation.",
        )
    }

    /// 401 `AuthorizationError`.
    #[must_use]
    pub fn authorization_error(message: &str) -> Self {
        Self::error(401, "AuthorizationError", message)
    }

    /// What stands for a status when no more is said: the usual error of that
    /// status, or a gateway's.
    pub(crate) fn standing_for(status: u16, code: Option<&str>) -> Self {
        match (code, status) {
            (Some(code), _) => Self::error(status, code, "A fault of the simulator."),
            (None, 429) => Self::throttled(None),
            (None, 412) => Self::precondition_failed(),
            (None, 500) => Self::service_error(500),
            (None, _) => Self::gateway_error(status),
        }
    }

    /// 400 `BadSyntax`.
    #[must_use]
    pub fn bad_syntax(message: &str) -> Self {
        Self::error(400, "BadSyntax", message)
    }

    /// 400 `BadArgument`.
    #[must_use]
    pub fn bad_argument(message: &str) -> Self {
        Self::error(400, "BadArgument", message)
    }

    /// 400 `MissingProperty`.
    #[must_use]
    pub fn missing_property(message: &str) -> Self {
        Self::error(400, "MissingProperty", message)
    }

    /// 413 `MessageSizeTooBig`.
    #[must_use]
    pub fn too_big() -> Self {
        Self::error(413, "MessageSizeTooBig", "Message size too large.")
    }

    /// The error code in the body, whichever shape it has.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let ReplyBody::Json(body) = &self.body else {
            return None;
        };
        if self.status < 400 {
            return None;
        }
        if let Some(code) = body.pointer("/error/code").and_then(Value::as_str) {
            return Some(code.to_owned());
        }
        if let Some(code) = body.get("error").and_then(Value::as_str) {
            return Some(code.to_owned());
        }
        let nested = body.get("message").and_then(Value::as_str)?;
        let nested: Value = serde_json::from_str(nested).ok()?;
        nested
            .get("subCode")
            .and_then(Value::as_str)
            .map(str::to_owned)
    }
}

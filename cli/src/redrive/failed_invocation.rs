//! What Lambda writes of an invocation that it gave up.

use serde_json::Value;

/// An asynchronous invocation that failed for good, as Lambda's on-failure destination records it.
///
/// See the Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
pub(super) struct FailedInvocation {
    pub(super) request_id: String,
    pub(super) condition: String,
    pub(super) error_type: Option<String>,
    pub(super) error_message: Option<String>,
    pub(super) payload: Option<Value>,
}

impl FailedInvocation {
    pub(super) fn open(body: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(body).ok()?;
        let context = json.get("requestContext")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            request_id: text(context.get("requestId")?)?,
            condition: text(context.get("condition")?)?,
            error_type: text(&json["responsePayload"]["errorType"]),
            error_message: text(&json["responsePayload"]["errorMessage"]),
            payload: json.get("requestPayload").cloned(),
        })
    }
}

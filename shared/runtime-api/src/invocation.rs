//! An event as Lambda hands it out.

use bytes::Bytes;
use http_client::header::HeaderMap;
use lambda_runtime::Context;

use crate::error::ServeError;

pub(crate) const REQUEST_ID: &str = "lambda-runtime-aws-request-id";
const DEADLINE: &str = "lambda-runtime-deadline-ms";
const FUNCTION: &str = "lambda-runtime-invoked-function-arn";
const TRACE: &str = "lambda-runtime-trace-id";
/// Sent back with what becomes of the event, so that a late answer is not taken for that of another one.
pub(crate) const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// An event that waits for its answer.
pub(crate) struct Invocation {
    pub(crate) event: Bytes,
    pub(crate) context: Context,
    pub(crate) id: Option<String>,
}

impl Invocation {
    /// Reads what the headers say. What a function here asks of its context is there: who called by way of a mobile SDK is not.
    pub(crate) fn new(headers: &HeaderMap, event: Bytes) -> Result<Self, ServeError> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let owned = |name| text(name).map(str::to_owned);
        let mut context = Context::default();
        context.request_id = owned(REQUEST_ID).ok_or(ServeError::Header(REQUEST_ID))?;
        context.deadline = text(DEADLINE)
            .and_then(|millis| millis.parse().ok())
            .ok_or(ServeError::Header(DEADLINE))?;
        context.invoked_function_arn = owned(FUNCTION).unwrap_or_default();
        context.xray_trace_id = owned(TRACE);
        Ok(Self {
            event,
            context,
            id: owned(INVOCATION_ID),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn what_identifies_and_limits_an_event_is_read() {
        let headers = headers(&[
            (REQUEST_ID, "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            (DEADLINE, "1542409706888"),
            (
                FUNCTION,
                "arn:aws:lambda:us-east-2:123456789012:function:notify",
            ),
            (TRACE, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
            (INVOCATION_ID, "7"),
        ]);
        let invocation = Invocation::new(&headers, Bytes::new()).unwrap();
        let context = &invocation.context;
        assert_eq!(context.request_id, "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        assert_eq!(context.deadline, 1_542_409_706_888);
        assert!(context.invoked_function_arn.ends_with("function:notify"));
        assert!(context.xray_trace_id.is_some());
        assert_eq!(invocation.id.as_deref(), Some("7"));
    }

    #[test]
    fn an_event_without_id_or_deadline_is_none() {
        let missing = |pairs: &[(&'static str, &'static str)]| match Invocation::new(
            &headers(pairs),
            Bytes::new(),
        ) {
            Err(ServeError::Header(name)) => name,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it cannot be answered"),
        };
        assert_eq!(missing(&[(DEADLINE, "1")]), REQUEST_ID);
        assert_eq!(missing(&[(REQUEST_ID, "r")]), DEADLINE);
        assert_eq!(missing(&[(REQUEST_ID, "r"), (DEADLINE, "soon")]), DEADLINE);
    }
}

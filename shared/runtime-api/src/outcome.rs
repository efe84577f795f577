//! What becomes of an event.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::invocation::Invocation;

/// An answer as JSON, or why there is none.
pub(crate) type Outcome = Result<Vec<u8>, Diagnostic>;

/// Lets the handler answer. A panic of it ends the event, not the process.
pub(crate) async fn of<E, A>(
    handler: &impl AsyncFn(LambdaEvent<E>) -> Result<A, Diagnostic>,
    invocation: Invocation,
) -> Outcome
where
    E: DeserializeOwned,
    A: Serialize,
{
    let payload = serde_json::from_slice(&invocation.event).map_err(|error| unreadable(&error))?;
    let event = LambdaEvent::new(payload, invocation.context);
    let handled = AssertUnwindSafe(handler(event)).catch_unwind().await;
    let answer = handled.map_err(|panic| panicked(panic.as_ref()))??;
    serde_json::to_vec(&answer).map_err(|error| diagnostic("UnwritableAnswer", error.to_string()))
}

fn unreadable(error: &serde_json::Error) -> Diagnostic {
    diagnostic(
        "UnreadableEvent",
        format!("the event cannot be read: {error}"),
    )
}

/// A panic's text is told if it is a literal: a formatted one may carry a value that must not be logged.
fn panicked(panic: &(dyn Any + Send)) -> Diagnostic {
    let reason = panic.downcast_ref::<&'static str>();
    let text = reason.map_or_else(
        || "it panicked".to_owned(),
        |why| format!("it panicked: {why}"),
    );
    diagnostic("Panic", text)
}

fn diagnostic(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic {
        error_type: error_type.to_owned(),
        error_message,
    }
}

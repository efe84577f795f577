//! What becomes of an event.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

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

/// Says what is wrong, and where, but nothing that the event says: this ends up in logs.
fn unreadable(error: &serde_json::Error) -> Diagnostic {
    let what = error.to_string();
    let (line, column) = (error.line(), error.column());
    // Of what does not fit its type, the reader quotes the value. A field that is missing has a name of ours.
    let quotes = error.classify() == Category::Data && !what.starts_with("missing field");
    let what = match quotes {
        true => format!("another type or value than expected at line {line} column {column}"),
        false => what,
    };
    diagnostic(
        "UnreadableEvent",
        format!("the event cannot be read: {what}"),
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

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::sqs::SqsEvent;

    use super::*;

    fn said(event: &str) -> String {
        let read = serde_json::from_str::<SqsEvent>(event);
        unreadable(&read.unwrap_err()).error_message
    }

    #[test]
    fn what_is_wrong_with_an_event_is_said_without_what_it_says() {
        assert_eq!(
            said(r#"{"kind": "a secret"}"#),
            "the event cannot be read: missing field `Records` at line 1 column 20"
        );
        assert_eq!(
            said("{\"Records\": }"),
            "the event cannot be read: expected value at line 1 column 13"
        );
        for event in [r#""a secret""#, r#"{"Records": "a secret"}"#] {
            let said = said(event);
            assert!(said.contains("than expected at line 1 column"), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}

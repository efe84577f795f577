//! What this function is invoked with.

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde_json::value::RawValue;

/// An invocation's event.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A batch of background work.
    Batch(SqsEvent),
    /// A minute has passed.
    Tick,
}

/// The event is of no kind that this function takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// An event, but another one.
    #[error(
        "expected an SQS batch or the tick, found an event with source {source_name:?} and detail-type {detail_type:?}"
    )]
    Other {
        /// The event's `source`.
        source_name: Option<String>,
        /// The event's `detail-type`.
        detail_type: Option<String>,
    },
    /// Nothing that looks like an event.
    #[error("expected an SQS batch or the tick, found neither ({0})")]
    Unreadable(String),
}

/// The detail types of a tick: what the template's schedule sends, and what EventBridge sends when nobody says what.
const TICKS: [&str; 2] = ["tidings.tick", "Scheduled Event"];

#[derive(Deserialize)]
struct Head {
    source: Option<String>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(rename = "Records")]
    records: Option<Box<RawValue>>,
}

impl Event {
    /// Reads an invocation's event.
    ///
    /// # Errors
    ///
    /// [`UnknownEvent`], which is the function's error: whoever invoked it directly reads it, and an asynchronous
    /// invocation goes to the on-failure destination.
    pub fn parse(event: &RawValue) -> Result<Self, UnknownEvent> {
        let unreadable = |error: serde_json::Error| UnknownEvent::Unreadable(error.to_string());
        let head: Head = serde_json::from_str(event.get()).map_err(unreadable)?;
        if head.records.is_some() {
            return serde_json::from_str(event.get())
                .map(Self::Batch)
                .map_err(unreadable);
        }
        match head.detail_type.as_deref() {
            Some(kind) if TICKS.contains(&kind) => Ok(Self::Tick),
            _ => Err(UnknownEvent::Other {
                source_name: head.source,
                detail_type: head.detail_type,
            }),
        }
    }
}

impl From<UnknownEvent> for Diagnostic {
    fn from(error: UnknownEvent) -> Self {
        Self {
            error_type: "UnknownEvent".to_owned(),
            error_message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(event: &Value) -> Result<Event, UnknownEvent> {
        Event::parse(&serde_json::value::to_raw_value(event).unwrap())
    }

    #[test]
    fn a_batch_and_both_sorts_of_tick_are_told_apart() {
        let batch = parse(&json!({ "Records": [{ "messageId": "1", "body": "{}" }] }));
        assert!(matches!(batch, Ok(Event::Batch(batch)) if batch.records.len() == 1));
        for kind in TICKS {
            let tick = json!({ "source": "x", "detail-type": kind, "detail": {} });
            assert_eq!(parse(&tick), Ok(Event::Tick));
        }
    }

    #[test]
    fn anything_else_is_named() {
        let error = parse(&json!({ "source": "aws.ec2", "detail-type": "State" })).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"expected an SQS batch or the tick, found an event with source Some("aws.ec2") and detail-type Some("State")"#
        );
        for event in [
            json!(7),
            json!([]),
            json!("Records"),
            json!({ "Records": "none" }),
        ] {
            let error = parse(&event).unwrap_err();
            assert!(matches!(error, UnknownEvent::Unreadable(_)), "{error}");
        }
        assert!(parse(&json!({})).is_err());
    }
}

//! What this function is invoked with.

use lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sources::Period;

/// The detail types of the events that ask for something.
pub const ADD: &str = "tidings.watch.add";
/// See [`ADD`].
pub const REMOVE: &str = "tidings.watch.remove";

/// An invocation's event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It is time for the watches of this period.
    Tick(Period),
    /// Somebody asks for a watch.
    Add(Add),
    /// Somebody asks for a watch no more.
    Remove(Remove),
}

/// Somebody asks for a watch.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Add {
    /// Under which the answer is left in the table.
    #[serde(default)]
    pub request: Option<String>,
    /// The definition: see [`sources::Watch::from_value`].
    pub watch: Value,
}

/// Somebody asks for a watch no more.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Remove {
    /// Under which the answer is left in the table.
    #[serde(default)]
    pub request: Option<String>,
    /// The watch's id.
    pub id: String,
}

/// The event is of no kind that this function takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// An event, but another one.
    #[error("expected a tick, {ADD} or {REMOVE}, found an event with detail-type {0:?}")]
    Other(Option<String>),
    /// Nothing that looks like an event, or one without what it must have.
    #[error("expected a tick, {ADD} or {REMOVE}, found none of them ({0})")]
    Unreadable(String),
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    detail: Option<Value>,
    period: Option<Period>,
}

impl Event {
    /// Reads an invocation's event: `{"period": "5m"}`, or an EventBridge event.
    ///
    /// # Errors
    ///
    /// [`UnknownEvent`], which is the function's error: an asynchronous invocation goes to the dead letters.
    pub fn parse(event: &RawValue) -> Result<Self, UnknownEvent> {
        let unreadable = |error: serde_json::Error| UnknownEvent::Unreadable(error.to_string());
        let head: Head = serde_json::from_str(event.get()).map_err(unreadable)?;
        if let (None, Some(period)) = (&head.detail_type, head.period) {
            return Ok(Self::Tick(period));
        }
        let detail = head.detail.unwrap_or_default();
        match head.detail_type.as_deref() {
            Some(ADD) => serde_json::from_value(detail)
                .map(Self::Add)
                .map_err(unreadable),
            Some(REMOVE) => serde_json::from_value(detail)
                .map(Self::Remove)
                .map_err(unreadable),
            _ => Err(UnknownEvent::Other(head.detail_type)),
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
    use serde_json::json;

    use super::*;

    fn parse(event: &Value) -> Result<Event, UnknownEvent> {
        Event::parse(&serde_json::value::to_raw_value(event).unwrap())
    }

    #[test]
    fn a_tick_and_both_requests_are_told_apart() {
        let tick = parse(&json!({ "period": "5m" }));
        assert_eq!(tick, Ok(Event::Tick("5m".parse().unwrap())));
        let add = parse(&json!({ "detail-type": ADD, "detail": { "request": "r", "watch": {} } }));
        assert!(matches!(
            add,
            Ok(Event::Add(Add {
                request: Some(_),
                ..
            }))
        ));
        let remove = parse(&json!({ "detail-type": REMOVE, "detail": { "id": "x" } }));
        assert!(matches!(
            remove,
            Ok(Event::Remove(Remove { request: None, .. }))
        ));
    }

    #[test]
    fn anything_else_is_named() {
        for event in [
            json!(7),
            json!({ "period": "often" }),
            json!({ "detail-type": ADD, "detail": {} }),
            json!({ "detail-type": REMOVE }),
        ] {
            assert!(
                matches!(parse(&event), Err(UnknownEvent::Unreadable(_))),
                "{event}"
            );
        }
        assert_eq!(parse(&json!({})), Err(UnknownEvent::Other(None)));
    }
}

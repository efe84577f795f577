//! What this function is invoked with.

use activity::ids::TenantId;
use lambda_runtime::Diagnostic;
use polls::{OccurrenceId, PollId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The detail type of a poll to ask: its definition is the detail.
pub const DEFINE: &str = "tidings.poll";
/// The detail type of what an owner wants.
pub const COMMAND: &str = "tidings.poll.command";
/// The detail type that says that a quorum may be reached.
pub const QUORUM: &str = "tidings.poll.quorum";

/// The member of a detail that holds the id which its event had first: the bus gives an event that is put on it again, such as
/// a dead letter, another one, and it is to be known for the same.
pub const ORIGINAL_ID: &str = "originalEventId";

/// An invocation's event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A poll is to be asked.
    Define {
        /// The event's id, or the one that it had first.
        id: Option<String>,
        /// The definition.
        definition: Value,
    },
    /// An owner wants something.
    Command {
        /// The event's id, or the one that it had first.
        id: Option<String>,
        /// The command.
        command: Value,
    },
    /// Enough may have voted.
    Quorum(Quorum),
    /// One of our schedules.
    Tick(Tick),
    /// It is time to look for what was missed.
    Sweep,
}

/// Enough may have voted: whoever took the vote says so, and it is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quorum {
    /// The tenant; absent, the home tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Where.
    pub occurrence: OccurrenceId,
}

/// What one of our schedules says. It only wakes: what is to be done is in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The poll's tenant.
    pub tenant: TenantId,
    /// Which poll.
    pub poll: PollId,
    /// Which occurrence; none when the next is to be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<OccurrenceId>,
    /// What for.
    #[serde(rename = "do")]
    pub does: Does,
}

/// What a tick is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Does {
    /// To open the next occurrence.
    Open,
    /// To remind.
    Remind,
    /// To close.
    Close,
}

/// The event is of no kind that this function takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// An event, but another one.
    #[error("expected {DEFINE}, {COMMAND} or a tick, found an event with detail-type {0:?}")]
    Other(Option<String>),
    /// Nothing that looks like an event, or one without what it must have.
    #[error("expected {DEFINE}, {COMMAND} or a tick, found none of them ({0})")]
    Unreadable(String),
}

#[derive(Deserialize)]
struct Head {
    id: Option<String>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    detail: Option<Value>,
    #[serde(rename = "do")]
    does: Option<Value>,
    sweep: Option<bool>,
}

impl Event {
    /// Reads an invocation's event.
    ///
    /// # Errors
    ///
    /// [`UnknownEvent`], which is the function's error: an asynchronous invocation goes to the dead letters.
    pub fn parse(event: &RawValue) -> Result<Self, UnknownEvent> {
        let unreadable = |error: serde_json::Error| UnknownEvent::Unreadable(error.to_string());
        let head: Head = serde_json::from_str(event.get()).map_err(unreadable)?;
        if head.sweep == Some(true) {
            return Ok(Self::Sweep);
        }
        if head.detail_type.is_none() && head.does.is_some() {
            return serde_json::from_str(event.get())
                .map(Self::Tick)
                .map_err(unreadable);
        }
        let mut detail = head.detail.unwrap_or_default();
        let members = detail.as_object_mut();
        let first = members.and_then(|members| members.remove(ORIGINAL_ID));
        let first = first.and_then(|id| id.as_str().map(str::to_owned));
        let id = first.filter(|id| !id.is_empty()).or(head.id);
        match head.detail_type.as_deref() {
            Some(DEFINE) => Ok(Self::Define {
                id,
                definition: detail,
            }),
            Some(COMMAND) => Ok(Self::Command {
                id,
                command: detail,
            }),
            Some(QUORUM) => serde_json::from_value(detail)
                .map(Self::Quorum)
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
    fn an_event_that_is_put_on_the_bus_again_keeps_its_first_id() {
        let again =
            |detail: Value| parse(&json!({"id": "e-2", "detail-type": DEFINE, "detail": detail}));
        let define = |id: &str| {
            Ok(Event::Define {
                id: Some(id.to_owned()),
                definition: json!({"title": "?"}),
            })
        };
        assert_eq!(
            again(json!({"title": "?", ORIGINAL_ID: "e-1"})),
            define("e-1")
        );
        for none in [json!(""), json!(7)] {
            assert_eq!(
                again(json!({"title": "?", ORIGINAL_ID: none})),
                define("e-2")
            );
        }
    }

    #[test]
    fn each_kind_of_event_is_told_from_the_others() {
        let define =
            json!({"id": "e-1", "source": "x", "detail-type": DEFINE, "detail": {"title": "?"}});
        assert!(matches!(parse(&define), Ok(Event::Define { id: Some(id), .. }) if id == "e-1"));
        let command = json!({"detail-type": COMMAND, "detail": {}});
        assert!(matches!(parse(&command), Ok(Event::Command { .. })));
        assert_eq!(parse(&json!({"sweep": true})), Ok(Event::Sweep));
        let tick = Tick {
            tenant: TenantId::new("t"),
            poll: "lunch".parse().unwrap(),
            occurrence: Some("lunch@20261124T120000Z".parse().unwrap()),
            does: Does::Remind,
        };
        let written = serde_json::to_value(&tick).unwrap();
        assert_eq!(written["do"], "remind");
        assert_eq!(parse(&written), Ok(Event::Tick(tick)));
        for other in [
            json!({}),
            json!({"detail-type": "x"}),
            json!({"do": "x"}),
            json!([]),
        ] {
            assert!(parse(&other).is_err(), "{other}");
        }
    }
}

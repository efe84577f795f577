//! What goes back on the event bus: the dead letters of the functions that events and ticks invoke.
//!
//! On the bus, and not to the function: whoever operates may put events there already, the rule tries again and has dead
//! letters of its own, and nobody needs the right to invoke a function. The bus gives an event another id, so its first
//! one goes along in the detail, by which `polls` knows a poll or command that it has taken. `watch` knows a watch by what it is.
//! A tick needs nothing: what is due is in the table, and the next sweep or tick does it, however late.

use aws::BusEvent;
use aws::batch::ORIGINAL_MESSAGE_ID;
use serde_json::{Value, json};

use super::failed_invocation::FailedInvocation;
use super::letter::{Back, Letter};

/// Whose dead letter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The function `polls`.
    Polls,
    /// The function `watch`.
    Watch,
}

/// What becomes of such a letter.
///
/// It is the event itself, with the function's reasons, or as EventBridge or EventBridge Scheduler failed to hand it over;
/// or what Lambda wrapped.
pub(super) fn back(letter: &Letter, of: Of) -> Back {
    let event = match FailedInvocation::open(&letter.body) {
        Some(failed) => match failed.payload {
            Some(payload) => payload,
            None => return Back::Stays("the failed invocation's payload was not kept"),
        },
        None => serde_json::from_str(&letter.body).unwrap_or_default(),
    };
    let Ok(raw) = serde_json::value::to_raw_value(&event) else {
        return Back::Stays("it is no event");
    };
    // Each function reads its own, so that here is known exactly what is known there.
    match of {
        Of::Polls => match polling::Event::parse(&raw) {
            Ok(polling::Event::Tick(_) | polling::Event::Sweep) => Back::Nothing,
            Ok(polling::Event::Define { id, .. } | polling::Event::Command { id, .. }) => {
                let first = letter.attributes.get(ORIGINAL_MESSAGE_ID).cloned();
                again(&event, first.or(id).or_else(|| invocation(letter)))
            }
            // To look whether enough have voted needs no name.
            Ok(polling::Event::Quorum(_)) => again(&event, None),
            Err(_) => Back::Stays("it is no event of the function polls"),
        },
        Of::Watch => match watch::event::Event::parse(&raw) {
            Ok(watch::event::Event::Tick(_)) => Back::Nothing,
            Ok(_) => again(&event, None),
            Err(_) => Back::Stays("it is no event of the function watch"),
        },
    }
}

/// The name that a function gives an event which has none: its invocation's.
fn invocation(letter: &Letter) -> Option<String> {
    FailedInvocation::open(&letter.body).map(|failed| failed.request_id)
}

fn again(event: &Value, first: Option<String>) -> Back {
    let mut detail = event["detail"].clone();
    if let (Some(first), Some(members)) = (first, detail.as_object_mut()) {
        members.insert(polling::event::ORIGINAL_ID.to_owned(), json!(first));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = match text(&event["source"]) {
        none if none.is_empty() => notifications::source::OURS.to_owned(),
        source => source,
    };
    Back::Event(BusEvent {
        source,
        detail_type: text(&event["detail-type"]),
        detail: detail.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn letter(body: &Value, attributes: &[(&str, &str)]) -> Letter {
        let attributes = attributes.iter().copied();
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Letter {
            id: "dead".to_owned(),
            sent_at: None,
            body: body.to_string(),
            attributes: attributes.collect::<BTreeMap<_, _>>(),
        }
    }

    fn wrapped(payload: Option<&Value>) -> Value {
        let mut record = json!({
            "requestContext": { "requestId": "request-1", "condition": "RetriesExhausted" },
            "responsePayload": { "errorType": "Contended", "errorMessage": "…" },
        });
        if let Some(payload) = payload {
            record["requestPayload"] = payload.clone();
        }
        record
    }

    fn event(kind: &str, detail: Value) -> Value {
        json!({ "id": "e-1", "source": "canteen", "detail-type": kind, "detail": detail })
    }

    #[track_caller]
    fn published(back: Back) -> (String, String, Value) {
        let Back::Event(event) = back else {
            panic!("it goes on the bus: {back:?}");
        };
        let detail = serde_json::from_str(&event.detail).expect("JSON");
        (event.source, event.detail_type, detail)
    }

    #[test]
    fn a_poll_goes_back_on_the_bus_under_the_id_that_it_had_first() {
        let poll = event("tidings.poll", json!({ "title": "Lunch?" }));
        let unnamed = json!({ "detail-type": "tidings.poll", "detail": { "title": "Lunch?" } });
        let reasons = [("error-type", "IdReused"), (ORIGINAL_MESSAGE_ID, "e-0")];
        for (letter, source, id) in [
            // Refused by the function; not handed over; failed for good; failed, and invoked by hand.
            (letter(&poll, &reasons), "canteen", "e-0"),
            (
                letter(&poll, &[("ERROR_CODE", "THROTTLING")]),
                "canteen",
                "e-1",
            ),
            (letter(&wrapped(Some(&poll)), &[]), "canteen", "e-1"),
            (
                letter(&wrapped(Some(&unnamed)), &[]),
                "tidings",
                "request-1",
            ),
        ] {
            let expected = json!({ "title": "Lunch?", "originalEventId": id });
            assert_eq!(
                published(back(&letter, Of::Polls)),
                (source.to_owned(), "tidings.poll".to_owned(), expected)
            );
        }
    }

    #[test]
    fn one_that_dies_again_keeps_its_first_id() {
        let again = json!({ "title": "Lunch?", "originalEventId": "e-0" });
        let letter = letter(&wrapped(Some(&event("tidings.poll", again.clone()))), &[]);
        assert_eq!(published(back(&letter, Of::Polls)).2, again);
    }

    #[test]
    fn requests_for_watches_go_back_as_they_came() {
        let detail = json!({ "id": "x", "request": "r" });
        let letter = letter(&event("tidings.watch.remove", detail.clone()), &[]);
        assert_eq!(published(back(&letter, Of::Watch)).2, detail);
    }

    #[test]
    fn ticks_need_nothing_and_what_nobody_takes_stays() {
        let tick = json!({ "tenant": "t", "poll": "lunch", "do": "open" });
        let sweep = json!({ "sweep": true });
        let looked = json!({ "period": "5m" });
        for (payload, of) in [
            (&tick, Of::Polls),
            (&sweep, Of::Polls),
            (&looked, Of::Watch),
        ] {
            // Wrapped by Lambda, and as Scheduler leaves it.
            for body in [&wrapped(Some(payload)), payload] {
                assert_eq!(back(&letter(body, &[]), of), Back::Nothing, "{body}");
            }
        }
        let poll = event("tidings.poll", json!({}));
        for (body, of) in [
            (&wrapped(None), Of::Polls),
            (&looked, Of::Polls),
            (&poll, Of::Watch),
            (&json!([]), Of::Watch),
        ] {
            assert!(
                matches!(back(&letter(body, &[]), of), Back::Stays(_)),
                "{body}"
            );
        }
    }
}

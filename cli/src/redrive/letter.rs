//! A dead letter: why it is one, what it is without its text, and what goes back in its place.

use std::collections::BTreeMap;

use aws::BusEvent;
use aws::batch::ORIGINAL_MESSAGE_ID;
use jiff::Timestamp;
use notifications::{Carrier, Incoming, Unwrapped, envelope};
use serde_json::Value;

use super::failed_invocation::FailedInvocation;
use crate::text::words::{escaped, within};

/// The attributes that say why a letter is dead. They do not go back with it.
const REASONS: [&str; 5] = [
    "error-type",
    "error-path",
    "error-message",
    ERROR_CODE,
    ERROR_MESSAGE,
];

/// Why EventBridge or EventBridge Scheduler could not hand an event over. See the Amazon EventBridge user guide, "Using
/// dead-letter queues to process undelivered events".
const ERROR_CODE: &str = "ERROR_CODE";
const ERROR_MESSAGE: &str = "ERROR_MESSAGE";

/// How much of a text is shown at most, and never more than half of it.
const SHOWN: usize = 24;

/// A message of a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// The id that the dead-letter queue knows it by.
    pub(super) id: String,
    /// When it was first sent, as far as the queue knows.
    pub(super) sent_at: Option<Timestamp>,
    /// The body, as it came.
    pub(super) body: String,
    /// Its text attributes.
    pub(super) attributes: BTreeMap<String, String>,
}

/// What becomes of a letter that is moved back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// This goes to the queue.
    Copy {
        /// The body.
        body: String,
        /// The attributes.
        attributes: BTreeMap<String, String>,
    },
    /// This goes on the event bus.
    Event(BusEvent),
    /// Nothing has to: what it asked for is done otherwise.
    Nothing,
    /// It cannot go back as it is.
    Stays(&'static str),
}

impl Letter {
    /// The id of the message that it was before it died: the idempotency key of last resort.
    pub(super) fn original_id(&self) -> &str {
        self.attributes
            .get(ORIGINAL_MESSAGE_ID)
            .map_or(&self.id, |id| id)
    }

    /// Why it is here, in one word.
    pub(super) fn error_type(&self) -> String {
        let attribute = |name| self.attributes.get(name);
        if let Some(word) = attribute("error-type").or_else(|| attribute(ERROR_CODE)) {
            return word.clone();
        }
        match FailedInvocation::open(&self.body) {
            Some(failed) => failed.error_type.unwrap_or(failed.condition),
            // Moved by the queue itself.
            None => "ReceivedTooOften".to_owned(),
        }
    }

    /// Where in it the fault is, if that was found.
    pub(super) fn error_path(&self) -> String {
        let path = self.attributes.get("error-path").map(String::as_str);
        path.filter(|path| *path != "-")
            .unwrap_or_default()
            .to_owned()
    }

    /// Why it is here, in words.
    pub(super) fn error_message(&self) -> String {
        let attribute = |name| self.attributes.get(name);
        if let Some(words) = attribute("error-message").or_else(|| attribute(ERROR_MESSAGE)) {
            return words.clone();
        }
        FailedInvocation::open(&self.body)
            .and_then(|failed| failed.error_message)
            .unwrap_or_else(|| "it failed every time; the function's log has the cause".to_owned())
    }

    /// What it is, without what it says: safe to show and to log.
    pub(super) fn preview(&self) -> String {
        match FailedInvocation::open(&self.body) {
            Some(failed) => match &failed.payload {
                Some(payload) => format!("invocation: {}", described(payload)),
                None => "invocation whose payload was not kept".to_owned(),
            },
            None => match serde_json::from_str(&self.body) {
                Ok(json) => described(&json),
                Err(_) => format!("{} bytes, not JSON", self.body.len()),
            },
        }
    }

    /// What goes back to its queue.
    ///
    /// The reasons stay behind, `original-message-id` goes along, so that the receiver knows it for the same message.
    /// What an on-failure destination wrapped is unwrapped: no queue of ours carries that envelope. A tick is not for a
    /// queue, and the next one did its work.
    pub(super) fn back(&self) -> Back {
        let Some(failed) = FailedInvocation::open(&self.body) else {
            return Back::Copy {
                body: self.body.clone(),
                attributes: self.attributes_for(self.original_id()),
            };
        };
        match failed.payload {
            None => Back::Stays("the failed invocation's payload was not kept"),
            Some(payload) if is_tick(&payload) => Back::Nothing,
            Some(payload) => Back::Copy {
                body: payload.to_string(),
                attributes: self.attributes_for(&failed.request_id),
            },
        }
    }

    /// What a failed invocation was to make a notification of, if this is one: it may be on the ledger already, under
    /// the key that the invocation gave it.
    pub(super) fn invoked_with(&self) -> Option<Incoming> {
        let failed = FailedInvocation::open(&self.body)?;
        let body = failed.payload?.to_string();
        let carrier = Carrier::invocation(&failed.request_id);
        match envelope::unwrap(body.as_bytes(), &carrier) {
            Ok(Unwrapped::Notification(incoming)) => Some(*incoming),
            _ => None,
        }
    }

    fn attributes_for(&self, original_id: &str) -> BTreeMap<String, String> {
        let mut attributes = self.attributes.clone();
        attributes.retain(|name, _| !REASONS.contains(&name.as_str()));
        attributes.insert(ORIGINAL_MESSAGE_ID.to_owned(), original_id.to_owned());
        attributes
    }
}

fn is_tick(payload: &Value) -> bool {
    payload["detail-type"] == "tidings.tick"
}

fn described(json: &Value) -> String {
    let text = |value: &Value| value.as_str().map(kind);
    if let (Some(kind), Some(version)) = (text(&json["kind"]), json["v"].as_u64()) {
        let mut said = format!("{kind} v{version}");
        if let Some(task) = text(&json["task"]) {
            said.push_str(&format!(" {task}"));
        }
        if let Some(key) = json["notification"].as_str() {
            said.push_str(&format!(" of {}", within(&escaped(key), 13)));
        }
        if let Some(recipients) = json["recipients"].as_array() {
            said.push_str(&format!(", {} recipients", recipients.len()));
        }
        return said;
    }
    if let (Some(source), Some(kind)) = (text(&json["source"]), text(&json["detail-type"])) {
        if let Some(said) = asked(&kind, &source, &json["detail"]) {
            return said;
        }
        return match json["detail"]["topic"].as_str() {
            Some(topic) => format!("event of {source}, topic {}", whole(topic)),
            None => format!("event of {source}: {kind}"),
        };
    }
    if let Some(topic) = json["TopicArn"].as_str() {
        let name = topic.rsplit(':').next().unwrap_or_default();
        return format!("SNS message of {}", whole(name));
    }
    if let Some(topic) = json["topic"].as_str() {
        let mut said = format!("topic {}", whole(topic));
        if let Some(what) = json["what"].as_str() {
            said.push_str(&format!(": “{}”", begun(what)));
        }
        return said;
    }
    if let Some(tick) = tick(json) {
        return tick;
    }
    match json {
        Value::Object(fields) => {
            let names: Vec<_> = fields.keys().take(4).map(|name| whole(name)).collect();
            format!("JSON with {}", names.join(", "))
        }
        Value::Array(elements) => format!("a JSON array of {}", elements.len()),
        _ => "JSON that is no object".to_owned(),
    }
}

/// What an event asks of the function `polls`: the poll tells more than whose event it is.
fn asked(event: &str, source: &str, detail: &Value) -> Option<String> {
    let said = |name: &str| detail[name].as_str();
    match event {
        "tidings.poll.command" => {
            let does = said("do").map_or_else(|| "command".to_owned(), kind);
            Some(format!("{does} {}, from {source}", kind(said("poll")?)))
        }
        "tidings.poll" => {
            let id = said("id").map(kind);
            let id = id.or_else(|| Some(format!("“{}”", begun(said("title")?))))?;
            Some(format!("poll {id}, from {source}"))
        }
        _ => None,
    }
}

/// What a schedule of ours says.
fn tick(json: &Value) -> Option<String> {
    if json["sweep"] == true {
        return Some("tick to sweep".to_owned());
    }
    if let Some(period) = json["period"].as_str() {
        return Some(format!("tick of every {}", whole(period)));
    }
    let (poll, does) = (json["poll"].as_str()?, json["do"].as_str()?);
    Some(format!("tick to {} {}", whole(does), whole(poll)))
}

/// A name: short by nature.
fn whole(name: &str) -> String {
    within(&escaped(name), 40)
}

/// What names a kind loses nothing; anything else, whatever it is, is only begun.
fn kind(text: &str) -> String {
    let names = |c: char| c.is_ascii_alphanumeric() || "-_./ ".contains(c);
    if text.len() <= 60 && text.chars().all(names) {
        whole(text)
    } else {
        begun(text)
    }
}

/// The beginning of a text that somebody wrote to somebody, never all of it.
fn begun(text: &str) -> String {
    let half = text.chars().count() / 2;
    let begin: String = text.chars().take(half.min(SHOWN)).collect();
    format!("{}…", escaped(begin.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn letter(body: Value, attributes: &[(&str, &str)]) -> Letter {
        Letter {
            id: "dead".to_owned(),
            sent_at: None,
            body: body.to_string(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    fn notification() -> Value {
        json!({ "topic": "deploys", "to": ["everyone"], "what": "Payments are down in eu-west-1",
            "item": { "name": "payments" }, "actor": { "name": "CI" } })
    }

    #[test]
    fn a_preview_says_what_it_is_and_never_all_that_it_says() {
        let preview = |body| letter(body, &[]).preview();
        assert_eq!(preview(notification()), "topic deploys: “Payments are do…”");
        assert_eq!(
            preview(json!({ "topic": "t", "what": "a\u{1b}[2J and more" })),
            "topic t: “a\\u{1b}[2J a…”"
        );
        assert_eq!(
            preview(json!({ "topic": "t", "what": "hi" })),
            "topic t: “h…”"
        );
        assert_eq!(
            preview(
                json!({ "v": 9, "kind": "delivery-chunk", "notification": "3f2a9c1e0b7d4c55a1b2c3d4e5f60718",
                "recipients": ["p:1", "p:2"] })
            ),
            "delivery-chunk v9 of 3f2a9c1e0b7d…, 2 recipients"
        );
        assert_eq!(
            preview(json!({ "v": 1, "kind": "task", "task": "sync-roster" })),
            "task v1 sync-roster"
        );
        assert_eq!(
            preview(
                json!({ "source": "aws.health", "detail-type": "AWS Health Event", "detail": {} })
            ),
            "event of aws.health: AWS Health Event"
        );
        assert_eq!(
            preview(
                json!({ "source": "com.example", "detail-type": "tidings.poll.command",
                "detail": { "poll": "lunch", "do": "close", "by": "upn:ada@example.com" } })
            ),
            "close lunch, from com.example"
        );
        assert_eq!(
            preview(
                json!({ "source": "com.example", "detail-type": "tidings.poll", "detail": { "id": "lunch" } })
            ),
            "poll lunch, from com.example"
        );
        assert_eq!(
            preview(
                json!({ "source": "com.example", "detail-type": "tidings.poll", "detail": { "title": "Lunch?" } })
            ),
            "poll “Lun…”, from com.example"
        );
        assert_eq!(
            preview(
                json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:alarms", "Message": "secret" })
            ),
            "SNS message of alarms"
        );
        assert_eq!(preview(json!({ "a": 1, "b\n": 2 })), "JSON with a, b\\u{a}");
        let broken = Letter {
            body: "{\"what\": ".to_owned(),
            ..letter(json!(0), &[])
        };
        assert_eq!(broken.preview(), "9 bytes, not JSON");
    }

    #[test]
    fn a_letter_goes_back_as_it_came_under_its_first_id_and_without_its_reasons() {
        let attributes = [
            ("error-type", "Contract"),
            ("error-path", "item"),
            ("error-message", "item: found nothing"),
            ("original-message-id", "first"),
            ("tenant-hint", "kept"),
        ];
        let letter = letter(notification(), &attributes);
        assert_eq!(letter.error_type(), "Contract");
        let Back::Copy { body, attributes } = letter.back() else {
            panic!("it can go back");
        };
        assert_eq!(body, letter.body);
        let kept: Vec<_> = attributes.into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            kept,
            [
                pair("original-message-id", "first"),
                pair("tenant-hint", "kept")
            ]
        );
    }

    #[test]
    fn what_the_queue_moved_itself_goes_back_under_the_id_that_it_has() {
        let letter = letter(notification(), &[]);
        assert_eq!(letter.error_type(), "ReceivedTooOften");
        let Back::Copy { attributes, .. } = letter.back() else {
            panic!("it can go back");
        };
        assert_eq!(attributes["original-message-id"], "dead");
    }

    fn failed_invocation(payload: Option<Value>) -> Value {
        let mut record = json!({
            "version": "1.0",
            "timestamp": "2026-11-24T08:00:00.000Z",
            "requestContext": { "requestId": "request-1", "functionArn": "arn:aws:lambda:eu-west-1:1:function:notify:$LATEST",
                "condition": "RetriesExhausted", "approximateInvokeCount": 3 },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": { "errorType": "StoreTableMissing", "errorMessage": "failed to use the table" },
        });
        if let Some(payload) = payload {
            record["requestPayload"] = payload;
        }
        record
    }

    #[test]
    fn what_a_failed_invocation_was_given_is_unwrapped() {
        let letter = letter(failed_invocation(Some(notification())), &[]);
        assert_eq!(letter.error_type(), "StoreTableMissing");
        assert_eq!(letter.error_message(), "failed to use the table");
        assert!(
            letter.preview().starts_with("invocation: topic deploys"),
            "{}",
            letter.preview()
        );
        let Back::Copy { body, attributes } = letter.back() else {
            panic!("it can go back");
        };
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap(),
            notification()
        );
        assert_eq!(attributes["original-message-id"], "request-1");
        let invoked = letter.invoked_with().expect("a notification");
        assert_eq!(invoked.id.as_str(), "request-1");
    }

    #[test]
    fn a_tick_needs_no_copy_and_what_was_not_kept_stays() {
        let tick = json!({ "source": "tidings", "detail-type": "tidings.tick", "detail": {} });
        assert_eq!(
            letter(failed_invocation(Some(tick)), &[]).back(),
            Back::Nothing
        );
        assert!(matches!(
            letter(failed_invocation(None), &[]).back(),
            Back::Stays(_)
        ));
    }
}

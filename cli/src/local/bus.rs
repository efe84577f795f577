//! The event bus of a local run: what is put on it goes where the rules of `template.yaml` send it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use startup::Clock;

use super::asynchronous::Asynchronous;
use super::queue::InProcessQueue;
use super::variables::ACCOUNT;

/// Most entries of one call, and most bytes of one entry: the service's own quotas.
const MOST_ENTRIES: usize = 10;
const LARGEST: usize = 256 * 1024;

/// Where events of one kind go.
pub struct Rule {
    /// Whether an event with this source and detail type is one.
    pub takes: fn(source: &str, detail_type: &str) -> bool,
    /// Who gets it.
    pub target: Target,
}

/// Who gets an event.
pub enum Target {
    /// A queue: the event is a message.
    Queue(InProcessQueue),
    /// A function.
    Function(Asynchronous),
}

/// The bus; clones are the same.
#[derive(Clone)]
pub struct Bus {
    rules: Arc<Vec<Rule>>,
    clock: Arc<dyn Clock>,
}

/// A call that is no `PutEvents`.
#[derive(Debug, thiserror::Error)]
#[error("{0} entries, expected 1 to {MOST_ENTRIES}")]
pub struct NotPutEvents(usize);

impl Bus {
    /// A bus with these rules.
    pub fn new(rules: Vec<Rule>, clock: Arc<dyn Clock>) -> Self {
        Self {
            rules: Arc::new(rules),
            clock,
        }
    }

    /// Answers `PutEvents`: each entry is taken or refused by itself.
    ///
    /// # Errors
    ///
    /// [`NotPutEvents`]: there are no entries, or too many.
    pub fn put_events(&self, request: &Value) -> Result<Value, NotPutEvents> {
        let entries = request["Entries"].as_array().map_or(&[][..], Vec::as_slice);
        if entries.is_empty() || entries.len() > MOST_ENTRIES {
            return Err(NotPutEvents(entries.len()));
        }
        let answers: Vec<Value> = entries.iter().map(|entry| self.put(entry)).collect();
        let refused = answers.iter().filter(|a| a.get("ErrorCode").is_some());
        Ok(json!({ "FailedEntryCount": refused.count(), "Entries": answers }))
    }

    fn put(&self, entry: &Value) -> Value {
        let refuse =
            |code: &str, message: &str| json!({ "ErrorCode": code, "ErrorMessage": message });
        let text = |member: &str| entry[member].as_str().filter(|text| !text.is_empty());
        let (Some(source), Some(detail_type), Some(detail)) =
            (text("Source"), text("DetailType"), text("Detail"))
        else {
            return refuse(
                "InvalidArgument",
                "Parameter Source, DetailType or Detail is not valid. Reason: it is required.",
            );
        };
        if source.len() + detail_type.len() + detail.len() > LARGEST {
            return refuse("InvalidArgument", "The entry is larger than 256 KB.");
        }
        let detail = match serde_json::from_str::<Value>(detail) {
            Ok(detail @ Value::Object(_)) => detail,
            _ => return refuse("MalformedDetail", "Detail is malformed."),
        };
        let id = uuid::Uuid::new_v4().to_string();
        let event = json!({
            "version": "0",
            "id": id,
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": "us-east-1",
            "resources": [],
            "detail": detail,
        });
        for rule in self.rules.iter() {
            if (rule.takes)(source, detail_type) {
                self.deliver(&rule.target, &event);
            }
        }
        json!({ "EventId": id })
    }

    fn deliver(&self, target: &Target, event: &Value) {
        match target {
            Target::Function(function) => function.invoke(event.clone()),
            Target::Queue(queue) => {
                let now = self.clock.now();
                let sent = queue.send(event.to_string(), BTreeMap::new(), Duration::ZERO, now);
                if let Err(error) = sent {
                    tracing::error!(error = %error, "an event could not be queued");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use startup::SystemClock;

    use super::*;
    use crate::local::queue::QueueSettings;

    fn bus() -> (Bus, InProcessQueue) {
        let queue = InProcessQueue::new(QueueSettings {
            name: "notifications".to_owned(),
            visibility_timeout: Duration::from_secs(30),
            dead_letters: None,
        });
        let rule = Rule {
            takes: |source, _| !source.starts_with("tidings"),
            target: Target::Queue(queue.clone()),
        };
        (Bus::new(vec![rule], Arc::new(SystemClock)), queue)
    }

    fn entry(source: &str, detail: &str) -> Value {
        json!({ "Source": source, "DetailType": "deploy", "Detail": detail })
    }

    #[test]
    fn an_event_goes_where_a_rule_sends_it_in_the_services_envelope() {
        let (bus, queue) = bus();
        let request = json!({ "Entries": [entry("ci", r#"{"a":1}"#), entry("tidings", "{}")] });
        let answer = bus.put_events(&request).unwrap();
        assert_eq!(answer["FailedEntryCount"], 0);
        let queued = queue.peek();
        assert_eq!(queued.len(), 1);
        let event: Value = serde_json::from_str(&queued[0].body).unwrap();
        assert_eq!(event["source"], "ci");
        assert_eq!(event["detail"], json!({"a": 1}));
        assert_eq!(event["id"], answer["Entries"][0]["EventId"]);
    }

    #[test]
    fn an_entry_that_the_service_refuses_is_refused_alone() {
        let (bus, queue) = bus();
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(LARGEST));
        let request = json!({ "Entries": [
            entry("ci", "[1]"), entry("ci", "{}"), entry("", "{}"), entry("ci", &large),
        ] });
        let answer = bus.put_events(&request).unwrap();
        assert_eq!(answer["FailedEntryCount"], 3);
        assert_eq!(answer["Entries"][0]["ErrorCode"], "MalformedDetail");
        assert_eq!(queue.peek().len(), 1);
    }

    #[test]
    fn a_call_takes_one_to_ten_entries() {
        let (bus, _) = bus();
        assert!(bus.put_events(&json!({ "Entries": [] })).is_err());
        let many = vec![entry("ci", "{}"); 11];
        assert!(bus.put_events(&json!({ "Entries": many })).is_err());
    }
}

//! A batch of records, good and bad, against a queue for dead letters that works or does not.

#![expect(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::sync::Mutex;

use async_trait::async_trait;
use aws::batch::{Hopeless, Record, Verdict, process};
use aws::queue::{FailedMessage, LARGEST_MESSAGE};
use aws::{OutgoingMessage, Queue, QueueError};
use aws_lambda_events::event::sqs::SqsEvent;
use serde_json::json;

/// Keeps what it is sent, or fails as it is told.
#[derive(Debug)]
struct DeadLetters {
    kept: Mutex<Vec<OutgoingMessage>>,
    refuses: Vec<usize>,
    missing: bool,
    largest: usize,
}

impl Default for DeadLetters {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            refuses: Vec::new(),
            missing: false,
            largest: LARGEST_MESSAGE,
        }
    }
}

#[async_trait]
impl Queue for DeadLetters {
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        if let Some(index) = messages
            .iter()
            .position(|message| message.body.len() > self.largest)
        {
            let bytes = messages[index].body.len();
            return Err(QueueError::TooLarge { index, bytes });
        }
        if self.missing {
            return Err(QueueError::Refused {
                code: "AWS.SimpleQueueService.NonExistentQueue".into(),
            });
        }
        let (failed, sent): (Vec<_>, Vec<_>) = messages
            .into_iter()
            .enumerate()
            .partition(|(index, _)| self.refuses.contains(index));
        self.kept
            .lock()
            .unwrap()
            .extend(sent.into_iter().map(|(_, message)| message));
        if failed.is_empty() {
            return Ok(());
        }
        Err(QueueError::Partly {
            failed: failed
                .into_iter()
                .map(|(index, _)| FailedMessage {
                    index,
                    code: "InternalError".into(),
                    our_fault: false,
                })
                .collect(),
        })
    }
}

impl DeadLetters {
    fn attribute(&self, letter: usize, name: &str) -> String {
        let kept = self.kept.lock().unwrap();
        let found = kept[letter].attributes.iter().find(|(key, _)| key == name);
        found.expect("the attribute is there").1.clone()
    }
}

/// Records named by their bodies, with ids `m-0`, `m-1`, …
fn event(bodies: &[&str]) -> SqsEvent {
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            json!({
                "messageId": format!("m-{index}"),
                "body": body,
                "attributes": { "ApproximateReceiveCount": "2" },
                "messageAttributes": {},
            })
        })
        .collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

/// Does what the body says.
async fn obey(record: Record) -> Verdict {
    tokio::task::yield_now().await;
    match record.body.trim() {
        "retry" => Verdict::Retry("told to".into()),
        "never" => Verdict::Never(Hopeless {
            error_type: "contract",
            error_path: "to[0]\nwhat".into(),
            message: String::new(),
        }),
        "panic" => panic!("told to"),
        _ => Verdict::Done,
    }
}

async fn failures(event: SqsEvent, dead_letters: &DeadLetters) -> Vec<String> {
    let response = process(event, dead_letters, obey).await;
    let failures = response.batch_item_failures.into_iter();
    failures.map(|failure| failure.item_identifier).collect()
}

#[tokio::test]
async fn a_panic_fails_its_own_record_only() {
    let dead_letters = DeadLetters::default();
    let failed = failures(event(&["good", "panic", "good", "retry"]), &dead_letters).await;
    assert_eq!(failed, ["m-1", "m-3"]);
    assert!(dead_letters.kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_hopeless_record_is_a_dead_letter_with_its_reason() {
    let dead_letters = DeadLetters::default();
    let failed = failures(event(&["good", "never"]), &dead_letters).await;
    assert_eq!(failed, [""; 0], "it is acknowledged");
    assert_eq!(dead_letters.kept.lock().unwrap()[0].body, "never");
    assert_eq!(dead_letters.attribute(0, "error-type"), "contract");
    assert_eq!(dead_letters.attribute(0, "error-path"), "to[0] what");
    assert_eq!(dead_letters.attribute(0, "error-message"), "-");
    assert_eq!(dead_letters.attribute(0, "original-message-id"), "m-1");
}

#[tokio::test]
async fn a_record_too_large_for_a_dead_letter_holds_up_no_other() {
    let large = format!("never{}", " ".repeat(LARGEST_MESSAGE - 5));
    let mut bodies = vec!["never"; 12];
    bodies.insert(3, &large);
    let dead_letters = DeadLetters::default();
    let failed = failures(event(&bodies), &dead_letters).await;
    // The queue shows it again, and moves it to the dead letters itself in the end, whole.
    assert_eq!(failed, ["m-3"]);
    assert_eq!(dead_letters.kept.lock().unwrap().len(), 12);
}

#[tokio::test]
async fn a_call_that_fails_holds_up_the_letters_of_that_call_alone() {
    let dead_letters = DeadLetters {
        largest: 10,
        ..DeadLetters::default()
    };
    let mut bodies = vec!["never"; 15];
    let large = format!("never{}", " ".repeat(10));
    bodies.insert(12, &large);
    let failed = failures(event(&bodies), &dead_letters).await;
    assert_eq!(failed.len(), 6);
    assert_eq!(dead_letters.kept.lock().unwrap().len(), 10);
}

#[tokio::test]
async fn a_redriven_message_keeps_its_original_id() {
    let mut event = event(&["never"]);
    let attribute = json!({ "stringValue": "m-first", "dataType": "String", "stringListValues": [], "binaryListValues": [] });
    event.records[0].message_attributes.insert(
        "original-message-id".into(),
        serde_json::from_value(attribute).unwrap(),
    );
    let record = Record::from(event.records[0].clone());
    assert_eq!(record.message_id, "m-0");
    assert_eq!(record.original_message_id, "m-first");
    assert_eq!(record.receive_count, 2);

    let dead_letters = DeadLetters::default();
    assert!(failures(event, &dead_letters).await.is_empty());
    assert_eq!(dead_letters.attribute(0, "original-message-id"), "m-first");
}

#[tokio::test]
async fn what_the_dead_letters_do_not_take_is_shown_again() {
    let bodies = ["never", "good", "never"];
    let missing = DeadLetters {
        missing: true,
        ..DeadLetters::default()
    };
    assert_eq!(failures(event(&bodies), &missing).await, ["m-0", "m-2"]);

    let refuses_one = DeadLetters {
        refuses: vec![1],
        ..DeadLetters::default()
    };
    assert_eq!(failures(event(&bodies), &refuses_one).await, ["m-2"]);
    assert_eq!(refuses_one.kept.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn records_are_handled_side_by_side() {
    let dead_letters = DeadLetters::default();
    let both_are_here = tokio::sync::Barrier::new(2);
    let handled = process(event(&["a", "b"]), &dead_letters, |_| async {
        both_are_here.wait().await;
        Verdict::Done
    });
    let handled = tokio::time::timeout(std::time::Duration::from_secs(10), handled).await;
    assert!(
        handled
            .expect("neither waits in vain")
            .batch_item_failures
            .is_empty()
    );
}

//! An SQS batch, record by record.

mod dead_letter;

use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::{FutureExt as _, join_all};

use crate::queue::{OutgoingMessage, Queue, QueueError};

/// The attribute that carries a message's first id through the dead letters and back.
pub const ORIGINAL_MESSAGE_ID: &str = "original-message-id";

/// One message of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The id that the queue gave it.
    pub message_id: String,
    /// The id it had before it went through the dead letters; else its own. The idempotency key of last resort.
    pub original_message_id: String,
    /// The ARN of the queue it came from.
    pub queue_arn: String,
    /// The body.
    pub body: String,
    /// How often the queue has handed it out, this time included.
    pub receive_count: u32,
}

impl From<SqsMessage> for Record {
    fn from(message: SqsMessage) -> Self {
        let message_id = message.message_id.unwrap_or_default();
        let original = message
            .message_attributes
            .get(ORIGINAL_MESSAGE_ID)
            .and_then(|attribute| attribute.string_value.clone())
            .filter(|id| !id.is_empty());
        Self {
            original_message_id: original.unwrap_or_else(|| message_id.clone()),
            message_id,
            queue_arn: message.event_source_arn.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            receive_count: message
                .attributes
                .get("ApproximateReceiveCount")
                .and_then(|count| count.parse().ok())
                .unwrap_or(1),
        }
    }
}

/// What is to become of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is dealt with.
    Done,
    /// It must be shown again; the reason is logged and must hold no personal data.
    Retry(String),
    /// It can never succeed.
    Never(Hopeless),
}

/// Why a record can never succeed. Goes to the log and, as attributes, to the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hopeless {
    /// A stable word for alarms and filters: `contract`, `unknown-version`.
    pub error_type: &'static str,
    /// Where in the message the fault is, several separated by commas; empty if it is the message as a whole.
    pub error_path: String,
    /// What is wrong, in words, without the message's own content.
    pub message: String,
}

/// Handles every record of a batch, all at once, and says which the queue must show again.
///
/// A record whose handler panics is shown again and leaves the others alone. A hopeless record is sent to
/// `dead_letters` and acknowledged; if it cannot be sent, it is shown again instead. One that is too large for the queue
/// with its reason beside it is sent with less of the reason; if that is too large still, it is shown again until the
/// queue itself moves it to the dead letters, whole. It holds up no other.
pub async fn process<F, Fut>(
    event: SqsEvent,
    dead_letters: &dyn Queue,
    handler: F,
) -> SqsBatchResponse
where
    F: Fn(Record) -> Fut,
    Fut: Future<Output = Verdict>,
{
    let handler = &handler;
    let outcomes = join_all(event.records.into_iter().map(|message| async move {
        let record = Record::from(message);
        let kept = record.clone();
        // The handler owns nothing that outlives a panic but its own record.
        let handled = AssertUnwindSafe(async move { handler(record).await }).catch_unwind();
        let verdict = handled
            .await
            .unwrap_or_else(|_| Verdict::Retry("the handler panicked".to_owned()));
        (kept, verdict)
    }))
    .await;

    let mut response = SqsBatchResponse::default();
    let mut hopeless = Vec::new();
    for (record, verdict) in outcomes {
        match verdict {
            Verdict::Done => {}
            Verdict::Retry(reason) => {
                tracing::warn!(
                    message.id = record.message_id,
                    message.receive_count = record.receive_count,
                    reason,
                    "a record will be tried again"
                );
                response.add_failure(record.message_id);
            }
            Verdict::Never(why) => hopeless.push((record, why)),
        }
    }
    for unsent in bury(hopeless, dead_letters).await {
        response.add_failure(unsent);
    }
    response
}

/// Dead letters that are sent together: one that cannot be sent holds up these at most.
const LETTERS_AT_ONCE: usize = 10;

/// Sends hopeless records to the dead letters; gives back the ids of those that could not be sent.
async fn bury(hopeless: Vec<(Record, Hopeless)>, dead_letters: &dyn Queue) -> Vec<String> {
    let mut unsent = Vec::new();
    let mut letters: Vec<(String, OutgoingMessage)> = Vec::with_capacity(hopeless.len());
    for (record, why) in hopeless {
        tracing::error!(
            message.id = record.message_id,
            message.original_id = record.original_message_id,
            error.kind = why.error_type,
            error.path = why.error_path,
            error.message = why.message,
            "a record can never succeed, sending it to the dead letters"
        );
        let id = record.message_id.clone();
        match dead_letter::letter(record, &why) {
            Some(letter) => letters.push((id, letter)),
            None => {
                tracing::error!(
                    message.id = id,
                    "a record is too large for a dead letter with its reason, the queue has to move it there itself"
                );
                unsent.push(id);
            }
        }
    }
    let mut letters = letters.into_iter().peekable();
    while letters.peek().is_some() {
        let (ids, some): (Vec<_>, Vec<_>) = letters.by_ref().take(LETTERS_AT_ONCE).unzip();
        let Err(error) = dead_letters.send(some).await else {
            continue;
        };
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "dead letters could not be sent, the records will be tried again"
        );
        match error {
            QueueError::Partly { failed } => {
                let refused = failed.into_iter().map(|message| message.index);
                unsent.extend(refused.filter_map(|index| ids.get(index).cloned()));
            }
            _ => unsent.extend(ids),
        }
    }
    unsent
}

//! Sending messages to a queue.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};

use crate::call::CallError;
use crate::clients::AwsClients;
use crate::settings::Service;

/// The longest delay that SQS takes.
pub const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// The largest message, body and attributes together, and the largest batch: 1 MiB.
///
/// See "Amazon SQS message quotas".
pub const LARGEST_MESSAGE: usize = 1024 * 1024;

/// Most messages of one SQS batch.
const LARGEST_BATCH: usize = 10;

/// How many batches are under way at once.
const CONCURRENT_BATCHES: usize = 4;

/// Takes messages.
#[async_trait]
pub trait Queue: Send + Sync + std::fmt::Debug {
    /// Sends all of these messages.
    ///
    /// # Errors
    ///
    /// [`QueueError`]. Unless it is [`QueueError::Partly`], some messages may have been sent and some not: send all
    /// again, the receivers tolerate a message twice.
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError>;
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The body.
    pub body: String,
    /// How long the queue hides it first, at most [`LONGEST_DELAY`].
    pub delay: Duration,
    /// Text attributes by name, at most ten.
    pub attributes: Vec<(String, String)>,
}

impl OutgoingMessage {
    /// A message for now, without attributes.
    #[must_use]
    pub fn new(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            delay: Duration::ZERO,
            attributes: Vec::new(),
        }
    }

    /// Hides the message for this long first, at most 15 minutes: what must wait longer is held elsewhere.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay.min(LONGEST_DELAY);
        self
    }

    /// What SQS counts against [`LARGEST_MESSAGE`].
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter();
        self.body.len()
            + attributes
                .map(|(name, value)| name.len() + "String".len() + value.len())
                .sum::<usize>()
    }
}

/// Why messages were not sent.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// These were not sent, the others were.
    #[error("the queue refused {} messages, first: {}", failed.len(), failed.first().map_or("?", |first| first.code.as_str()))]
    Partly {
        /// In the order of the messages.
        failed: Vec<FailedMessage>,
    },
    /// A message is over [`LARGEST_MESSAGE`] and can never be sent. Nothing was sent.
    #[error("message {index} has {bytes} bytes, over the queue's limit")]
    TooLarge {
        /// Its place among the messages.
        index: usize,
        /// Its size.
        bytes: usize,
    },
    /// The queue does not exist, or we may not send to it. An operator must act.
    #[error("the queue does not exist or may not be used ({code})")]
    Refused {
        /// The service's code.
        code: String,
    },
    /// The queue did not answer. Trying again may help.
    #[error("the queue did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl QueueError {
    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Partly { failed } => failed.iter().all(|message| !message.our_fault),
            Self::TooLarge { .. } | Self::Refused { .. } => false,
            Self::Unavailable(_) => true,
        }
    }
}

/// A message that the queue refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMessage {
    /// Its place among the messages.
    pub index: usize,
    /// The service's code.
    pub code: String,
    /// Whether the message itself is at fault.
    pub our_fault: bool,
}

/// A queue of Amazon SQS.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    clients: AwsClients,
    url: String,
}

impl SqsQueue {
    /// The queue at `url`. Nothing is opened yet.
    #[must_use]
    pub fn new(clients: &AwsClients, url: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            url: url.into(),
        }
    }

    /// Sends one batch; gives back what was refused.
    async fn send_batch(
        &self,
        batch: Vec<(usize, OutgoingMessage)>,
    ) -> Result<Vec<FailedMessage>, QueueError> {
        let entries = batch
            .into_iter()
            .map(|(index, message)| entry(index, message));
        let question = SendMessageBatch {
            queue_url: &self.url,
            entries: entries.collect(),
        };
        let sqs = self.clients.caller(Service::Sqs);
        let sent: SentBatch = sqs
            .ask("SendMessageBatch", &question)
            .await
            .map_err(error)?;
        let failed = sent.failed.into_iter().map(|entry| FailedMessage {
            index: entry.id.parse().unwrap_or_default(),
            code: entry.code,
            our_fault: entry.sender_fault,
        });
        Ok(failed.collect())
    }
}

/// What `SendMessageBatch` takes, as far as it is used here. See the Amazon SQS API reference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessageBatch<'a> {
    queue_url: &'a str,
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    message_body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_seconds: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<String, Attribute>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    data_type: &'static str,
    string_value: String,
}

/// What it answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SentBatch {
    failed: Vec<FailedEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FailedEntry {
    id: String,
    code: String,
    sender_fault: bool,
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        let mut batches = stream::iter(batches(messages)?)
            .map(|batch| self.send_batch(batch))
            .buffer_unordered(CONCURRENT_BATCHES);
        let mut failed = Vec::new();
        while let Some(refused) = batches.next().await {
            failed.extend(refused?);
        }
        if failed.is_empty() {
            return Ok(());
        }
        failed.sort_by_key(|message| message.index);
        Err(QueueError::Partly { failed })
    }
}

/// Cuts messages into batches that SQS takes: at most ten messages, at most 1 MiB together.
fn batches(
    messages: Vec<OutgoingMessage>,
) -> Result<Vec<Vec<(usize, OutgoingMessage)>>, QueueError> {
    let mut batches: Vec<Vec<(usize, OutgoingMessage)>> = Vec::new();
    let mut filled = 0;
    for (index, message) in messages.into_iter().enumerate() {
        let bytes = message.size();
        if bytes > LARGEST_MESSAGE {
            return Err(QueueError::TooLarge { index, bytes });
        }
        match batches.last_mut() {
            Some(batch) if batch.len() < LARGEST_BATCH && filled + bytes <= LARGEST_MESSAGE => {
                batch.push((index, message));
                filled += bytes;
            }
            _ => {
                batches.push(vec![(index, message)]);
                filled = bytes;
            }
        }
    }
    Ok(batches)
}

fn entry(index: usize, message: OutgoingMessage) -> Entry {
    let delay = message.delay.min(LONGEST_DELAY);
    let delay = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    let attribute = |string_value| Attribute {
        data_type: "String",
        string_value,
    };
    Entry {
        id: index.to_string(),
        message_body: message.body,
        delay_seconds: (delay > 0).then_some(delay),
        message_attributes: message
            .attributes
            .into_iter()
            .map(|(name, value)| (name, attribute(value)))
            .collect(),
    }
}

fn error(error: CallError) -> QueueError {
    match error.for_good() {
        Some(code) => QueueError::Refused {
            code: code.to_owned(),
        },
        None => QueueError::Unavailable(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: usize) -> OutgoingMessage {
        OutgoingMessage::new("x".repeat(bytes))
    }

    #[test]
    fn a_batch_holds_at_most_ten_messages_and_a_mebibyte() {
        let lengths = |messages| -> Vec<usize> {
            let batches = batches(messages).expect("none too large");
            batches.iter().map(Vec::len).collect()
        };
        assert_eq!(lengths(vec![message(1); 21]), [10, 10, 1]);
        assert_eq!(lengths(vec![message(400_000); 5]), [2, 2, 1]);
        assert_eq!(lengths(Vec::new()), [0_usize; 0]);
    }

    #[test]
    fn a_message_over_the_limit_is_refused_before_anything_is_sent() {
        let error = batches(vec![message(1), message(LARGEST_MESSAGE + 1)]).expect_err("too large");
        assert!(matches!(error, QueueError::TooLarge { index: 1, .. }));
        assert!(!error.is_retryable());
    }

    #[test]
    fn a_delay_is_whole_seconds_rounded_up_and_at_most_fifteen_minutes() {
        let seconds = |delay| {
            let message = OutgoingMessage::new("x").delayed(delay);
            entry(0, message).delay_seconds
        };
        assert_eq!(seconds(Duration::from_millis(1_200)), Some(2));
        assert_eq!(seconds(Duration::from_secs(3_600)), Some(900));
        assert_eq!(seconds(Duration::ZERO), None);
    }
}

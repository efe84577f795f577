//! The event source mapping: batches from a queue to a function, and what it handled away again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};
use startup::Clock;

use super::function::Function;
use super::queue::{InProcessQueue, ReceivedMessage};

/// The most messages one invocation gets, as in the template for `notify`.
const BATCH_SIZE: usize = 10;

/// How long to wait before a queue is looked at again without a sign of change.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Feeds a function from a queue; an answer with partial batch failures keeps just those.
#[derive(Clone)]
pub struct EventSource {
    queue: InProcessQueue,
    function: Function,
    clock: Arc<dyn Clock>,
    batch_size: usize,
    running: Arc<AtomicUsize>,
}

impl EventSource {
    /// Connects `queue` to `function`. Nothing moves before [`run`](Self::run).
    pub fn new(queue: InProcessQueue, function: Function, clock: Arc<dyn Clock>) -> Self {
        Self {
            queue,
            function,
            clock,
            batch_size: BATCH_SIZE,
            running: Arc::default(),
        }
    }

    /// The same with at most this many messages for one invocation.
    #[must_use]
    pub fn with_batches_of(mut self, most: usize) -> Self {
        self.batch_size = most;
        self
    }

    /// Whether nothing is visible, in flight or being handled. Delayed messages do not count.
    pub fn is_idle(&self) -> bool {
        let depth = self.queue.depth(self.clock.now());
        depth.visible == 0 && depth.in_flight == 0 && self.running.load(Ordering::SeqCst) == 0
    }

    /// Feeds the function as long as the future is polled.
    pub async fn run(self) {
        loop {
            let changed = self.queue.changed();
            match self.once().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(error = %error, queue = self.queue.name(), "a batch was not handled")
                }
            }
            let now = self.clock.now();
            let wait = self
                .queue
                .next_visible()
                .map(|at| at.duration_since(now).unsigned_abs())
                .unwrap_or(LONGEST_WAIT)
                .clamp(Duration::from_millis(1), LONGEST_WAIT);
            // Whichever comes first, the queue is looked at again.
            drop(tokio::time::timeout(wait, changed).await);
        }
    }

    /// Hands one batch to the function and returns how many messages it was.
    ///
    /// # Errors
    ///
    /// When the function failed, the whole batch stays hidden until its visibility timeout ends.
    pub async fn once(&self) -> anyhow::Result<usize> {
        let _running = Running::new(&self.running);
        let received = self.queue.receive(self.batch_size, self.clock.now())?;
        if received.is_empty() {
            return Ok(0);
        }
        let records: Vec<_> = received.iter().map(|r| record(&self.queue, r)).collect();
        let answer = self.function.invoke(json!({ "Records": records })).await?;
        let failed: Vec<&str> = answer["batchItemFailures"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|failure| failure["itemIdentifier"].as_str())
            .collect();
        for message in &received {
            if !failed.contains(&message.message.message_id.as_str()) {
                self.queue.delete(&message.receipt_handle)?;
            }
        }
        Ok(received.len())
    }
}

struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn record(queue: &InProcessQueue, received: &ReceivedMessage) -> Value {
    let message = &received.message;
    let attributes: Map<String, Value> = message
        .attributes
        .iter()
        .map(|(name, value)| {
            let value = json!({
                "stringValue": value, "dataType": "String",
                "stringListValues": [], "binaryListValues": [],
            });
            (name.clone(), value)
        })
        .collect();
    json!({
        "messageId": message.message_id,
        "receiptHandle": received.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": message.receive_count.to_string(),
            "SentTimestamp": message.sent_at.as_millisecond().to_string(),
        },
        "messageAttributes": attributes,
        "md5OfBody": super::sqs_digest::body_md5(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{}", queue.name()),
        "awsRegion": "us-east-1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::queue::QueueSettings;
    use jiff::Timestamp;
    use startup::ManualClock;
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    fn queue() -> InProcessQueue {
        InProcessQueue::new(QueueSettings {
            name: "notifications".to_owned(),
            visibility_timeout: Duration::from_secs(30),
            dead_letters: None,
        })
    }

    fn send(queue: &InProcessQueue, body: &str, now: Timestamp) -> String {
        queue
            .send(body.to_owned(), BTreeMap::new(), Duration::ZERO, now)
            .unwrap()
    }

    #[tokio::test]
    async fn only_what_failed_stays_in_the_queue() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let queue = queue();
        let bad = send(&queue, "bad", clock.now());
        send(&queue, "good", clock.now());
        let fails_bad = Function::new("notify", |event: Value| async move {
            let failures: Vec<_> = event["Records"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|record| record["body"] == "bad")
                .map(|record| json!({ "itemIdentifier": record["messageId"] }))
                .collect();
            Ok::<_, Infallible>(json!({ "batchItemFailures": failures }))
        });
        let source = EventSource::new(queue.clone(), fails_bad, clock);
        assert_eq!(source.once().await.unwrap(), 2);
        let left = queue.peek();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].message_id, bad);
    }

    #[tokio::test]
    async fn a_failed_invocation_keeps_the_whole_batch() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let queue = queue();
        send(&queue, "a", clock.now());
        let fails = Function::new("notify", |_: Value| async {
            Err::<Value, _>("out of memory")
        });
        let source = EventSource::new(queue.clone(), fails, clock);
        assert!(source.once().await.is_err());
        assert_eq!(queue.peek().len(), 1);
    }
}

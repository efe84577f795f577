//! An in-process queue where a function expects one: the same port as SQS.

use std::sync::Arc;

use async_trait::async_trait;
use aws::queue::FailedMessage;
use aws::{OutgoingMessage, Queue, QueueError};
use startup::Clock;

use super::queue::InProcessQueue;

/// Sends to a queue in this process.
#[derive(Clone)]
pub struct LocalQueue {
    queue: InProcessQueue,
    clock: Arc<dyn Clock>,
}

impl LocalQueue {
    /// Sends to `queue`, by the time of `clock`.
    pub fn new(queue: InProcessQueue, clock: Arc<dyn Clock>) -> Self {
        Self { queue, clock }
    }
}

impl std::fmt::Debug for LocalQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LocalQueue")
            .field(&self.queue.name())
            .finish()
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        let now = self.clock.now();
        let mut failed = Vec::new();
        for (index, message) in messages.into_iter().enumerate() {
            let attributes = message.attributes.into_iter().collect();
            let sent = self
                .queue
                .send(message.body, attributes, message.delay, now);
            if let Err(error) = sent {
                tracing::warn!(error = %error, queue = self.queue.name(), "a local queue refused a message");
                failed.push(FailedMessage {
                    index,
                    code: "InvalidParameterValue".to_owned(),
                    our_fault: true,
                });
            }
        }
        if failed.is_empty() {
            Ok(())
        } else {
            Err(QueueError::Partly { failed })
        }
    }
}

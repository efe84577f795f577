#![doc = include_str!("../README.md")]

mod asking;
pub mod broadcast;
pub mod broadcasts;
pub mod canary;
mod closing;
pub mod config;
pub mod error;
pub mod handler;
pub mod planning;
mod release;

use std::sync::Arc;
use std::time::Duration;

use aws::batch::{self, Record, Verdict};
use aws::{AwsClients, SqsQueue};
use aws_lambda_events::event::sqs::SqsEvent;
use http_client::HttpClient;
use lambda_runtime::{Diagnostic, LambdaEvent};
use notifications::Carrier;
use serde_json::Value;
use startup::{Deadline, Metrics, SystemClock};
use store::Store;

pub use broadcasts::Broadcasts;
pub use config::Config;
pub use error::NotifyError;
pub use handler::{Accepted, Notify};

/// What an invocation keeps of its time for queueing what it has frozen.
const RESERVE: Duration = Duration::from_secs(10);

impl Notify {
    /// The function as it is deployed.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let clients = AwsClients::new(HttpClient::new(), config.aws);
        let queue = |url| Arc::new(SqsQueue::new(&clients, url));
        Self {
            store: Store::new(clients.dynamodb(), config.table),
            notification_queue: queue(config.notification_queue),
            dead_letter_queue: queue(config.dead_letter_queue),
            delivery_queue: queue(config.delivery_queue),
            broadcast_queue: queue(config.broadcast_queue),
            clock: Arc::new(SystemClock),
            home_tenant: config.home_tenant,
            broadcasts: config.broadcasts,
            metrics: Arc::new(Metrics::new("notify")),
        }
    }

    /// Handles one invocation: a batch of the notification queue, or one event that was invoked directly.
    ///
    /// # Errors
    ///
    /// Only for a direct invocation: its error names every field that breaks the contract. A batch answers which of
    /// its messages the queue must show again.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let now = self.clock.now();
        let deadline = Deadline::from_context(context.deadline, now).less(RESERVE);
        let answer = if is_batch(&payload) {
            self.batch(payload, deadline).await
        } else {
            let carrier = Carrier::invocation(&context.request_id);
            self.direct(&payload, &carrier, deadline).await
        };
        self.metrics.flush(self.clock.now());
        answer
    }

    async fn batch(&self, payload: Value, deadline: Deadline) -> Result<Value, Diagnostic> {
        let event: SqsEvent = serde_json::from_value(payload).map_err(unreadable)?;
        let handled = batch::process(event, &*self.dead_letter_queue, |record| {
            self.record(record, deadline)
        });
        serde_json::to_value(handled.await).map_err(unreadable)
    }

    async fn record(&self, record: Record, deadline: Deadline) -> Verdict {
        let carrier = Carrier::queue(&record.message_id, Some(&record.original_message_id));
        match self.message(&record.body, &carrier, deadline).await {
            Ok(_) => Verdict::Done,
            Err(error) => {
                self.metrics
                    .count("Refused", u64::from(!error.can_be_tried_again()));
                error.verdict()
            }
        }
    }

    async fn direct(
        &self,
        payload: &Value,
        carrier: &Carrier<'_>,
        deadline: Deadline,
    ) -> Result<Value, Diagnostic> {
        let body = payload.to_string();
        match self.event(body.as_bytes(), carrier, deadline).await {
            Ok(accepted) => serde_json::to_value(accepted).map_err(unreadable),
            Err(error) => {
                self.metrics
                    .count("Refused", u64::from(!error.can_be_tried_again()));
                let diagnostic = Diagnostic::from(error);
                tracing::error!(
                    error.kind = diagnostic.error_type,
                    error.message = diagnostic.error_message,
                    "an event was not accepted"
                );
                Err(diagnostic)
            }
        }
    }
}

/// Whether the event is a batch of SQS rather than one event of a sender.
fn is_batch(payload: &Value) -> bool {
    payload["Records"][0]["eventSource"] == "aws:sqs"
}

fn unreadable(error: serde_json::Error) -> Diagnostic {
    Diagnostic {
        error_type: "UnreadableBatch".to_owned(),
        error_message: error.to_string(),
    }
}

#![doc = include_str!("../README.md")]

mod asking;
mod closing;
mod command;
pub mod config;
mod defining;
mod deleting;
mod due;
pub mod error;
pub mod event;
pub mod handler;
mod opening;
mod sweep;
mod told;
mod when;

use std::sync::Arc;
use std::time::Duration;

use aws::{AwsClients, EventBus, Events, NoBus, Scheduler, SqsQueue};
use futures_util::future::BoxFuture;
use http_client::HttpClient;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::value::RawValue;
use startup::{Clock, Deadline, Metrics, SystemClock};
use store::Store;

pub use config::Config;
pub use error::{Failure, Refused};
pub use event::{Does, Event, Tick};
pub use handler::{Answer, Polling};
pub use when::{all_wrong, first};

/// What an invocation keeps of its time.
const RESERVE: Duration = Duration::from_secs(10);

impl Polling {
    /// The function as it is deployed. Nothing is fetched or opened before the first event needs it.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_clock(config, Arc::new(SystemClock))
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Self {
        let aws = AwsClients::new(HttpClient::new(), config.aws);
        let queue = |url| Arc::new(SqsQueue::new(&aws, url));
        let events: Arc<dyn Events> = match config.event_bus {
            Some(name) => Arc::new(EventBus::new(&aws, name)),
            None => Arc::new(NoBus),
        };
        Self {
            store: Store::new(aws.dynamodb(), config.table).with_ballots(config.ballot_table),
            schedules: Arc::new(Scheduler::new(&aws, config.scheduler)),
            notification_queue: queue(config.notification_queue),
            task_queue: queue(config.task_queue),
            dead_letters: queue(config.dead_letter_queue),
            events,
            clock,
            home_tenant: config.home_tenant,
            metrics: Metrics::new("polls"),
        }
    }

    /// Handles one invocation.
    ///
    /// The future is boxed: the runtime wraps it many times over.
    ///
    /// # Errors
    ///
    /// An event of another kind; a table, queue, bus or scheduler that did not do what was asked. What somebody wants and
    /// cannot have is no error: the answer says why, and so does a dead letter.
    pub fn invoke(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> BoxFuture<'_, Result<Answer, Diagnostic>> {
        Box::pin(async move {
            let (event, context) = event.into_parts();
            let deadline = Deadline::from_context(context.deadline, self.clock.now()).less(RESERVE);
            let answer = self.dispatch(&event, &context.request_id, deadline).await;
            if let Err(error) = &answer {
                tracing::error!(
                    error.kind = error.error_type,
                    error.message = error.error_message,
                    "an invocation failed"
                );
            }
            self.metrics.flush(self.clock.now());
            answer
        })
    }
}

#![doc = include_str!("../README.md")]

pub mod asking;
pub mod config;
pub mod event;
pub mod fetch;
pub mod handler;
mod looking;
pub mod names;
pub mod patience;
pub mod public;
pub mod state;

use std::sync::Arc;
use std::time::Duration;

use aws::{AwsClients, Scheduler, SqsQueue};
use futures_util::future::BoxFuture;
use http_client::HttpClient;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use startup::{Clock, Deadline, Metrics, SystemClock};
use store::Store;

pub use asking::Reply;
pub use config::Config;
pub use event::Event;
pub use fetch::{Bounds, Fetcher};
pub use handler::{Ticked, Watcher};
pub use looking::Unlooked;
pub use names::{Names, SystemNames};
pub use public::Reach;

/// What an invocation keeps of its time: a look that begins before that ends in it.
const RESERVE: Duration = Duration::from_secs(15);

/// What an invocation answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// What a tick did.
    Ticked(Ticked),
    /// What came of a request.
    Replied(Reply),
}

impl Watcher {
    /// The function as it is deployed. Nothing is fetched or opened before the first event needs it.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_clock(config, Arc::new(SystemClock))
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Self {
        let aws = AwsClients::new(HttpClient::new(), config.aws);
        Self {
            store: Store::new(aws.dynamodb(), config.table),
            notifications: Arc::new(SqsQueue::new(&aws, config.notification_queue)),
            schedules: Arc::new(Scheduler::new(&aws, config.scheduler)),
            fetcher: Fetcher::new(Arc::new(SystemNames), config.reach, Bounds::default()),
            tenant: config.tenant,
            patience: config.patience,
            clock,
            metrics: Metrics::new("watch"),
        }
    }

    /// Handles one invocation: a tick, or a request.
    ///
    /// The future is boxed: the runtime wraps it many times over.
    ///
    /// # Errors
    ///
    /// An event of another kind; a table, queue or scheduler that did not do what was asked; a refused request that nobody waits
    /// for.
    pub fn invoke(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> BoxFuture<'_, Result<Answer, Diagnostic>> {
        Box::pin(async move {
            let (event, context) = event.into_parts();
            let deadline = Deadline::from_context(context.deadline, self.clock.now()).less(RESERVE);
            let answer = self.dispatch(&event, deadline).await;
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

    async fn dispatch(&self, event: &RawValue, deadline: Deadline) -> Result<Answer, Diagnostic> {
        Ok(match Event::parse(event)? {
            Event::Tick(period) => Answer::Ticked(self.tick(period, deadline).await?),
            Event::Add(add) => Answer::Replied(self.add(add).await?),
            Event::Remove(remove) => Answer::Replied(self.remove(remove).await?),
        })
    }
}

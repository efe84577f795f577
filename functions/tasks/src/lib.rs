#![doc = include_str!("../README.md")]

mod action;
mod chunks;
pub mod config;
mod edit_poll;
pub mod event;
pub mod failure;
mod go_on;
pub mod handler;
mod patience;
mod roster;
mod settle;
pub mod tick;
mod waiting;
mod welcome;

use std::sync::Arc;
use std::time::Duration;

use aws::{AwsClients, EventBus, SqsQueue, StepFunctions, batch};
use aws_lambda_events::event::sqs::SqsBatchResponse;
use connector::Connector;
use delivery_events::Level;
use futures_util::future::BoxFuture;
use http_client::HttpClient;
use inbound_auth::SigningKeys;
use keys_in_table::KeysInTable;
use lambda_runtime::{Diagnostic, LambdaEvent};
use pacing::{AlarmShare, Rate, Settings};
use pacing_in_table::TablePacer;
use serde::Serialize;
use serde_json::value::RawValue;
use startup::{Clock, Deadline, Metrics, SystemClock};
use store::Store;

pub use aws::{Events, NoBus};
pub use config::Config;
pub use event::Event;
pub use handler::{Queues, Tasks};
pub use tick::Released;

/// What an invocation keeps of its time for queueing what is left.
const RESERVE: Duration = Duration::from_secs(5);

/// What an invocation answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Which messages of a batch the queue must show again.
    Batch(SqsBatchResponse),
    /// What a tick did.
    Tick(Released),
}

impl Tasks {
    /// The function as it is deployed. Nothing is fetched or opened before the first event needs it.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_clock(config, Arc::new(SystemClock))
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Self {
        let http = HttpClient::new();
        let aws = AwsClients::new(http.clone(), config.aws);
        let store = Store::new(aws.dynamodb(), config.table);
        let registration = config.registration;
        let tokens = registration.app_tokens(http.clone(), &aws, clock.clone());
        let metadata_url = registration
            .openid_metadata
            .parse()
            .expect("the address was read by the same rule");
        let now = {
            let clock = clock.clone();
            Arc::new(move || clock.now())
        };
        let issuer = registration.cloud.endpoints().inbound_issuer;
        let keys = Arc::new(KeysInTable::new(store.clone(), issuer));
        let queue = |url| Arc::new(SqsQueue::new(&aws, url));
        let level = Level::with_bus(config.delivery_events, config.event_bus.is_some());
        let events: Arc<dyn Events> = match config.event_bus {
            Some(name) => Arc::new(EventBus::new(&aws, name)),
            None => Arc::new(NoBus),
        };
        // Of the deliveries nothing is sold here.
        let rates = Settings::new(Rate::DELIVERY, config.other_rate, AlarmShare::USUAL);
        Self {
            pacer: TablePacer::new(store.clone(), Arc::clone(&clock), rates),
            signing_keys: SigningKeys::new(http.clone(), metadata_url, keys, now),
            connector: Connector::new(http, Arc::new(tokens), registration.hosts),
            queues: Queues {
                notification: queue(config.notification_queue),
                delivery: queue(config.delivery_queue),
                broadcast: queue(config.broadcast_queue),
                task: queue(config.task_queue),
            },
            dead_letters: queue(config.dead_letter_queue),
            events,
            level,
            task_tokens: Arc::new(StepFunctions::new(&aws)),
            store,
            clock,
            metrics: Metrics::new("tasks"),
        }
    }

    /// Handles one invocation: a batch of the task queue, or the tick.
    ///
    /// The future is boxed: the runtime wraps it many times over.
    ///
    /// # Errors
    ///
    /// An event of another kind; a tick that could not release everything that is due.
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

    async fn dispatch(
        &self,
        event: &RawValue,
        invocation: &str,
        deadline: Deadline,
    ) -> Result<Answer, Diagnostic> {
        match Event::parse(event)? {
            Event::Batch(batch) => {
                let work = |record| self.record(record, invocation, deadline);
                let answer = batch::process(batch, &*self.dead_letters, work).await;
                Ok(Answer::Batch(answer))
            }
            Event::Tick => Ok(Answer::Tick(self.tick(deadline).await?)),
        }
    }
}

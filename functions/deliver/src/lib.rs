#![doc = include_str!("../README.md")]

mod account;
pub mod bulk;
mod cancelling;
pub mod chance;
mod chunk;
pub mod config;
pub mod error;
pub mod handler;
pub mod letter;
mod mending;
pub mod pace;
mod polling;
mod reading;
mod recalling;
pub mod repair;
pub mod route;
mod sending;
pub mod shift;
mod tries;
pub mod waiting;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Diagnostic, LambdaEvent};
use startup::Deadline;

pub use bulk::Bulk;
pub use config::Config;
pub use error::DeliverError;
pub use handler::{Deliver, Hosts};
pub use pace::{Paced, Pacer, Unpaced};

impl Deliver {
    /// Handles one invocation: a batch of the delivery or the broadcast queue.
    ///
    /// # Errors
    ///
    /// When the event is no batch of SQS. Nothing was sent.
    pub async fn invoke(
        &self,
        event: LambdaEvent<SqsEvent>,
    ) -> Result<SqsBatchResponse, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let from_sqs = |source: Option<&str>| source == Some("aws:sqs");
        let records = &payload.records;
        if !records
            .iter()
            .all(|record| from_sqs(record.event_source.as_deref()))
        {
            return Err(Diagnostic {
                error_type: "UnknownEvent".to_owned(),
                error_message: "found records of another service, expected a batch of SQS"
                    .to_owned(),
            });
        }
        let deadline = Deadline::from_context(context.deadline, self.clock.now());
        let response = self.batch(payload, deadline).await;
        self.metrics.flush(self.clock.now());
        Ok(response)
    }
}

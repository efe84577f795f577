//! The floor of the work: a token checked and a reply sent, or ten messages sent, straight on hyper and ring.
//!
//! No store, no cards, no retries, nothing decided. It is no design; it says what the requests alone cost.

mod http;
mod inbound;
mod outbound;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Teams;

/// The three events it takes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    /// An SQS batch: a message for each record.
    #[serde(rename_all = "PascalCase")]
    Batch { records: Vec<outbound::Record> },
    /// A function URL's request: an activity of Teams.
    Inbound(inbound::Request),
    /// The same message many times, so many at once.
    Burst(outbound::Burst),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let teams = Teams::from_environment()?;
    let teams = &teams;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        match event.payload {
            Event::Batch { records } => outbound::batch(teams, records).await,
            Event::Inbound(request) => inbound::answer(teams, request).await,
            Event::Burst(burst) => outbound::burst(teams, burst).await,
        }?;
        Ok::<_, Error>(json!({ "statusCode": 200, "batchItemFailures": Value::Array(Vec::new()) }))
    }))
    .await
}

//! Cold start of `deliver`: configuration and clients, nothing else.

use std::sync::Arc;

use aws_lambda_events::event::sqs::SqsEvent;
use deliver::{Config, Deliver};
use lambda_runtime::{LambdaEvent, service_fn};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let env = Environment::of_process();
    startup::logging::init(&env);
    let config = Config::from_environment(env).inspect_err(|error| {
        tracing::error!(error = %error, "the function cannot start");
    })?;
    let deliver = Arc::new(Deliver::new(config));
    let serving = lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let deliver = deliver.clone();
        async move { deliver.invoke(event).await }
    }));
    // A task is polled again at once when it can go on; `main` itself only after a look at what has arrived.
    tokio::spawn(serving)
        .await?
        .map_err(|error| anyhow::anyhow!(error))
}

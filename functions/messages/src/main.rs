//! The bot's messaging endpoint, as a Lambda function.

use std::sync::Arc;

use lambda_runtime::service_fn;
use messages::{Config, Messages};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let messages = Arc::new(Messages::new(Config::from_environment(environment)?));
    let serving = lambda_runtime::run(service_fn(move |event| {
        let messages = messages.clone();
        async move { messages.invoke(event).await }
    }));
    // A task is polled again at once when it can go on; `main` itself only after a look at what has arrived.
    tokio::spawn(serving)
        .await?
        .map_err(anyhow::Error::from_boxed)
}

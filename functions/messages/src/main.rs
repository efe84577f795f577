//! The bot's messaging endpoint, as a Lambda function.

use lambda_runtime::service_fn;
use messages::{Config, Messages};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let messages = Messages::new(Config::from_environment(environment)?);
    lambda_runtime::run(service_fn(|event| messages.invoke(event)))
        .await
        .map_err(anyhow::Error::from_boxed)
}

//! The bot's messaging endpoint, as a Lambda function.

use std::convert::Infallible;

use messages::{Config, Messages};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let config = Config::from_environment(environment);
    let messages = Messages::new(runtime_api::initialised(config).await?);
    Ok(runtime_api::serve(async move |event| messages.invoke(event).await).await?)
}

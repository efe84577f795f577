//! The bot's messaging endpoint, as a Lambda function.

use std::convert::Infallible;

use messages::{Config, Messages};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let messages = Messages::new(Config::from_environment(environment)?);
    Ok(runtime_api::serve(async move |event| messages.invoke(event).await).await?)
}

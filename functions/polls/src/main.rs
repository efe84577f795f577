//! Polls, from their schedules to their results, as a Lambda function.

use std::convert::Infallible;

use polling::{Config, Polling};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let config = Config::from_environment(environment);
    let polls = Polling::new(runtime_api::initialised(config).await?);
    Ok(runtime_api::serve(async move |event| polls.invoke(event).await).await?)
}

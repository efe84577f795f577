//! What is slow or due later, as a Lambda function.

use std::convert::Infallible;

use startup::Environment;
use tasks::{Config, Tasks};

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let config = Config::from_environment(environment);
    let tasks = Tasks::new(runtime_api::initialised(config).await?);
    Ok(runtime_api::serve(async move |event| tasks.invoke(event).await).await?)
}

//! What is slow or due later, as a Lambda function.

use lambda_runtime::service_fn;
use startup::Environment;
use tasks::{Config, Tasks};

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let tasks = Tasks::new(Config::from_environment(environment)?);
    lambda_runtime::run(service_fn(|event| tasks.invoke(event)))
        .await
        .map_err(anyhow::Error::from_boxed)
}

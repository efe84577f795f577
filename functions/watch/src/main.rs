//! What is new in the sources that are watched, as a Lambda function.

use lambda_runtime::service_fn;
use startup::Environment;
use watch::{Config, Watcher};

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let watch = Watcher::new(Config::from_environment(environment)?);
    lambda_runtime::run(service_fn(|event| watch.invoke(event)))
        .await
        .map_err(anyhow::Error::from_boxed)
}

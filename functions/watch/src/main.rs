//! What is new in the sources that are watched, as a Lambda function.

use std::convert::Infallible;

use startup::Environment;
use watch::{Config, Watcher};

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let config = Config::from_environment(environment);
    let watch = Watcher::new(runtime_api::initialised(config).await?);
    Ok(runtime_api::serve(async move |event| watch.invoke(event).await).await?)
}

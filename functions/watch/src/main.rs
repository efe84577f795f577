//! What is new in the sources that are watched, as a Lambda function.

use std::convert::Infallible;

use startup::Environment;
use watch::{Config, Watcher};

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let watch = Watcher::new(Config::from_environment(environment)?);
    Ok(runtime_api::serve(async move |event| watch.invoke(event).await).await?)
}

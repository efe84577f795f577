//! From events to planned deliveries, as a Lambda function.

use std::convert::Infallible;

use notify::{Config, Notify};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let config = Config::from_environment(environment);
    let notify = Notify::new(runtime_api::initialised(config).await?);
    Ok(runtime_api::serve(async move |event| notify.invoke(event).await).await?)
}

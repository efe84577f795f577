//! What is planned, on its way to Teams, as a Lambda function.

use std::convert::Infallible;

use deliver::{Config, Deliver};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let config = Config::from_environment(environment);
    let deliver = Deliver::new(runtime_api::initialised(config).await?);
    Ok(runtime_api::serve(async move |event| deliver.invoke(event).await).await?)
}

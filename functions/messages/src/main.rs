//! The bot's messaging endpoint, as a Lambda function.

use lambda_runtime::service_fn;
use messages::{Config, Handler};
use startup::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    startup::logging::init(&environment);
    let handler = Handler::from_config(Config::from_environment(environment)?);
    let run = lambda_runtime::run(service_fn(|event| messages::handle(&handler, event)));
    run.await.map_err(anyhow::Error::from_boxed)
}

//! Cold start of `deliver`: configuration and clients, nothing else.

use aws_lambda_events::event::sqs::SqsEvent;
use deliver::{Config, Deliver};
use lambda_runtime::{LambdaEvent, service_fn};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let env = Environment::of_process();
    startup::logging::init(&env);
    let config = Config::from_environment(env).inspect_err(|error| {
        tracing::error!(error = %error, "the function cannot start");
    })?;
    let deliver = Deliver::new(config);
    let handler = service_fn(|event: LambdaEvent<SqsEvent>| deliver.invoke(event));
    lambda_runtime::run(handler)
        .await
        .map_err(|error| anyhow::anyhow!(error))
}

//! Cold start of `polls`: configuration and clients, nothing else.

use lambda_runtime::service_fn;
use polling::{Config, Polling};
use startup::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let env = Environment::of_process();
    startup::logging::init(&env);
    let config = Config::from_environment(env).inspect_err(|error| {
        tracing::error!(error = %error, "the function cannot start");
    })?;
    let polls = Polling::new(config);
    lambda_runtime::run(service_fn(|event| polls.invoke(event)))
        .await
        .map_err(anyhow::Error::from_boxed)
}

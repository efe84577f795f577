//! Cold start of `notify`: configuration and clients, nothing else.

use lambda_runtime::{LambdaEvent, service_fn};
use notify::{Config, Notify};
use serde_json::Value;
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let env = Environment::of_process();
    startup::logging::init(&env);
    let config = Config::from_environment(env).inspect_err(|error| {
        tracing::error!(error = %error, "the function cannot start");
    })?;
    let notify = Notify::new(config);
    let handler = service_fn(|event: LambdaEvent<Value>| notify.invoke(event));
    lambda_runtime::run(handler)
        .await
        .map_err(|error| anyhow::anyhow!(error))
}

//! Cold start of `deliver`: configuration and clients, nothing else.

use std::convert::Infallible;

use deliver::{Config, Deliver};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let env = Environment::of_process();
    startup::logging::init(&env);
    let config = Config::from_environment(env).inspect_err(|error| {
        tracing::error!(error = %error, "the function cannot start");
    })?;
    let deliver = Deliver::new(config);
    Ok(runtime_api::serve(async move |event| deliver.invoke(event).await).await?)
}

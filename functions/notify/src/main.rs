//! Cold start of `notify`: configuration and clients, nothing else.

use std::convert::Infallible;

use notify::{Config, Notify};
use startup::Environment;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<Infallible> {
    let env = Environment::of_process();
    startup::logging::init(&env);
    let config = Config::from_environment(env).inspect_err(|error| {
        tracing::error!(error = %error, "the function cannot start");
    })?;
    let notify = Notify::new(config);
    Ok(runtime_api::serve(async move |event| notify.invoke(event).await).await?)
}

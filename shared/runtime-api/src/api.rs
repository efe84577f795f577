use std::convert::Infallible;
use std::time::Duration;

use http_client::{HttpClient, RequestBuilder, StatusCode};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use startup::Environment;
use tracing::Instrument as _;

use crate::error::ServeError;
use crate::invocation::{INVOCATION_ID, Invocation};
use crate::outcome::{self, Outcome};

/// An environment may wait for its next event for hours, frozen. Lambda ends it, not a time-out.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// As much of a refusal as is logged.
const LONGEST_REFUSAL: usize = 1_000;

/// Serves the events of the Lambda function that this process is, one after another, until Lambda ends it.
///
/// It runs as a task of its own: a task is polled again at once when it can go on, `main` itself only after a look at what
/// has arrived.
///
/// # Errors
///
/// [`ServeError`]. Whatever goes wrong with one event is told to Lambda and is none.
///
/// # Panics
///
/// Outside of tokio's local runtime.
pub async fn serve<E, A, H>(handler: H) -> Result<Infallible, ServeError>
where
    E: DeserializeOwned + 'static,
    A: Serialize + 'static,
    H: AsyncFn(LambdaEvent<E>) -> Result<A, Diagnostic> + 'static,
{
    let environment = Environment::of_process();
    let address = environment.optional("AWS_LAMBDA_RUNTIME_API");
    let api = RuntimeApi::at(&address.ok_or(ServeError::NotInLambda)?);
    // Boxed before it is handed on: it is as large as all that a handler keeps while it waits.
    let serving = Box::pin(async move { api.serve(handler).await });
    match tokio::task::spawn_local(serving).await {
        Ok(ended) => ended,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// Lambda, as a function's process meets it.
#[derive(Debug)]
pub struct RuntimeApi {
    http: HttpClient,
    invocations: String,
}

impl RuntimeApi {
    /// The Runtime API at `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self {
            http: HttpClient::new(),
            invocations: format!("http://{address}/2018-06-01/runtime/invocation/"),
        }
    }

    /// As [`serve`](crate::serve()), in the caller's own task.
    ///
    /// # Errors
    ///
    /// [`ServeError`].
    pub async fn serve<E, A>(
        &self,
        handler: impl AsyncFn(LambdaEvent<E>) -> Result<A, Diagnostic>,
    ) -> Result<Infallible, ServeError>
    where
        E: DeserializeOwned,
        A: Serialize,
    {
        loop {
            let mut invocation = self.next().await?;
            let request = invocation.context.request_id.clone();
            let id = invocation.id.take();
            let span = tracing::info_span!(
                "Lambda runtime invoke",
                requestId = request,
                xrayTraceId = invocation.context.xray_trace_id,
            );
            let finishing = async {
                let outcome = outcome::of(&handler, invocation).await;
                self.post(&request, id.as_deref(), outcome).await
            };
            finishing.instrument(span).await?;
        }
    }

    /// Waits for the next event.
    async fn next(&self) -> Result<Invocation, ServeError> {
        let next = self.http.get(format!("{}next", self.invocations));
        let answer = next.timeout(FOR_EVER).send().await?;
        if answer.status() != StatusCode::OK {
            return Err(ServeError::Refused(answer.status()));
        }
        let headers = answer.headers().clone();
        Invocation::new(&headers, answer.bytes().await?)
    }

    /// Tells Lambda what became of an event.
    async fn post(
        &self,
        request: &str,
        id: Option<&str>,
        outcome: Outcome,
    ) -> Result<(), ServeError> {
        let (kind, body) = match outcome {
            Ok(answer) => ("response", answer),
            Err(diagnostic) => ("error", failed(&diagnostic)),
        };
        let url = format!("{}{request}/{kind}", self.invocations);
        let mut post = self.http.post(url).body(body);
        if kind == "error" {
            post = post.header("lambda-runtime-function-error-type", "unhandled");
        }
        if let Some(id) = id {
            post = post.header(INVOCATION_ID, id);
        }
        self.told(post).await
    }

    async fn told(&self, post: RequestBuilder) -> Result<(), ServeError> {
        let mut answer = post.send().await?;
        let status = answer.status();
        // Read also when nobody cares, so that the connection can be used again.
        let text = answer.at_most(LONGEST_REFUSAL).await?.unwrap_or_default();
        if !status.is_success() {
            tracing::error!(
                status = status.as_u16(),
                answer = %String::from_utf8_lossy(&text),
                "Lambda refused the outcome of an event"
            );
        }
        Ok(())
    }
}

fn failed(diagnostic: &Diagnostic) -> Vec<u8> {
    tracing::error!(
        error.r#type = diagnostic.error_type,
        error = diagnostic.error_message,
        "the invocation failed"
    );
    serde_json::to_vec(diagnostic).expect("two texts are JSON")
}

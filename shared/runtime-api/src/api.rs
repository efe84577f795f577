use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use http_client::{HttpClient, RequestBuilder, StatusCode};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use startup::Environment;
use startup::logging::chain;
use tracing::Instrument as _;

use crate::error::ServeError;
use crate::invocation::{INVOCATION_ID, Invocation};
use crate::outcome::{self, Outcome};

/// An environment may wait for its next event for hours, frozen. Lambda ends it, not a time-out.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What Lambda is told of a start that failed: a category, and why.
const CONFIGURATION: &str = "Runtime.ConfigInvalid";

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
    let api = RuntimeApi::of_process()?;
    // Boxed before it is handed on: it is as large as all that a handler keeps while it waits.
    let serving = Box::pin(async move { api.serve(handler).await });
    match tokio::task::spawn_local(serving).await {
        Ok(ended) => ended,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// Passes on what a start has made, or says why it made nothing: in the log, and to Lambda, which gives the text to whoever
/// invokes the function.
///
/// # Errors
///
/// What it was given. A process that cannot start ends.
pub async fn initialised<T, E: Error>(made: Result<T, E>) -> Result<T, E> {
    if let Err(error) = &made {
        tracing::error!(error = %error, "the function cannot start");
        if let Ok(api) = RuntimeApi::of_process()
            && let Err(error) = api.fail_to_start(&error.to_string()).await
        {
            tracing::error!(error = %chain(&error), "Lambda was not told why");
        }
    }
    made
}

/// Lambda, as a function's process meets it.
#[derive(Debug)]
pub struct RuntimeApi {
    http: HttpClient,
    runtime: String,
}

impl RuntimeApi {
    /// The Runtime API at `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self {
            http: HttpClient::new(),
            runtime: format!("http://{address}/2018-06-01/runtime"),
        }
    }

    fn of_process() -> Result<Self, ServeError> {
        let address = Environment::of_process().optional("AWS_LAMBDA_RUNTIME_API");
        Ok(Self::at(&address.ok_or(ServeError::NotInLambda)?))
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
        let next = format!("{}/invocation/next", self.runtime);
        let next = self.http.get(next);
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
        let invocation = format!("{}/invocation/{request}", self.runtime);
        let mut post = match outcome {
            Ok(answer) => (self.http.post(format!("{invocation}/response"))).body(answer),
            Err(diagnostic) => {
                tracing::error!(
                    error.r#type = diagnostic.error_type,
                    error = diagnostic.error_message,
                    "the invocation failed"
                );
                self.error(format!("{invocation}/error"), "unhandled", &diagnostic)
            }
        };
        if let Some(id) = id {
            post = post.header(INVOCATION_ID, id);
        }
        tell(post).await
    }

    async fn fail_to_start(&self, why: &str) -> Result<(), ServeError> {
        let diagnostic = Diagnostic {
            error_type: CONFIGURATION.to_owned(),
            error_message: why.to_owned(),
        };
        let url = format!("{}/init/error", self.runtime);
        tell(self.error(url, CONFIGURATION, &diagnostic)).await
    }

    fn error(&self, url: String, kind: &'static str, diagnostic: &Diagnostic) -> RequestBuilder {
        let body = serde_json::to_vec(diagnostic).expect("two texts are JSON");
        let post = self.http.post(url).body(body);
        post.header("lambda-runtime-function-error-type", kind)
    }
}

async fn tell(post: RequestBuilder) -> Result<(), ServeError> {
    let mut answer = post.send().await?;
    let status = answer.status();
    // Read also when nobody cares, so that the connection can be used again; with the status all is decided.
    let text = answer.at_most(LONGEST_REFUSAL).await;
    if !status.is_success() {
        let text = text.ok().flatten().unwrap_or_default();
        tracing::error!(
            status = status.as_u16(),
            answer = %String::from_utf8_lossy(&text),
            "Lambda refused what it was told"
        );
    }
    Ok(())
}

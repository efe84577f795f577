//! A function as Lambda sees it: a JSON envelope in, a JSON answer or an error out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

type Answer = Pin<Box<dyn Future<Output = Result<Value, FunctionError>> + Send>>;

/// A handler of the real function, invoked in this process; clones are the same function.
#[derive(Clone)]
pub struct Function {
    name: &'static str,
    invoke: Arc<dyn Fn(Value) -> Answer + Send + Sync>,
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// The envelope is not of the kind the function takes.
    #[error("{name} cannot read this event")]
    Envelope {
        /// The function.
        name: &'static str,
        /// What is wrong with the event.
        #[source]
        source: serde_json::Error,
    },
    /// The function answered with an error.
    #[error("{name} failed: {message}")]
    Failed {
        /// The function.
        name: &'static str,
        /// Its error, causes included.
        message: String,
    },
}

impl Function {
    /// Wraps `handler`: the envelope is read from JSON and the answer written to JSON, as the
    /// Lambda runtime would.
    pub fn new<In, Out, Error, Fut>(
        name: &'static str,
        handler: impl Fn(In) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        In: DeserializeOwned + Send,
        Out: Serialize + Send,
        Error: std::fmt::Display + Send,
        Fut: Future<Output = Result<Out, Error>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let invoke = move |event: Value| -> Answer {
            let handler = handler.clone();
            Box::pin(async move {
                let event = serde_json::from_value(event)
                    .map_err(|source| FunctionError::Envelope { name, source })?;
                let answer = handler(event)
                    .await
                    .map_err(|error| FunctionError::Failed {
                        name,
                        message: format!("{error:#}"),
                    })?;
                serde_json::to_value(answer)
                    .map_err(|source| FunctionError::Envelope { name, source })
            })
        };
        Self {
            name,
            invoke: Arc::new(invoke),
        }
    }

    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the function once.
    ///
    /// # Errors
    ///
    /// [`FunctionError`]: what Lambda would answer with a function error.
    pub async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        (self.invoke)(event).await
    }
}

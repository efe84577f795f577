//! Answers to Step Functions executions that wait for a person.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::call::CallError;
use crate::clients::AwsClients;
use crate::settings::Service;

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOutcome {
    /// The execution goes on with it.
    Answered,
    /// No execution waits for it: it was answered before, or it timed out or was stopped.
    NobodyWaits,
}

/// Answers task tokens.
#[async_trait]
pub trait TaskTokens: Send + Sync {
    /// Lets the execution that waits with this token go on, with this JSON as the result of its task.
    ///
    /// The first answer counts. Repeating it is harmless: [`TokenOutcome::NobodyWaits`].
    ///
    /// # Errors
    ///
    /// [`TokenError`]: the execution still waits, or (when it was not heard) may.
    async fn succeed(&self, token: &str, output: String) -> Result<TokenOutcome, TokenError>;
}

/// AWS Step Functions.
#[derive(Debug, Clone)]
pub struct StepFunctions {
    clients: AwsClients,
}

impl StepFunctions {
    /// Nothing is opened yet.
    #[must_use]
    pub fn new(clients: &AwsClients) -> Self {
        Self {
            clients: clients.clone(),
        }
    }
}

#[async_trait]
impl TaskTokens for StepFunctions {
    async fn succeed(&self, token: &str, output: String) -> Result<TokenOutcome, TokenError> {
        let question = SendTaskSuccess {
            task_token: token,
            output,
        };
        let states = self.clients.caller(Service::StepFunctions);
        let answered: Result<Nothing, CallError> = states.ask("SendTaskSuccess", &question).await;
        match answered {
            Ok(Nothing {}) => Ok(TokenOutcome::Answered),
            Err(error) => match error.for_good() {
                Some("TaskTimedOut" | "TaskDoesNotExist") => Ok(TokenOutcome::NobodyWaits),
                Some(code) => Err(TokenError::Refused {
                    code: code.to_owned(),
                }),
                None => Err(TokenError::Unavailable(error.into())),
            },
        }
    }
}

/// What `SendTaskSuccess` takes. See the AWS Step Functions API reference.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskSuccess<'a> {
    task_token: &'a str,
    output: String,
}

/// What it answers.
#[derive(Deserialize)]
struct Nothing {}

/// Why an execution was not answered.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Step Functions refused: we may not answer for that state machine, or the token is none (`InvalidToken`).
    #[error("Step Functions refused an answer ({code})")]
    Refused {
        /// The service's code.
        code: String,
    },
    /// Step Functions did not answer. Trying again may help.
    #[error("Step Functions did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

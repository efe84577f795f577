//! What happens to one event.

use std::sync::Arc;

use activity::ids::TenantId;
use aws::{Events, OutgoingMessage, Queue, Schedules};
use jiff::Timestamp;
use lambda_runtime::Diagnostic;
use polls::{OccurrenceId, PollId};
use serde::Serialize;
use serde_json::value::RawValue;
use startup::{Clock, Deadline, Metrics};
use store::Store;

use crate::error::{Failure, Refused};
use crate::event::{Event, Quorum};

/// Opens, reminds and closes. Made once, in `main`.
pub struct Polling {
    /// The table, with its ballots.
    pub store: Store,
    /// What wakes this function.
    pub schedules: Arc<dyn Schedules>,
    /// Where what is asked and told is planned.
    pub notification_queue: Arc<dyn Queue>,
    /// Where cards are replaced.
    pub task_queue: Arc<dyn Queue>,
    /// Where goes what can never succeed.
    pub dead_letters: Arc<dyn Queue>,
    /// Where our own events go.
    pub events: Arc<dyn Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The tenant of a poll that names none.
    pub home_tenant: TenantId,
    /// What operators watch.
    pub metrics: Metrics,
}

/// What an invocation answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Answer {
    /// A poll is taken.
    Accepted {
        /// What it is called.
        poll: PollId,
        /// When it is asked next.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
    },
    /// A command is done.
    Done {
        /// Which poll.
        poll: PollId,
        /// Which occurrence.
        #[serde(skip_serializing_if = "Option::is_none")]
        occurrence: Option<OccurrenceId>,
    },
    /// It can never be done; a dead letter says the same.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// A stable word.
        error_type: &'static str,
        /// Where in the event the fault is.
        error_path: String,
        /// Each fault, for people.
        problems: Vec<String>,
    },
    /// A tick, or a look for what was missed.
    Ticked {
        /// How many things were done that were overdue.
        overdue: usize,
        /// Whether there may be more.
        more: bool,
    },
}

impl Polling {
    pub(crate) async fn dispatch(
        &self,
        event: &RawValue,
        request: &str,
        deadline: Deadline,
    ) -> Result<Answer, Diagnostic> {
        let answer = match Event::parse(event)? {
            Event::Define { id, definition } => {
                let id = id.as_deref().unwrap_or(request);
                let defined = Box::pin(self.define(&definition, id)).await;
                self.answer(defined, event, id).await
            }
            Event::Command { id, command } => {
                let id = id.as_deref().unwrap_or(request);
                let done = Box::pin(self.command(&command, id)).await;
                self.answer(done, event, id).await
            }
            Event::Quorum(quorum) => Box::pin(self.quorum(quorum)).await,
            Event::Tick(tick) => Box::pin(self.tick(tick)).await,
            Event::Sweep => Box::pin(self.sweep(deadline)).await,
        };
        Ok(answer?)
    }

    /// What is refused is answered, and kept where operators look.
    async fn answer(
        &self,
        done: Result<Result<Answer, Refused>, Failure>,
        event: &RawValue,
        id: &str,
    ) -> Result<Answer, Failure> {
        let refused = match done? {
            Ok(answer) => return Ok(answer),
            Err(refused) => refused,
        };
        self.metrics.count("Refused", 1);
        let (error_type, error_path) = (refused.error_type(), refused.error_path());
        tracing::error!(
            event.id = id,
            error.kind = error_type,
            error.path = error_path,
            "an event was refused"
        );
        let problems = match &refused {
            Refused::Contract(errors) => {
                errors.problems().iter().map(ToString::to_string).collect()
            }
            other => vec![other.to_string()],
        };
        let text = |text: &str| {
            let cut: String = text.chars().filter(|c| !c.is_control()).take(512).collect();
            if cut.is_empty() { "-".to_owned() } else { cut }
        };
        let mut letter = OutgoingMessage::new(event.get().to_owned());
        letter.attributes = [
            ("error-type", error_type),
            ("error-path", &error_path),
            ("original-message-id", id),
            ("error-message", &problems.join("; ")),
        ]
        .map(|(name, value)| (name.to_owned(), text(value)))
        .to_vec();
        self.dead_letters.send(vec![letter]).await?;
        Ok(Answer::Refused {
            error_type,
            error_path,
            problems,
        })
    }

    async fn quorum(&self, quorum: Quorum) -> Result<Answer, Failure> {
        let tenant = quorum.tenant.unwrap_or_else(|| self.home_tenant.clone());
        self.close_at_quorum(&tenant, &quorum.occurrence).await?;
        Ok(Answer::Done {
            poll: quorum.occurrence.poll().clone(),
            occurrence: Some(quorum.occurrence),
        })
    }
}

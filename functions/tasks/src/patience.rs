//! Asking Teams, and asking again as long as that can help and the invocation lasts.

use std::future::Future;
use std::time::Duration;

use activity::{ConversationId, TenantId};
use connector::ConnectorError;
use connector::retry::{Attempt, Decision, Effect, End, Meaning, Outcome, Policy, decide};
use pacing::Need;
use pacing_in_table::{Ask, Turn};
use startup::Deadline;

use crate::failure::Failure;
use crate::handler::Tasks;

/// What another try may take, once a wait is over.
const FOR_A_TRY: Duration = Duration::from_secs(5);

/// How asking Teams ended.
#[derive(Debug)]
pub(crate) enum Asked<T> {
    /// With this.
    Answer(T),
    /// Not yet: ask again after this time.
    Later(Duration),
    /// It may have been done, and must not be twice.
    Ambiguous,
}

/// What is asked for, as far as Teams' limits count it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Whose limit it counts against.
    pub(crate) tenant: &'a TenantId,
    /// The conversation that it is about.
    pub(crate) conversation: &'a ConversationId,
    /// Whether trying again can do it twice.
    pub(crate) effect: Effect,
}

impl Request<'_> {
    /// How it asks for its turn: as what is no delivery. What is no message reads members or channels.
    fn ask(&self, patience: Duration) -> Ask<'_> {
        Ask {
            tenant: self.tenant,
            conversation: Some(self.conversation),
            reads: self.effect != Effect::Post,
            need: Need::Other,
            patience,
        }
    }
}

impl Tasks {
    /// Tries until there is an answer, a refusal for good, or no time.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] for what will always be refused; [`Failure::Teams`] for what was tried often enough for now.
    pub(crate) async fn ask<T, F, Fut>(
        &self,
        request: Request<'_>,
        deadline: Deadline,
        once: F,
    ) -> Result<Asked<T>, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, ConnectorError>>,
    {
        let mut attempt = 1;
        loop {
            let patience = self.patience(deadline);
            if let Turn::Later(after) = self.pacer.turn(request.ask(patience)).await {
                return Ok(Asked::Later(after));
            }
            let error = match once().await {
                Ok(answer) => return Ok(Asked::Answer(answer)),
                Err(error) => error,
            };
            if error.outcome() == Outcome::Rejected(Meaning::Throttled) {
                let ask = request.ask(patience);
                self.pacer.throttled(ask, error.retry_after()).await;
            }
            let now = self.clock.now();
            let decision = decide(&Attempt {
                outcome: error.outcome(),
                effect: request.effect,
                policy: Policy::AtMostOnce,
                attempt,
                retry_after: error.retry_after(),
                time_left: self.patience(deadline),
                jitter: f64::from(now.subsec_nanosecond().unsigned_abs()) / 1e9,
            });
            match decision {
                Decision::Wait(wait) => self.clock.sleep(wait).await,
                Decision::HandBack { after } => return Ok(Asked::Later(after)),
                Decision::Stop(End::Exhausted) => return Err(Failure::Teams(error)),
                Decision::Stop(End::Ambiguous) => return Ok(Asked::Ambiguous),
                Decision::Stop(end) => return Err(Failure::Refused { end, source: error }),
            }
            attempt += 1;
        }
    }

    /// Waits for the turn of a request that is made once or not at all; whether it came.
    pub(crate) async fn has_turn(&self, request: Request<'_>, deadline: Deadline) -> bool {
        let ask = request.ask(self.patience(deadline));
        self.pacer.turn(ask).await == Turn::Now
    }

    /// How long may be waited before another try begins.
    fn patience(&self, deadline: Deadline) -> Duration {
        let left = deadline.time_left(self.clock.now());
        left.saturating_sub(FOR_A_TRY)
    }
}

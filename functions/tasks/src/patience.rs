//! Asking Teams, and asking again as long as that can help and the invocation lasts.

use std::future::Future;
use std::time::Duration;

use connector::ConnectorError;
use connector::retry::{Attempt, Decision, Effect, End, Policy, decide};
use startup::{Clock, Deadline};

use crate::failure::Failure;

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

/// Tries until there is an answer, a refusal for good, or no time.
///
/// # Errors
///
/// [`Failure::Refused`] for what will always be refused; [`Failure::Teams`] for what was tried often enough for now.
pub(crate) async fn ask<T, F, Fut>(
    clock: &dyn Clock,
    deadline: Deadline,
    effect: Effect,
    once: F,
) -> Result<Asked<T>, Failure>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, ConnectorError>>,
{
    let mut attempt = 1;
    loop {
        let error = match once().await {
            Ok(answer) => return Ok(Asked::Answer(answer)),
            Err(error) => error,
        };
        let now = clock.now();
        let decision = decide(&Attempt {
            outcome: error.outcome(),
            effect,
            policy: Policy::AtMostOnce,
            attempt,
            retry_after: error.retry_after(),
            time_left: deadline.time_left(now).saturating_sub(FOR_A_TRY),
            jitter: f64::from(now.subsec_nanosecond().unsigned_abs()) / 1e9,
        });
        match decision {
            Decision::Wait(wait) => clock.sleep(wait).await,
            Decision::HandBack { after } => return Ok(Asked::Later(after)),
            Decision::Stop(End::Exhausted) => return Err(Failure::Teams(error)),
            Decision::Stop(End::Ambiguous) => return Ok(Asked::Ambiguous),
            Decision::Stop(end) => return Err(Failure::Refused { end, source: error }),
        }
        attempt += 1;
    }
}

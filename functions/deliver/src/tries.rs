//! Trying an operation until it has a result, an end, or no time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use activity::ids::ConversationId;
use connector::ConnectorError;
use connector::retry::{self, Attempt, Decision, Effect, End, Meaning, Schedule};
use jiff::Timestamp;
use notifications::Policy;
use startup::logging::chain;
use work_items::Work;

use crate::pace::{Turn, Wish};
use crate::sending::{Again, Errand};

/// Waits between tries that surely did not arrive. They go on for three quarters of an hour: Teams has been away for
/// longer than minutes, and an alarm that comes late is better than none.
const CERTAIN: Schedule = Schedule {
    first_wait: Duration::from_millis(500),
    longest_wait: Duration::from_secs(900),
    longest_wait_here: Duration::from_secs(5),
    tries: 14,
    throttled_tries: 100,
    spread: Duration::from_millis(500),
};

/// Waits between tries of which each may have arrived: not many, as each may be one message more.
const DOUBTFUL: Schedule = Schedule {
    tries: 5,
    ..CERTAIN
};

/// Why an operation has no result.
pub(crate) enum Left {
    Ended(Stopped),
    Again(Again),
}

/// How an operation ended without a result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped {
    /// Why.
    pub(crate) end: End,
    /// When its last try began: what is known of the recipient since then is newer.
    pub(crate) since: Timestamp,
}

impl Errand<'_> {
    /// Tries an operation until it has a result, an end, or no time.
    pub(crate) async fn persist<T, Try: Future<Output = Result<T, ConnectorError>>>(
        &self,
        index: usize,
        conversation: Option<&ConversationId>,
        effect: Effect,
        operation: impl Fn() -> Try,
    ) -> Result<T, Left> {
        let deliver = self.deliver;
        loop {
            let announced = deliver.pacer.announce();
            // Closed never; the permit is given back before any wait between tries.
            let slot = deliver.slots.acquire().await;
            let wish = Wish {
                tenant: &self.chunk.tenant,
                conversation,
                lane: self.chunk.lane,
                patience: self.patience()?,
            };
            if let Turn::Later(after) = deliver.pacer.turn(wish).await {
                return Err(Left::Again(Again::After(after)));
            }
            drop(announced);
            // Slot and turn may have taken long: a send that begins too late dies unrecorded with the invocation.
            self.patience()?;
            if self.chunk.work == Work::Send && deliver.is_cancelled(self.letter).await {
                // Whoever is in doubt stays so: that is decided where the chunk begins.
                return Err(Left::Again(Again::After(Duration::ZERO)));
            }
            let since = deliver.clock.now();
            let left = self.shift.answers_until.time_left(since);
            let result = tokio::time::timeout(left, operation()).await;
            drop(slot);
            if result.is_ok() {
                let took = deliver.clock.now().duration_since(since);
                deliver
                    .pacer
                    .answered(Duration::try_from(took).unwrap_or_default());
            }
            let error = match result {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => error,
                // A token that was slow, then an answer that is: there is just time to record that.
                Err(_) => return Err(self.unanswered(index, effect, since)),
            };
            if error.outcome() == retry::Outcome::Rejected(Meaning::Throttled) {
                deliver.pacer.throttled(wish, error.retry_after()).await;
            }
            match self.decide(index, effect, &error)? {
                Decision::Stop(end) => return Err(Left::Ended(Stopped { end, since })),
                Decision::Wait(wait) => deliver.clock.sleep(wait).await,
                Decision::HandBack { after } => return Err(Left::Again(Again::After(after))),
            }
        }
    }

    /// The time in which a send may still begin; come back at once when there is none.
    fn patience(&self) -> Result<Duration, Left> {
        let left = self.shift.sends_until.time_left(self.deliver.clock.now());
        if left.is_zero() {
            return Err(Left::Again(Again::After(Duration::ZERO)));
        }
        Ok(left)
    }

    /// No answer came before the invocation has to end.
    fn unanswered(&self, index: usize, effect: Effect, since: Timestamp) -> Left {
        let mut progress = self.progress();
        progress.tried(index);
        let attempt = Attempt {
            outcome: retry::Outcome::Unanswered,
            effect,
            policy: self.policy(),
            attempt: progress.get(index).map_or(0, |one| u32::from(one.tries)),
            retry_after: None,
            time_left: Duration::ZERO,
            jitter: self.deliver.chance.fraction(),
        };
        let schedule = match attempt.may_have_arrived() {
            true => {
                progress.doubt(index);
                DOUBTFUL
            }
            false => CERTAIN,
        };
        match schedule.decide(&attempt) {
            Decision::Stop(end) => Left::Ended(Stopped { end, since }),
            Decision::Wait(after) | Decision::HandBack { after } => {
                Left::Again(Again::After(after))
            }
        }
    }

    fn policy(&self) -> retry::Policy {
        match self.letter.frozen.policy() {
            Policy::AtLeastOnce => retry::Policy::AtLeastOnce,
            Policy::AtMostOnce => retry::Policy::AtMostOnce,
        }
    }

    /// Notes a try that failed, and decides what follows.
    fn decide(
        &self,
        index: usize,
        effect: Effect,
        error: &ConnectorError,
    ) -> Result<Decision, Left> {
        let deliver = self.deliver;
        let outcome = error.outcome();
        let no_token = matches!(
            outcome,
            retry::Outcome::NoToken
                | retry::Outcome::Refused(End::Misconfigured)
                | retry::Outcome::Rejected(Meaning::Final(End::Misconfigured))
        );
        if no_token {
            return Err(Left::Again(Again::NoToken {
                reason: chain(error),
                after: error.retry_after(),
            }));
        }
        let throttled = outcome == retry::Outcome::Rejected(Meaning::Throttled);
        let mut progress = self.progress();
        if throttled {
            deliver.metrics.count("Throttled", 1);
            self.throttled.store(true, Ordering::Relaxed);
        } else {
            // Being throttled is nobody's fault; the claims in which it was bound it.
            progress.tried(index);
        }
        let tries = progress.get(index).map_or(0, |one| u32::from(one.tries));
        let attempt = Attempt {
            outcome,
            effect,
            policy: self.policy(),
            attempt: if throttled {
                self.throttled_before.saturating_add(1)
            } else {
                tries
            },
            retry_after: error.retry_after(),
            time_left: self.shift.sends_until.time_left(deliver.clock.now()),
            jitter: deliver.chance.fraction(),
        };
        let decision = if attempt.may_have_arrived() {
            progress.doubt(index);
            DOUBTFUL.decide(&attempt)
        } else {
            CERTAIN.decide(&attempt)
        };
        tracing::info!(
            notification.key = self.chunk.notification.as_str(),
            recipient.index = index,
            error = chain(error),
            ?decision,
            "a try failed"
        );
        Ok(decision)
    }
}

use std::time::Duration;

use crate::retry::{Attempt, Decision, Effect, End, Meaning, Outcome, Policy};

/// How long to wait, and how often to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The wait after the first try, doubled after each further one.
    pub first_wait: Duration,
    /// The wait stops growing here.
    pub longest_wait: Duration,
    /// A longer wait is no work for an invocation: the work is handed back.
    pub longest_wait_here: Duration,
    /// After so many tries it is over.
    pub tries: u32,
    /// The same for throttled tries, which are nobody's fault and come in
    /// numbers.
    pub throttled_tries: u32,
    /// Up to this much is added to what the server asks for, so that not all
    /// come back at once.
    pub spread: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            longest_wait_here: Duration::from_secs(5),
            tries: 8,
            throttled_tries: 100,
            spread: Duration::from_millis(500),
        }
    }
}

/// Whether another try is possible at all.
enum Next {
    Never(End),
    /// `throttled`: the server said no more than "too many".
    Again {
        throttled: bool,
    },
}

impl Schedule {
    /// Decides what to do after a try that failed.
    #[must_use]
    pub fn decide(&self, attempt: &Attempt) -> Decision {
        let throttled = match next(attempt) {
            Next::Never(end) => return Decision::Stop(end),
            Next::Again { throttled } => throttled,
        };
        let tries = if throttled {
            self.throttled_tries
        } else {
            self.tries
        };
        if attempt.attempt >= tries {
            return Decision::Stop(if attempt.may_have_arrived() {
                End::Ambiguous
            } else {
                End::Exhausted
            });
        }
        let wait = self.wait(attempt);
        if wait <= self.longest_wait_here && wait < attempt.time_left {
            Decision::Wait(wait)
        } else {
            Decision::HandBack { after: wait }
        }
    }

    fn wait(&self, attempt: &Attempt) -> Duration {
        let jitter = if attempt.jitter.is_nan() {
            0.5
        } else {
            attempt.jitter.clamp(0.0, 1.0)
        };
        if let Some(asked) = attempt.retry_after {
            return asked.saturating_add(self.spread.mul_f64(jitter));
        }
        let doublings = attempt.attempt.saturating_sub(1).min(20);
        let full = self.first_wait.saturating_mul(1 << doublings);
        // Half is certain, so that nobody hammers; half is chance, so that no two agree.
        full.min(self.longest_wait).mul_f64(0.5 + jitter / 2.0)
    }
}

fn next(attempt: &Attempt) -> Next {
    let again = Next::Again { throttled: false };
    match (attempt.outcome, attempt.effect, attempt.policy) {
        (Outcome::Refused(end) | Outcome::Rejected(Meaning::Final(end)), _, _) => Next::Never(end),
        // Nothing was written, or the Connector says that it did nothing.
        (Outcome::NotSent | Outcome::NoToken | Outcome::Rejected(Meaning::Busy), _, _) => again,
        (Outcome::Rejected(Meaning::Throttled), _, _) => Next::Again { throttled: true },
        // The documents ask for a repetition; for a post it is a risk.
        (Outcome::Unanswered | Outcome::Rejected(Meaning::Unavailable), effect, policy) => {
            match (effect, policy) {
                (Effect::Post, Policy::AtMostOnce) => Next::Never(End::Ambiguous),
                _ => again,
            }
        }
        // It was done, so no policy asks for it to be done again.
        (Outcome::Unreadable, Effect::Post, _) => Next::Never(End::Ambiguous),
        (Outcome::Unreadable, Effect::Idempotent, _) => again,
        // Not on the list of what may be tried again, though it may have arrived.
        (Outcome::Rejected(Meaning::TimedOut), Effect::Post, _) => Next::Never(End::Ambiguous),
        (Outcome::Rejected(Meaning::TimedOut), Effect::Idempotent, _) => {
            Next::Never(End::Unexpected)
        }
    }
}

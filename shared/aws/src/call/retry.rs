//! Whether a call is tried again, and when: the standard mode of the AWS SDKs.
//!
//! Three tries, with waits that double and are cut by chance; and a purse that each retry is paid from, so that an outage
//! is not answered with three times the requests. See "Retry behavior" in the AWS SDKs and tools reference guide.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::error::{CallError, Refusal};

/// Tries of one call, the first included.
const ATTEMPTS: u32 = 3;

/// The longest wait before the second try; it doubles after that. The SDK's own second is long against an answer that
/// takes milliseconds, and Lambda bills the waiting.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait of all, and the longest that a service's wish is followed.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What the purse holds, and what a retry costs.
const PURSE: u32 = 500;
const RETRY: u32 = 5;
const RETRY_AFTER_TIMEOUT: u32 = 10;

/// A try that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: CallError,
    pub(super) kind: Kind,
    /// How long the service asks to be left alone.
    pub(super) wish: Option<Duration>,
}

/// What another try may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same.
    Final,
    /// Something else, after a while: throttling, a fault of the service, a broken connection.
    Passing,
    /// The same as `Passing`, after a try that took long.
    TimedOut,
    /// Something else at once: the clock has been put right.
    ClockCorrected,
}

const PASSING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

impl Kind {
    /// What a service's answer means.
    pub(super) fn of(refusal: &Refusal) -> Self {
        let passing = matches!(refusal.status(), 500 | 502 | 503 | 504)
            || PASSING.binary_search(&refusal.code()).is_ok();
        if passing { Self::Passing } else { Self::Final }
    }

    const fn price(self) -> u32 {
        match self {
            Self::TimedOut => RETRY_AFTER_TIMEOUT,
            Self::Final | Self::Passing | Self::ClockCorrected => RETRY,
        }
    }
}

/// The purse of one service's client.
#[derive(Debug)]
pub(super) struct Purse(AtomicU32);

impl Default for Purse {
    fn default() -> Self {
        Self(AtomicU32::new(PURSE))
    }
}

impl Purse {
    /// The wait before the next try after this failure of the try with this number, counted from 1; `None` when it was the
    /// last. `chance` is from 0 to 1.
    pub(super) fn wait(&self, failure: &Failure, attempt: u32, chance: f64) -> Option<Duration> {
        if failure.kind == Kind::Final || attempt >= ATTEMPTS {
            return None;
        }
        let price = failure.kind.price();
        let pay = |held: u32| held.checked_sub(price);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, pay)
            .ok()?;
        if failure.kind == Kind::ClockCorrected {
            return Some(Duration::ZERO);
        }
        let wait = FIRST_WAIT * (1 << (attempt - 1).min(8));
        let wait = wait.min(LONGEST_WAIT).mul_f64(chance);
        Some(failure.wish.map_or(wait, |wish| wish.min(LONGEST_WAIT)))
    }

    /// A call succeeded with the try of this number: what its last retry cost comes back, or a little if there was none.
    pub(super) fn refill(&self, attempt: u32) {
        if attempt == 1 && self.0.load(Ordering::Relaxed) >= PURSE {
            return;
        }
        let back = if attempt > 1 { RETRY } else { 1 };
        let add = |held: u32| Some(held.saturating_add(back).min(PURSE));
        let (Ok(_) | Err(_)) = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn failure(kind: Kind, wish: Option<Duration>) -> Failure {
        Failure {
            error: CallError::unanswered("nobody listens"),
            kind,
            wish,
        }
    }

    fn kind(status: u16, code: &str) -> Kind {
        Kind::of(&Refusal::read(status, [None, Some(code)], Bytes::new()))
    }

    #[test]
    fn throttling_and_faults_of_the_service_pass() {
        assert!(PASSING.is_sorted());
        assert_eq!(kind(500, "InternalServerError"), Kind::Passing);
        assert_eq!(kind(400, "ThrottlingException"), Kind::Passing);
        assert_eq!(
            kind(400, "ProvisionedThroughputExceededException"),
            Kind::Passing
        );
        assert_eq!(kind(400, "ConditionalCheckFailedException"), Kind::Final);
        assert_eq!(kind(400, "ValidationException"), Kind::Final);
        assert_eq!(kind(501, "Unknown"), Kind::Final);
    }

    #[test]
    fn three_tries_with_waits_that_double() {
        let purse = Purse::default();
        let failure = failure(Kind::Passing, None);
        let wait = |attempt| purse.wait(&failure, attempt, 0.5);
        assert_eq!(wait(1), Some(Duration::from_millis(50)));
        assert_eq!(wait(2), Some(Duration::from_millis(100)));
        assert_eq!(wait(3), None);
    }

    #[test]
    fn the_services_wish_is_followed_within_reason() {
        let purse = Purse::default();
        let wish = |wish| purse.wait(&failure(Kind::Passing, Some(wish)), 1, 0.5);
        let second = Duration::from_secs(1);
        assert_eq!(wish(second), Some(second));
        assert_eq!(wish(Duration::from_secs(3_600)), Some(LONGEST_WAIT));
    }

    #[test]
    fn an_outage_empties_the_purse_and_success_fills_it() {
        let purse = Purse::default();
        let timeout = failure(Kind::TimedOut, None);
        for _ in 0..50 {
            assert!(purse.wait(&timeout, 1, 0.0).is_some());
        }
        assert_eq!(purse.wait(&timeout, 1, 0.0), None);
        purse.refill(2);
        purse.refill(1);
        let passing = failure(Kind::Passing, None);
        assert!(purse.wait(&passing, 1, 0.0).is_some());
        assert_eq!(purse.wait(&passing, 1, 0.0), None);
    }

    #[test]
    fn what_is_final_is_not_tried_again() {
        let purse = Purse::default();
        assert_eq!(purse.wait(&failure(Kind::Final, None), 1, 0.5), None);
        let corrected = failure(Kind::ClockCorrected, None);
        assert_eq!(purse.wait(&corrected, 1, 0.5), Some(Duration::ZERO));
    }
}

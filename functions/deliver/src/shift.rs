//! How an invocation divides its time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use startup::Deadline;

/// Set aside at the end for recording and for queueing what is left.
const RESERVE: Duration = Duration::from_secs(5);
/// The longest that one try takes: the time-out of the HTTP client.
const TRY: Duration = Duration::from_secs(15);
/// How long a lease outlives the invocation: longer than any two clocks differ.
const LEASE_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// An invocation's time.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    /// No send begins later than this, so that its answer is still heard.
    pub sends_until: Deadline,
    /// No answer is waited for longer than this, so that what came of it is recorded.
    pub answers_until: Deadline,
    /// Until when a chunk that is claimed now is this invocation's.
    pub lease_until: Timestamp,
}

impl Shift {
    /// Divides the time from `now` to the deadline. A short invocation sets less aside.
    #[must_use]
    pub fn new(deadline: Deadline, now: Timestamp) -> Self {
        let left = deadline.time_left(now);
        let reserve = RESERVE.min(left / 6);
        Self {
            sends_until: deadline.less(reserve + TRY.min(left / 3)),
            answers_until: deadline.less(reserve),
            lease_until: deadline
                .at()
                .saturating_add(LEASE_AFTER)
                .unwrap_or(Timestamp::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_that_begins_last_is_still_answered_and_recorded() {
        let now = Timestamp::UNIX_EPOCH;
        let left = |seconds| {
            let deadline = Deadline::after(Duration::from_secs(seconds), now);
            Shift::new(deadline, now).sends_until.time_left(now)
        };
        assert_eq!(left(60), Duration::from_secs(40));
        assert_eq!(left(6), Duration::from_secs(3));
    }

    #[test]
    fn recording_has_its_time_however_long_an_answer_takes() {
        let now = Timestamp::UNIX_EPOCH;
        let shift = Shift::new(Deadline::after(Duration::from_secs(60), now), now);
        assert_eq!(shift.answers_until.time_left(now), Duration::from_secs(55));
    }

    #[test]
    fn a_lease_outlives_the_invocation() {
        let now = Timestamp::UNIX_EPOCH;
        let shift = Shift::new(Deadline::after(Duration::from_secs(60), now), now);
        assert_eq!(shift.lease_until.as_second(), 65);
    }
}

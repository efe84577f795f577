//! How long an invocation may still take.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What an invocation is given when nobody says how long it may take.
const ASSUMED: Duration = Duration::from_secs(30);

/// The time by which an invocation must have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Timestamp);

impl Deadline {
    /// The deadline of a Lambda context, in milliseconds since 1970.
    ///
    /// A deadline that has passed before the invocation began is not a deadline: `cargo lambda watch` sends a constant
    /// of 1970. The invocation then gets 30 seconds.
    #[must_use]
    pub fn from_context(millis: u64, now: Timestamp) -> Self {
        i64::try_from(millis)
            .ok()
            .and_then(|millis| Timestamp::from_millisecond(millis).ok())
            .filter(|deadline| *deadline > now)
            .map_or_else(|| Self::after(ASSUMED, now), Self)
    }

    /// A deadline `left` from now.
    #[must_use]
    pub fn after(left: Duration, now: Timestamp) -> Self {
        let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::MAX);
        Self(now.checked_add(left).unwrap_or(Timestamp::MAX))
    }

    /// The same deadline, `reserve` earlier: what must still happen at the end has its time set aside.
    #[must_use]
    pub fn less(self, reserve: Duration) -> Self {
        let reserve = SignedDuration::try_from(reserve).unwrap_or(SignedDuration::MAX);
        Self(self.0.checked_sub(reserve).unwrap_or(Timestamp::MIN))
    }

    /// The time left; zero when there is none.
    #[must_use]
    pub fn time_left(self, now: Timestamp) -> Duration {
        Duration::try_from(self.0.duration_since(now)).unwrap_or_default()
    }

    /// The time itself.
    #[must_use]
    pub fn at(self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_deadline_of_1970_means_nobody_knows() {
        let deadline = Deadline::from_context(600_000, now());
        assert_eq!(deadline.time_left(now()), ASSUMED);
    }

    #[test]
    fn a_real_deadline_is_kept_and_its_reserve_taken_off() {
        let millis = u64::try_from(now().as_millisecond()).unwrap() + 12_000;
        let deadline = Deadline::from_context(millis, now());
        assert_eq!(deadline.time_left(now()), Duration::from_secs(12));
        let kept = deadline.less(Duration::from_secs(2));
        assert_eq!(kept.time_left(now()), Duration::from_secs(10));
    }

    #[test]
    fn a_deadline_that_has_passed_leaves_no_time() {
        let deadline = Deadline::after(Duration::from_secs(1), now());
        let late = now() + SignedDuration::from_secs(2);
        assert_eq!(deadline.time_left(late), Duration::ZERO);
    }
}

//! How long a source is left alone after it failed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sources::Period;

/// The longest that a source is left alone, whatever it asks for.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A tick that comes this much too early is not too early.
const EARLY: SignedDuration = SignedDuration::from_secs(20);

/// A source that fails, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Since when.
    pub since: Timestamp,
    /// How often.
    pub times: u32,
    /// Why, the last time.
    pub reason: String,
    /// When it is asked again.
    pub next: Timestamp,
    /// Whether the watch's recipients were told.
    #[serde(default)]
    pub is_told: bool,
}

impl Failing {
    /// It failed (again), and asks to be left alone for `wish`.
    ///
    /// The wait begins with the period and doubles up to a day. It ends when `patience` does, so that people are told in time.
    #[must_use]
    pub fn again(
        before: Option<&Self>,
        reason: String,
        wish: Option<Duration>,
        now: Timestamp,
        period: Period,
        patience: SignedDuration,
    ) -> Self {
        let times = before.map_or(1, |before| before.times.saturating_add(1));
        let since = before.map_or(now, |before| before.since);
        let is_told = before.is_some_and(|before| before.is_told);
        let period = SignedDuration::try_from(period.length()).unwrap_or(LONGEST);
        let doubled = 2_i32.saturating_pow(times.saturating_sub(1).min(20));
        let wait = period.checked_mul(doubled).unwrap_or(LONGEST).min(LONGEST);
        let wish = wish.and_then(|wish| SignedDuration::try_from(wish).ok());
        let mut next = now + wait.max(wish.unwrap_or_default().min(LONGEST));
        let told_by = since + patience;
        if !is_told && wish.is_none() && told_by > now {
            next = next.min(told_by);
        }
        Self {
            since,
            times,
            reason,
            next,
            is_told,
        }
    }

    /// Whether it is left alone at this time.
    #[must_use]
    pub fn is_left_alone(&self, now: Timestamp) -> bool {
        now + EARLY < self.next
    }

    /// Whether somebody should be told now.
    #[must_use]
    pub fn is_to_be_told(&self, now: Timestamp, patience: SignedDuration) -> bool {
        !self.is_told && now + EARLY >= self.since + patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn start() -> Timestamp {
        "2026-01-05T09:00:00Z".parse().unwrap()
    }

    fn fail(before: Option<&Failing>, wish: Option<u64>, now: Timestamp) -> Failing {
        let wish = wish.map(Duration::from_secs);
        Failing::again(before, "why".into(), wish, now, "5m".parse().unwrap(), DAY)
    }

    #[test]
    fn the_waits_double_up_to_a_day_and_people_are_told_after_a_day() {
        let mut now = start();
        let mut failing = fail(None, None, now);
        let mut waits = Vec::new();
        let mut told_at = None;
        for _ in 0..12 {
            waits.push(failing.next.duration_since(now).as_mins());
            assert!(failing.is_left_alone(now));
            now = failing.next;
            assert!(!failing.is_left_alone(now));
            failing = fail(Some(&failing), None, now);
            if failing.is_to_be_told(now, DAY) {
                told_at.get_or_insert(now);
                failing.is_told = true;
            }
        }
        assert_eq!(
            waits,
            [5, 10, 20, 40, 80, 160, 320, 640, 165, 1440, 1440, 1440]
        );
        assert_eq!(told_at, Some(start() + DAY));
        assert_eq!(failing.since, start());
    }

    #[test]
    fn what_the_source_asks_for_is_followed_for_a_day_at_most() {
        let now = start();
        let wait = |wish| fail(None, Some(wish), now).next.duration_since(now);
        assert_eq!(
            wait(1),
            SignedDuration::from_mins(5),
            "not sooner than usual"
        );
        assert_eq!(wait(7_200), SignedDuration::from_hours(2));
        assert_eq!(wait(1_000_000), DAY);
    }
}

//! How fast it goes after Teams said that it was too fast.

use std::time::Duration;

use jiff::Timestamp;

use crate::{between, later};

/// A part of the full rate, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// All of it.
    pub const FULL: Self = Self(1_000_000);

    /// So many millionths, all of it at most.
    #[must_use]
    pub fn millionths(part: u32) -> Self {
        Self(part.min(Self::FULL.0))
    }

    /// How many millionths.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    /// This part of so many requests: one at least, or there would be no finding out that more go again.
    #[must_use]
    pub fn of(self, requests: u32) -> u32 {
        let part = u64::from(requests) * u64::from(self.0) / u64::from(Self::FULL.0);
        u32::try_from(part).unwrap_or(requests).max(requests.min(1))
    }
}

/// However often Teams throttles, it goes on at this part of the rate.
pub const FLOOR: Share = Share(50_000);
/// How much of the full rate is won back in a second.
pub const CLIMB_A_SECOND: Share = Share(20_000);
/// The shortest pause: a second after the last worker has heard of it, which takes [`CONFIRM`](crate::CONFIRM).
pub const SHORTEST_PAUSE: Duration = Duration::from_millis(1_500);
/// The pause when Teams does not say how long.
const PAUSE: Duration = SHORTEST_PAUSE;
/// A longer pause is not believed; the next 429 can ask for it again.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The speed of all lines: a pause, then a part of the rate that climbs by itself as time goes by.
///
/// Nobody has to write anything for it to climb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The part of the rate when the pause is over.
    pub share: Share,
    /// The end of the pause. Nothing goes before it.
    pub resume: Timestamp,
}

impl Pace {
    /// No pause, and the full rate.
    pub const FULL: Self = Self {
        share: Share::FULL,
        resume: Timestamp::MIN,
    };

    /// The part of the rate at a time.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Share {
        let climbing = between(self.resume, now).as_micros();
        let won = climbing.saturating_mul(u128::from(CLIMB_A_SECOND.0)) / 1_000_000;
        let won = u32::try_from(won).unwrap_or(u32::MAX);
        Share::millionths(self.share.0.saturating_add(won))
    }

    /// From when on this pace is the full rate again.
    #[must_use]
    pub fn recovered(&self) -> Timestamp {
        if self.share == Share::FULL && self.resume == Timestamp::MIN {
            return Timestamp::MIN;
        }
        let missing = u64::from(Share::FULL.0 - self.share.0);
        let micros = (missing * 1_000_000).div_ceil(u64::from(CLIMB_A_SECOND.0));
        later(self.resume, Duration::from_micros(micros))
    }

    /// The pace after Teams throttled the tenant, asking to wait this long if it said; `None` if that changes nothing.
    ///
    /// The rate is halved once a storm: whatever is throttled before the pause is over belongs to the same one, and can
    /// make the pause longer only.
    #[must_use]
    pub fn lowered(&self, now: Timestamp, retry_after: Option<Duration>) -> Option<Self> {
        let wait = retry_after
            .unwrap_or(PAUSE)
            .clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        let resume = later(now, wait);
        if now < self.resume {
            return (resume > self.resume).then_some(Self {
                share: self.share,
                resume,
            });
        }
        let half = Share(self.at(now).0 / 2).max(FLOOR);
        Some(Self {
            share: half,
            resume,
        })
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::FULL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn it_obeys_retry_after_halves_and_climbs_back_by_itself() {
        let pace = Pace::FULL.lowered(at(0), seconds(3)).unwrap();
        assert_eq!(pace.resume, at(3_000));
        assert_eq!(pace.at(at(3_000)).of(40), 20);
        assert_eq!(pace.at(at(13_000)).of(40), 28);
        assert_eq!(pace.at(at(28_000)), Share::FULL);
        assert_eq!(pace.recovered(), at(28_000));
        assert_eq!(Pace::FULL.recovered(), Timestamp::MIN);
    }

    #[test]
    fn one_storm_halves_once_and_can_only_lengthen_the_pause() {
        let pace = Pace::FULL.lowered(at(0), seconds(2)).unwrap();
        assert_eq!(pace.lowered(at(100), seconds(1)), None);
        let longer = pace.lowered(at(1_500), seconds(2)).unwrap();
        assert_eq!((longer.share, longer.resume), (pace.share, at(3_500)));
        let next = longer.lowered(at(3_500), None).unwrap();
        assert_eq!(next.share.get(), 250_000);
    }

    #[test]
    fn it_never_stops_for_good() {
        let mut pace = Pace::FULL;
        let mut now = at(0);
        for _ in 0..20 {
            pace = pace.lowered(now, Some(Duration::MAX)).unwrap();
            assert!(pace.resume <= later(now, LONGEST_PAUSE));
            now = pace.resume;
        }
        assert_eq!(pace.share, FLOOR);
        assert_eq!(FLOOR.of(5), 1);
        assert_eq!(Share::FULL.of(0), 0);
    }
}

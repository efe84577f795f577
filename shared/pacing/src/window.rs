//! The windows of one conversation.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

/// At most so many requests within any stretch of this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub requests: u32,
    /// Within how many seconds.
    pub seconds: u32,
}

const fn limit(requests: u32, seconds: u32) -> Limit {
    Limit { requests, seconds }
}

/// What one conversation takes: messages, and creations that lead to it.
///
/// See "Rate limiting for agents", Microsoft Learn.
pub const SENDS: &[Limit] = &[limit(7, 1), limit(8, 2), limit(60, 30), limit(1_800, 3_600)];

/// What one conversation takes: reads of its members, and of a team's channels.
pub const READS: &[Limit] = &[
    limit(14, 1),
    limit(16, 2),
    limit(120, 30),
    limit(3_600, 3_600),
];

/// How far the clock of any worker may be off, and how late any request may reach Teams: each window is kept as if it
/// were twice this longer.
pub const SKEW: Duration = Duration::from_secs(1);

/// Windows longer than this are counted by the minute.
const EXACT: u32 = 60;
const MINUTE: i64 = 60_000;
/// The longest window, with its margin, and the minute that is cut.
const KEPT: i64 = 3_600_000 + 2 * MINUTE;
/// The most requests that a window has which is counted one by one.
const MOST: usize = 120;
const VERSION: u8 = 1;

/// The requests that one conversation had, as far as its limits ask for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Milliseconds, ascending.
    recent: VecDeque<i64>,
    /// Minutes since 1970, ascending, and the requests in each.
    minutes: VecDeque<(i64, u32)>,
    /// Teams asked to wait until then, in milliseconds.
    paused: i64,
}

impl Window {
    /// When the next request may go, not before `now`.
    #[must_use]
    pub fn earliest(&self, limits: &[Limit], now: Timestamp) -> Timestamp {
        let mut at = now.as_millisecond().max(self.paused);
        for limit in limits {
            let within = i64::from(limit.seconds) * 1_000 + 2 * skew();
            at = at.max(match limit.seconds <= EXACT {
                true => self.room(limit.requests as usize, within),
                false => self.room_by_minutes(limit.requests, within, at),
            });
        }
        match at == now.as_millisecond() {
            true => now,
            false => Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX),
        }
    }

    /// From when on fewer than this many are within.
    fn room(&self, requests: usize, within: i64) -> i64 {
        let too_many = self.recent.len().checked_sub(requests);
        too_many.map_or(i64::MIN, |index| self.recent[index] + within)
    }

    /// The same by the minute: one that is cut counts whole.
    fn room_by_minutes(&self, requests: u32, within: i64, at: i64) -> i64 {
        let mut room = at;
        let end = |minute: i64| (minute + 1) * MINUTE;
        let inside = |minute: i64| end(minute) + within > at;
        let inside = self.minutes.iter().filter(|(minute, _)| inside(*minute));
        let mut sum: u32 = inside.clone().map(|(_, count)| count).sum();
        for (minute, count) in inside {
            if sum < requests {
                break;
            }
            sum -= count;
            room = room.max(end(*minute) + within);
        }
        room
    }

    /// Counts a request that goes now.
    pub fn record(&mut self, now: Timestamp) {
        let at = now.as_millisecond();
        let place = self.recent.partition_point(|earlier| *earlier <= at);
        self.recent.insert(place, at);
        while self.recent.len() > MOST {
            self.recent.pop_front();
        }
        let minute = at.div_euclid(MINUTE);
        let place = self
            .minutes
            .partition_point(|(earlier, _)| *earlier < minute);
        match self.minutes.get_mut(place) {
            Some((same, count)) if *same == minute => *count += 1,
            _ => self.minutes.insert(place, (minute, 1)),
        }
        while self
            .minutes
            .front()
            .is_some_and(|(first, _)| (first + 1) * MINUTE + KEPT < at)
        {
            self.minutes.pop_front();
        }
    }

    /// Teams asked to leave the conversation alone until then.
    pub fn pause(&mut self, until: Timestamp) {
        self.paused = self.paused.max(until.as_millisecond());
    }

    /// The requests of the last half minute.
    #[must_use]
    pub fn lately(&self, now: Timestamp) -> usize {
        let since = now.as_millisecond() - 30_000;
        self.recent.len() - self.recent.partition_point(|at| *at < since)
    }

    /// The window as bytes, a few hundred at most.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, self.paused);
        put_list(&mut bytes, self.recent.iter().copied());
        put_list(&mut bytes, self.minutes.iter().map(|(minute, _)| *minute));
        for (_, count) in &self.minutes {
            put(&mut bytes, i64::from(*count));
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let paused = take(&mut rest)?;
        let recent = take_list(&mut rest)?.into();
        let minutes = take_list(&mut rest)?;
        let minutes: Option<VecDeque<_>> = minutes
            .into_iter()
            .map(|minute| Some((minute, u32::try_from(take(&mut rest)?).ok()?)))
            .collect();
        rest.is_empty().then_some(Self {
            recent,
            minutes: minutes?,
            paused,
        })
    }
}

fn skew() -> i64 {
    i64::try_from(SKEW.as_millis()).unwrap_or(i64::MAX)
}

/// Seven bits a byte, the lowest first; the sign is the lowest of all.
fn put(bytes: &mut Vec<u8>, number: i64) {
    let mut left = ((number << 1) ^ (number >> 63)).cast_unsigned();
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or(0x7f);
        left >>= 7;
        if left == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn take(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            let sign = -(number & 1).cast_signed();
            return Some((number >> 1).cast_signed() ^ sign);
        }
    }
    None
}

/// A length, then each number as its distance from the one before.
fn put_list(bytes: &mut Vec<u8>, numbers: impl ExactSizeIterator<Item = i64>) {
    put(bytes, i64::try_from(numbers.len()).unwrap_or(i64::MAX));
    let mut last = 0;
    for number in numbers {
        put(bytes, number.wrapping_sub(last));
        last = number;
    }
}

fn take_list(bytes: &mut &[u8]) -> Option<Vec<i64>> {
    let length = usize::try_from(take(bytes)?)
        .ok()
        .filter(|length| *length <= 4096)?;
    let mut last = 0_i64;
    let number = |_| {
        last = last.wrapping_add(take(bytes)?);
        Some(last)
    };
    (0..length).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    /// Sends as soon as it may, this often; the milliseconds at which it could.
    fn eager(limits: &[Limit], requests: usize) -> Vec<i64> {
        let mut window = Window::default();
        let mut now = at(0);
        let mut sent = Vec::new();
        for _ in 0..requests {
            now = window.earliest(limits, now);
            window.record(now);
            sent.push(now.as_millisecond() - at(0).as_millisecond());
        }
        sent
    }

    #[test]
    fn seven_go_at_once_and_the_rest_by_the_windows() {
        let sent = eager(SENDS, 70);
        assert_eq!(sent[..7], [0; 7]);
        assert_eq!(sent[7], 3_000, "one second, and the margin");
        assert_eq!(sent[8], 4_000);
        assert!(sent[60] >= 32_000);
    }

    #[test]
    fn an_hour_has_no_more_than_it_may() {
        let sent = eager(SENDS, 2_500);
        let within = |from: i64| {
            sent.iter()
                .filter(move |at| (from..from + 3_600_000).contains(*at))
        };
        for from in sent.iter().step_by(7) {
            assert!(within(*from).count() <= 1_800);
        }
        assert!(sent[1_799] < 3_600_000, "and hardly less: {}", sent[1_799]);
    }

    #[test]
    fn a_pause_is_kept() {
        let mut window = Window::default();
        window.pause(at(5_000));
        window.pause(at(1_000));
        assert_eq!(window.earliest(SENDS, at(0)), at(5_000));
        assert_eq!(window.earliest(SENDS, at(6_000)), at(6_000));
    }

    #[test]
    fn it_is_small_and_comes_back_as_it_was() {
        let mut window = Window::default();
        let mut now = at(0);
        for _ in 0..4_000 {
            now = window.earliest(READS, now);
            window.record(now);
        }
        window.pause(now);
        let bytes = window.to_bytes();
        assert!(bytes.len() < 700, "{}", bytes.len());
        assert_eq!(Window::from_bytes(&bytes), Some(window.clone()));
        assert!((100..=120).contains(&window.lately(now)));
        for cut in 0..bytes.len() {
            assert_eq!(Window::from_bytes(&bytes[..cut]), None);
        }
        assert_eq!(Window::from_bytes(&[2]), None);
    }
}

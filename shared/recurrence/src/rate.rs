//! Every so often, from a start on.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// What a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rate {
    /// Minutes and hours are exact: this many seconds.
    Exact(i64),
    /// Days and weeks keep the time of day: this many days.
    Days(i64),
}

const EXPECTED: &str = "a number and a unit from minutes to weeks, as in 2 hours or rate(1 day)";
/// Four years: nobody waits longer for the next of anything.
const MOST_DAYS: i64 = 4 * 366;

impl Rate {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || EXPECTED.to_owned();
        let text = text.trim();
        let inner = text
            .strip_prefix("rate(")
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(text);
        let (number, unit) = inner.trim().split_once(' ').ok_or_else(wrong)?;
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let unit = unit.trim().to_ascii_lowercase();
        let (days, seconds) = match unit.strip_suffix('s').unwrap_or(&unit) {
            "minute" => (0, 60),
            "hour" => (0, 3600),
            "day" => (1, 0),
            "week" => (7, 0),
            _ => return Err(wrong()),
        };
        let total = number.checked_mul(days * 86_400 + seconds);
        if !total.is_some_and(|total| (60..=MOST_DAYS * 86_400).contains(&total)) {
            return Err(format!("{EXPECTED}, from one minute to four years"));
        }
        Ok(match days {
            0 => Self::Exact(number * seconds),
            days => Self::Days(number * days),
        })
    }

    /// The first instant after this one, of those that are exactly so far apart.
    pub(crate) fn exact(every: i64, start: Timestamp, after: Timestamp) -> Option<Timestamp> {
        if after < start {
            return Some(start);
        }
        let passed = after.duration_since(start).as_secs() / every;
        start
            .checked_add(SignedDuration::from_secs((passed + 1) * every))
            .ok()
    }

    /// The first time of day after this one, of those that are so many days apart.
    pub(crate) fn daily(every: i64, start: DateTime, after: DateTime) -> Option<DateTime> {
        if after < start {
            return Some(start);
        }
        let passed = start.date().until(after.date()).ok()?.get_days();
        let mut next = i64::from(passed) / every * every;
        loop {
            let time = start.checked_add(next.days()).ok()?;
            if time > after {
                return Some(time);
            }
            next += every;
        }
    }
}

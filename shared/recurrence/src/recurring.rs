//! Recurrence rules of RFC 5545.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rrule::{Frequency, RRule, RRuleSet};

use crate::local;

const EXPECTED: &str = "a recurrence rule of RFC 5545, as in FREQ=WEEKLY;BYDAY=MO,TH";
/// As the rule's library writes and reads times.
const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// The most times that may be counted: to know the last of them, all before it are walked.
const MOST_TIMES: u32 = 10_000;
/// Nothing that is counted begins before this: it is walked from there, too.
const EARLIEST: Date = Date::constant(1970, 1, 1);

/// A recurrence rule, for a clock without a zone: UTC, which never changes, stands for it.
#[derive(Clone, Debug)]
pub(crate) struct Recurring {
    start: DateTime,
    set: RRuleSet,
}

impl Recurring {
    /// Reads a rule that begins at a time of the zone's clock.
    pub(crate) fn parse(text: &str, zone: &TimeZone, start: DateTime) -> Result<Self, String> {
        let text = text.trim().to_ascii_uppercase();
        let rule = text.strip_prefix("RRULE:").unwrap_or(&text);
        if rule.contains(['\n', '\r', ':']) {
            return Err(format!("{EXPECTED}, alone and on one line"));
        }
        let mut parts = Vec::new();
        for part in rule.split(';') {
            match part.split_once('=') {
                Some(("FREQ", "SECONDLY" | "MINUTELY") | ("BYSECOND", _)) => {
                    return Err(format!("{EXPECTED}, not more often than by the hour"));
                }
                Some(("BYMINUTE", minutes)) if minutes.contains(',') => {
                    return Err(format!("{EXPECTED}, not more often than by the hour"));
                }
                // It is read with the rule, so it has to be on the same clock.
                Some(("UNTIL", until)) => parts.push(format!("UNTIL={}", on_clock(zone, until)?)),
                _ => parts.push(part.to_owned()),
            }
        }
        if start.date() < EARLIEST {
            return Err(format!("{EXPECTED}, with a start from {EARLIEST} on"));
        }
        let whole = format!(
            "DTSTART:{}\nRRULE:{}",
            start.strftime(BASIC),
            parts.join(";")
        );
        let set = whole.parse::<RRuleSet>();
        let set = set.map_err(|error| format!("{EXPECTED} ({})", one_line(&error.to_string())))?;
        let counted = set.get_rrule().iter().filter_map(RRule::get_count);
        if counted.max() > Some(MOST_TIMES) {
            return Err(format!("{EXPECTED}, at most {MOST_TIMES} times"));
        }
        Ok(Self { start, set })
    }

    /// The first time after this one, if there is one that is worth to be waited for: a rule of which no day or hour fits
    /// is given up after some ten years of hours, or more of longer steps.
    pub(crate) fn after(&self, time: DateTime) -> Option<DateTime> {
        let after = seconds(time)?;
        let set = self.shortly_before(time)?.limit();
        let next = set.into_iter().find(|next| next.timestamp() > after)?;
        let next = Timestamp::from_second(next.timestamp()).ok()?;
        Some(local::time(&TimeZone::UTC, next))
    }

    /// The same rule, begun a step or two before a time: what came until then is not walked again and again.
    fn shortly_before(&self, time: DateTime) -> Option<RRuleSet> {
        let [rule] = &self.set.get_rrule()[..] else {
            return Some(self.set.clone());
        };
        let interval = i64::from(rule.get_interval());
        if time <= self.start || interval == 0 || rule.get_count().is_some() {
            return Some(self.set.clone());
        }
        // Steps back are whole ones, so that every other week stays the same every other week. The rule has noted the
        // day, the month and the time that its start gave it.
        let steps = |passed: i64| (passed / interval - 1).max(0) * interval;
        let passed = seconds(time)? - seconds(self.start)?;
        let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
        let start = self.start.date();
        let begun = match rule.get_freq() {
            Frequency::Yearly => match steps(i64::from(time.year()) - i64::from(start.year())) {
                0 => self.start,
                years => (start.first_of_year().checked_add(years.years()).ok()?)
                    .to_datetime(self.start.time()),
            },
            Frequency::Monthly => match steps(months(time.date()) - months(start)) {
                0 => self.start,
                months => (start.first_of_month().checked_add(months.months()).ok()?)
                    .to_datetime(self.start.time()),
            },
            Frequency::Weekly => self
                .start
                .checked_add(steps(passed / 604_800).weeks())
                .ok()?,
            Frequency::Daily => self.start.checked_add(steps(passed / 86_400).days()).ok()?,
            _ => self.start.checked_add(steps(passed / 3_600).hours()).ok()?,
        };
        let later = u64::try_from(seconds(begun)? - seconds(self.start)?).ok()?;
        let begun = *self.set.get_dt_start() + Duration::from_secs(later);
        Some(RRuleSet::new(begun).rrule(rule.clone()))
    }
}

/// The seconds of a clock without a zone.
fn seconds(time: DateTime) -> Option<i64> {
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// An `UNTIL` as a time of the zone's clock: with `Z` it is an instant, and a date alone is the whole day.
fn on_clock(zone: &TimeZone, until: &str) -> Result<String, String> {
    let wrong = || format!("{EXPECTED}; UNTIL as in 20271231 or 20271231T235959Z");
    let time = if let Some(instant) = until.strip_suffix('Z') {
        let instant: DateTime = instant.parse().map_err(|_| wrong())?;
        let instant = local::instant(&TimeZone::UTC, instant).ok_or_else(wrong)?;
        local::time(zone, instant)
    } else if until.contains('T') {
        until.parse().map_err(|_| wrong())?
    } else {
        let date: Date = until.parse().map_err(|_| wrong())?;
        date.to_datetime(Time::constant(23, 59, 59, 0))
    };
    Ok(time.strftime(BASIC).to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

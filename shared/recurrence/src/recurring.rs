//! Recurrence rules of RFC 5545.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use rrule::RRuleSet;

use crate::local;

const EXPECTED: &str = "a recurrence rule of RFC 5545, as in FREQ=WEEKLY;BYDAY=MO,TH";
/// As the rule's library writes and reads times.
const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// A recurrence rule, for a clock without a zone: UTC, which never changes, stands for it.
#[derive(Clone, Debug)]
pub(crate) struct Recurring(RRuleSet);

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
                Some(("FREQ", "SECONDLY" | "MINUTELY")) | Some(("BYSECOND", _)) => {
                    return Err(format!("{EXPECTED}, not more often than by the hour"));
                }
                // It is read with the rule, so it has to be on the same clock.
                Some(("UNTIL", until)) => parts.push(format!("UNTIL={}", on_clock(zone, until)?)),
                _ => parts.push(part.to_owned()),
            }
        }
        let whole = format!(
            "DTSTART:{}\nRRULE:{}",
            start.strftime(BASIC),
            parts.join(";")
        );
        let set = whole.parse::<RRuleSet>();
        set.map(Self)
            .map_err(|error| format!("{EXPECTED} ({})", one_line(&error.to_string())))
    }

    /// The first time after this one.
    pub(crate) fn after(&self, time: DateTime) -> Option<DateTime> {
        let after = time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        let next = self.0.into_iter().find(|next| next.timestamp() > after)?;
        let next = Timestamp::from_second(next.timestamp()).ok()?;
        Some(local::time(&TimeZone::UTC, next))
    }
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
        let date: jiff::civil::Date = until.parse().map_err(|_| wrong())?;
        date.to_datetime(Time::constant(23, 59, 59, 0))
    };
    Ok(time.strftime(BASIC).to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

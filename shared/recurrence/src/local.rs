//! Between a zone's clock and instants.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The instant at which the zone's clock shows this time, the first of two.
///
/// A time that the clock leaves out is the first instant after the gap. `None`
/// outside the calendar.
pub(crate) fn instant(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.earlier().ok()
        }
        AmbiguousOffset::Gap { .. } => {
            // As if the clock had not moved on yet: an instant at or after the change.
            let late = ambiguous.later().ok()?;
            let change = zone.preceding(late.checked_add(jiff::Span::new().nanoseconds(1)).ok()?);
            change.map(|change| change.timestamp()).next()
        }
    }
}

/// What the zone's clock shows.
pub(crate) fn time(zone: &TimeZone, instant: Timestamp) -> DateTime {
    zone.to_datetime(instant)
}

/// Reads a time: an instant if it has an offset, else a time of the zone.
pub(crate) fn read(zone: &TimeZone, text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let expected = || {
        "a date and a time, as in 2027-03-01T09:00 (of the zone) or 2027-03-01T09:00:00Z".to_owned()
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A date alone would be midnight, which nobody means.
    if !text.contains([':']) {
        return Err(expected());
    }
    let time: DateTime = text.parse().map_err(|_| expected())?;
    instant(zone, time).ok_or_else(expected)
}

use std::time::Duration;

use http::header::{AsHeaderName, DATE, HeaderMap, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Relaxed, because an HTTP date may be padded or carry a weekday that is wrong.
const HTTP_DATE: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// How long the server asks to be left alone (`Retry-After`, RFC 9110 §10.2.3).
///
/// Seconds and HTTP dates are read. A date is taken relative to the answer's
/// own `Date`, so that a clock that is off does not shorten the wait; `now` is
/// used only when the answer has none. `None` when the header is missing or is
/// neither.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let from = text(headers, DATE).and_then(http_date).unwrap_or(now);
    Some(Duration::try_from(until.duration_since(from)).unwrap_or_default())
}

/// Reads a date of HTTP (RFC 9110 §5.6.7): `Mon, 05 Jan 2026 09:00:30 GMT`.
#[must_use]
pub fn http_date(value: &str) -> Option<Timestamp> {
    HTTP_DATE.parse_timestamp(value).ok()
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-05T09:00:00Z";

    fn read(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers, NOW.parse().unwrap())
    }

    #[test]
    fn seconds_are_read() {
        assert_eq!(read("7", None), Some(Duration::from_secs(7)));
        assert_eq!(read(" 0 ", None), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_relative_to_the_servers_own_clock() {
        let until = "Mon, 05 Jan 2026 09:00:30 GMT";
        assert_eq!(read(until, None), Some(Duration::from_secs(30)));
        let server = Some("Mon, 05 Jan 2026 08:59:50 GMT");
        assert_eq!(read(until, server), Some(Duration::from_secs(40)));
    }

    #[test]
    fn a_date_that_has_passed_asks_for_no_wait() {
        let past = "Mon, 05 Jan 2026 08:00:00 GMT";
        assert_eq!(read(past, None), Some(Duration::ZERO));
    }

    #[test]
    fn anything_else_is_no_wish() {
        for value in ["", "soon", "-3", "1.5", "99999999999999999999999"] {
            assert_eq!(read(value, None), None, "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), NOW.parse().unwrap()), None);
    }
}

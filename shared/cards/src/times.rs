//! Times that each reader sees in their own zone and manner.

use jiff::{Timestamp, Unit};

/// A time for the text of a card: the client writes it in the reader's
/// language and time zone.
pub(crate) fn local(time: Timestamp) -> String {
    let utc = plain_seconds(time);
    format!("{{{{DATE({utc},SHORT)}}}} {{{{TIME({utc})}}}}")
}

/// A time for toasts, which no client rewrites.
pub(crate) fn plain(time: Timestamp) -> String {
    let text = plain_seconds(time);
    format!("{} {} UTC", &text[..10], &text[11..16])
}

/// Without fractions: clients leave a time with fractions as it is.
pub(crate) fn plain_seconds(time: Timestamp) -> String {
    let whole = time.round(Unit::Second).unwrap_or(time);
    let text = whole.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// A fact's value, when all of it is an RFC 3339 time, as [`local`] writes it.
pub(crate) fn localised(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    let shaped = bytes.len() >= 20
        && bytes.len() <= 40
        && bytes[4] == b'-'
        && bytes[10] == b'T'
        && bytes[13] == b':'
        && !value.contains(['[', ' ']);
    let time: Timestamp = shaped.then(|| value.parse().ok())??;
    let year: i16 = value.get(..4)?.parse().ok()?;
    // Years outside these are no times that somebody wants to see in full.
    (1970..=9998).contains(&year).then(|| local(time))
}

#[cfg(test)]
mod tests {
    use super::{local, localised, plain};

    #[test]
    fn a_time_is_left_to_the_client_to_write() {
        let time = "2026-10-08T09:30:00.75Z".parse().unwrap();
        assert_eq!(
            local(time),
            "{{DATE(2026-10-08T09:30:01Z,SHORT)}} {{TIME(2026-10-08T09:30:01Z)}}"
        );
        assert_eq!(plain(time), "2026-10-08 09:30 UTC");
    }

    #[test]
    fn only_a_whole_time_is_taken_for_one() {
        assert_eq!(
            localised("2026-10-08T11:30:00+02:00").as_deref(),
            Some("{{DATE(2026-10-08T09:30:00Z,SHORT)}} {{TIME(2026-10-08T09:30:00Z)}}")
        );
        for text in [
            "",
            "2026-10-08",
            "at 2026-10-08T09:30:00Z",
            "v2026.10.08-rc1+build-7",
        ] {
            assert_eq!(localised(text), None, "{text}");
        }
    }
}

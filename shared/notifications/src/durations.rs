//! Durations as people write them: `2h`, `30 minutes`, `una semana`.

use serde::Serializer;
use std::time::Duration;

/// The longest duration that is understood: a year.
pub const LONGEST: Duration = Duration::from_secs(366 * DAY);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// Reads a duration in English or Spanish.
///
/// Numbers with a unit, one after the other (`1h30m`, `1 hour and 30
/// minutes`), or a word for one (`an hour`, `una semana`). From one minute to
/// a year; anything else is `None`.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    if text.len() > 100 {
        return None;
    }
    let mut total: u64 = 0;
    let mut count: Option<u64> = None;
    let mut found = false;
    for word in words(text) {
        match word {
            Word::Number(number) if count.is_none() => count = Some(number),
            Word::Number(_) => return None,
            Word::Letters(letters) => match letters.as_str() {
                "and" | "y" if count.is_none() && found => {}
                "a" | "an" | "one" | "un" | "una" if count.is_none() => count = Some(1),
                unit => {
                    let seconds = count.take()?.checked_mul(unit_seconds(unit)?)?;
                    total = total.checked_add(seconds)?;
                    found = true;
                }
            },
        }
    }
    let total = Duration::from_secs(total);
    let in_range = total >= Duration::from_secs(MINUTE) && total <= LONGEST;
    (found && count.is_none() && in_range).then_some(total)
}

/// Writes a duration so that [`parse`] reads it: `1h30m`.
#[must_use]
pub fn print(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut text = String::new();
    for (seconds, unit) in [(WEEK, 'w'), (DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')] {
        let count = rest / seconds;
        rest %= seconds;
        if count > 0 {
            text.push_str(&count.to_string());
            text.push(unit);
        }
    }
    if text.is_empty() {
        text.push_str("0m");
    }
    text
}

/// Serialises a duration as [`print`] writes it.
pub(crate) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&print(*duration))
}

enum Word {
    Number(u64),
    Letters(String),
}

/// Parts `1h30m` and `1 hour, 30 minutes` alike into numbers and words; a
/// number too large, or a character that belongs to neither, stands as a word
/// that no unit has.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let same: fn(char) -> bool = if first.is_ascii_digit() {
            |c| c.is_ascii_digit()
        } else if first.is_alphabetic() {
            char::is_alphabetic
        } else if first.is_whitespace() || first == ',' {
            |c| c.is_whitespace() || c == ','
        } else {
            return vec![Word::Letters("?".into())];
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if first.is_ascii_digit() {
            words.push(match word.parse() {
                Ok(number) => Word::Number(number),
                Err(_) => Word::Letters("?".into()),
            });
        } else if first.is_alphabetic() {
            words.push(Word::Letters(word.to_lowercase()));
        }
    }
    words
}

fn unit_seconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "m" | "min" | "mins" | "minute" | "minutes" | "minuto" | "minutos" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" | "hora" | "horas" => HOUR,
        "d" | "day" | "days" | "día" | "días" | "dia" | "dias" => DAY,
        "w" | "wk" | "week" | "weeks" | "semana" | "semanas" | "sem" => WEEK,
        "month" | "months" | "mes" | "meses" => 30 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, MINUTE, WEEK, parse, print};
    use std::time::Duration;

    #[test]
    fn durations_are_understood_in_both_languages() {
        for (text, seconds) in [
            ("2h", 2 * HOUR),
            ("30m", 30 * MINUTE),
            ("1d", DAY),
            ("1w", WEEK),
            ("2 hours", 2 * HOUR),
            ("  90   Minutes ", 90 * MINUTE),
            ("1h30m", 90 * MINUTE),
            ("1 hour and 30 minutes", 90 * MINUTE),
            ("1 hora y 30 minutos", 90 * MINUTE),
            ("1 day, 2 hours", DAY + 2 * HOUR),
            ("an hour", HOUR),
            ("una semana", WEEK),
            ("2 días", 2 * DAY),
            ("1 mes", 30 * DAY),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_not_guessed() {
        for text in [
            "",
            "h",
            "2",
            "two hours",
            "0m",
            "-2h",
            "2x",
            "2h 3",
            "and 2h",
            "2 3h",
            "1.5h",
            "99999999999999999999h",
            "18446744073709551615w",
            "400d",
            "2h!",
            "a a hour",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for text in ["1m", "1h30m", "1w2d3h4m", "2h"] {
            assert_eq!(print(parse(text).unwrap()), text);
        }
    }
}

//! Numbers, times and foreign text, as a person at a terminal reads them.

use std::time::Duration;

use jiff::Timestamp;
use textwrap::core::display_width;

/// The columns that a screen takes at most.
pub const COLUMNS: usize = 80;

/// A number with its thousands set apart: `100,000`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what it counts: `1 recipient`, `2 recipients`.
pub fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(count), plural(count, one, more))
}

/// What so many of something are called.
pub fn plural<'a>(count: u64, one: &'a str, more: &'a str) -> &'a str {
    if count == 1 { one } else { more }
}

/// How long something takes, in its two largest units: `37 min 3 s`.
pub fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut parts = Vec::new();
    let mut left = seconds;
    for (name, length) in units {
        if left >= length && parts.len() < 2 {
            parts.push(format!("{} {name}", left / length));
            left %= length;
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() {
        return "under 1 s".to_owned();
    }
    parts.join(" ")
}

/// How long ago something was, in its largest unit: `3 h`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A time to the second, in UTC: `2026-11-24 08:30:05Z`.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The time of day to the second, in UTC: `08:30:05Z`.
pub fn clock_time(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

/// Text from elsewhere on one line: nothing in it gives a terminal orders, or reorders what is beside it.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || turns_text_around(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// The invisible characters that change the direction of what follows, and those that end a line.
fn turns_text_around(character: char) -> bool {
    matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// Sentences within the columns of a terminal. What is indented (a command to copy, a row) stays as it is, and so does a
/// word that is too long: an address must not be parted.
pub fn wrapped(text: &str) -> String {
    let options = textwrap::Options::new(COLUMNS)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| match line.starts_with(' ') {
            true => line.to_owned(),
            false => textwrap::fill(line, &options),
        })
        .collect();
    lines.join("\n")
}

/// Lines of a list, each after a line end: indented, and within the columns of a terminal as [`wrapped`] has them.
pub fn listed<T: std::fmt::Display>(items: &[T]) -> String {
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent("  ")
        .subsequent_indent("    ")
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    let lines = items.iter();
    lines
        .map(|item| format!("\n{}", textwrap::fill(&item.to_string(), &options)))
        .collect()
}

/// As much of a text as fits into these columns; what is left out is an ellipsis.
pub fn within(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut width = 0;
    for character in text.chars() {
        let more = display_width(character.encode_utf8(&mut [0; 4]));
        if width + more + 1 > columns {
            break;
        }
        width += more;
        cut.push(character);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_thousands() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(100_000), "100,000");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(counted(1, "recipient", "recipients"), "1 recipient");
        assert_eq!(counted(0, "recipient", "recipients"), "0 recipients");
    }

    #[test]
    fn a_duration_says_its_two_largest_units() {
        let said = |seconds| lasting(Duration::from_secs(seconds));
        assert_eq!(said(0), "under 1 s");
        assert_eq!(said(59), "59 s");
        assert_eq!(said(2_223), "37 min 3 s");
        assert_eq!(said(3_605), "1 h");
        assert_eq!(said(90_000), "1 d 1 h");
    }

    #[test]
    fn an_age_says_its_largest_unit() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(ago(at(100), at(90)), "0 s");
        assert_eq!(ago(at(0), at(3_599)), "59 min");
        assert_eq!(ago(at(0), at(3_600 * 47)), "47 h");
        assert_eq!(ago(at(0), at(3_600 * 48)), "2 d");
    }

    #[test]
    fn foreign_text_cannot_give_a_terminal_orders() {
        assert_eq!(
            escaped("a\u{1b}[31m\nb\u{202e}c\u{85}"),
            "a\\u{1b}[31m\\u{a}b\\u{202e}c\\u{85}"
        );
        assert_eq!(escaped("größer 東京 🎉"), "größer 東京 🎉");
    }

    #[test]
    fn sentences_are_wrapped_and_commands_are_not() {
        let command = format!("  tidings report {}", "x".repeat(80));
        let text = format!("{}end.\n\n{command}", "word ".repeat(17));
        let drawn = wrapped(&text);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 4, "{drawn}");
        assert!(
            lines[0].len() <= COLUMNS && lines[1] == "word end.",
            "{drawn}"
        );
        assert_eq!(lines[3], command);
    }

    #[test]
    fn a_list_is_wrapped_below_its_items() {
        let long = format!("to: found {}", "an address ".repeat(8));
        let drawn = listed(&[long.as_str(), "title: found nothing"]);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 4, "{drawn}");
        assert!(lines.iter().all(|line| line.len() <= COLUMNS), "{drawn}");
        assert_eq!(lines[2], "    address an address");
        assert_eq!(lines[3], "  title: found nothing");
        // What is said of it in front leaves it as it is.
        assert_eq!(wrapped(&drawn), drawn);
    }

    #[test]
    fn a_wide_character_is_never_cut_in_half() {
        assert_eq!(within("東京都庁", 8), "東京都庁");
        assert_eq!(within("東京都庁", 7), "東京都…");
        assert_eq!(within("東京都庁", 6), "東京…");
        assert_eq!(within("abc", 2), "a…");
    }
}

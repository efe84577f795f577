//! A dead letter: the message as it came, with attributes that say why it is here.

use super::{Hopeless, ORIGINAL_MESSAGE_ID, Record};
use crate::queue::{LARGEST_MESSAGE, OutgoingMessage};

const LONGEST_TYPE: usize = 128;
const LONGEST_PATH: usize = 1024;
const LONGEST_MESSAGE: usize = 2048;
const LONGEST_ID: usize = 256;

/// What is left of a path that does not fit.
const LEAST_PATH: usize = 32;

/// The dead letter of a record; `None` when the queue cannot take its body with the least that says why it is there.
///
/// The body is never cut: whoever redrives the letter gets what was sent.
pub(super) fn letter(record: Record, why: &Hopeless) -> Option<OutgoingMessage> {
    let needed = |path| {
        vec![
            named("error-type", why.error_type, LONGEST_TYPE),
            named("error-path", &why.error_path, path),
            named(ORIGINAL_MESSAGE_ID, &record.original_message_id, LONGEST_ID),
        ]
    };
    let mut whole = needed(LONGEST_PATH);
    whole.push(named("error-message", &why.message, LONGEST_MESSAGE));
    let mut letter = OutgoingMessage::new(record.body);
    for attributes in [whole, needed(LONGEST_PATH), needed(LEAST_PATH)] {
        letter.attributes = attributes;
        if letter.size() <= LARGEST_MESSAGE {
            return Some(letter);
        }
    }
    None
}

fn named(name: &str, value: &str, longest: usize) -> (String, String) {
    (name.to_owned(), attribute(value, longest))
}

/// The value as SQS takes it: not empty, no control characters, at most `longest` bytes.
///
/// SQS refuses a value with characters outside XML 1.0 and an empty one; a dead letter must not fail for that.
fn attribute(value: &str, longest: usize) -> String {
    let mut out = String::with_capacity(value.len().min(longest));
    for character in value.chars() {
        let shown = match character {
            '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            character if character.is_control() => ' ',
            character => character,
        };
        if out.len() + shown.len_utf8() > longest {
            break;
        }
        out.push(shown);
    }
    let trimmed = out.trim();
    if trimmed.is_empty() {
        "-".to_owned()
    } else {
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_size(bytes: usize) -> Option<Vec<String>> {
        let record = Record {
            message_id: "m-1".to_owned(),
            original_message_id: "m-1".to_owned(),
            queue_arn: String::new(),
            body: "x".repeat(bytes),
            receive_count: 1,
        };
        let why = Hopeless {
            error_type: "contract",
            error_path: "/to/0".repeat(200),
            message: "wrong".repeat(400),
        };
        let letter = letter(record, &why)?;
        assert_eq!(letter.body.len(), bytes, "the body is never cut");
        assert!(letter.size() <= LARGEST_MESSAGE);
        Some(
            letter
                .attributes
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
        )
    }

    #[test]
    fn a_large_record_is_sent_with_less_of_its_reason_and_the_largest_not_at_all() {
        let needed = ["error-type", "error-path", ORIGINAL_MESSAGE_ID];
        let whole = of_size(1_000).unwrap();
        assert_eq!(
            (whole.len(), &whole[..3]),
            (4, &needed.map(str::to_owned)[..])
        );
        assert_eq!(of_size(LARGEST_MESSAGE - 1_500).unwrap(), needed);
        assert_eq!(of_size(LARGEST_MESSAGE - 200).unwrap(), needed);
        assert_eq!(of_size(LARGEST_MESSAGE), None);
    }

    #[test]
    fn an_attribute_is_something_sqs_takes() {
        assert_eq!(attribute("to[0]\n\u{7}bell", 100), "to[0]  bell");
        assert_eq!(attribute("", 100), "-");
        assert_eq!(attribute(" \u{0}", 100), "-");
        assert_eq!(attribute("größer", 4), "grö");
        assert_eq!(attribute("a\u{ffff}", 10), "a\u{fffd}");
    }
}

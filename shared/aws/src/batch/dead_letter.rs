//! A dead letter: the message as it came, with attributes that say why it is here.

use super::{Hopeless, ORIGINAL_MESSAGE_ID, Record};
use crate::queue::OutgoingMessage;

const LONGEST_TYPE: usize = 128;
const LONGEST_PATH: usize = 1024;
const LONGEST_MESSAGE: usize = 2048;
const LONGEST_ID: usize = 256;

pub(super) fn letter(record: Record, why: &Hopeless) -> OutgoingMessage {
    let attributes = [
        ("error-type", attribute(why.error_type, LONGEST_TYPE)),
        ("error-path", attribute(&why.error_path, LONGEST_PATH)),
        ("error-message", attribute(&why.message, LONGEST_MESSAGE)),
        (
            ORIGINAL_MESSAGE_ID,
            attribute(&record.original_message_id, LONGEST_ID),
        ),
    ];
    OutgoingMessage {
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        ..OutgoingMessage::new(record.body)
    }
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

    #[test]
    fn an_attribute_is_something_sqs_takes() {
        assert_eq!(attribute("to[0]\n\u{7}bell", 100), "to[0]  bell");
        assert_eq!(attribute("", 100), "-");
        assert_eq!(attribute(" \u{0}", 100), "-");
        assert_eq!(attribute("größer", 4), "grö");
        assert_eq!(attribute("a\u{ffff}", 10), "a\u{fffd}");
    }
}

//! How large a message is to Teams.

use std::io::{self, Write};

use serde_json::Value;

/// What a card should stay below: older documents give 28 KB.
pub(crate) const PREFERRED: usize = 28 * 1024;
/// What Teams surely refuses lies above: cards are not sent from here on.
pub(crate) const REFUSED: usize = 80 * 1024;

/// Whether a card stays below what it should.
pub(crate) fn is_preferred(card: &Value) -> bool {
    // Nothing has more units in UTF-16 than bytes in UTF-8, and those need no counting: most cards are small.
    let mut bytes = Bytes(0);
    let surely = serde_json::to_writer(&mut bytes, card).is_ok_and(|()| 2 * bytes.0 <= PREFERRED);
    surely || of(card) <= PREFERRED
}

/// The bytes of a card as Teams counts them: in UTF-16.
pub(crate) fn of(card: &Value) -> usize {
    let mut units = Units(0);
    // Neither a Value nor a counter can fail; if one did, the card counts as too large.
    serde_json::to_writer(&mut units, card).map_or(usize::MAX, |()| 2 * units.0)
}

/// Counts bytes without keeping the text.
struct Bytes(usize);

impl Write for Bytes {
    fn write(&mut self, utf8: &[u8]) -> io::Result<usize> {
        self.0 += utf8.len();
        Ok(utf8.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts UTF-16 code units without keeping the text.
struct Units(usize);

impl Write for Units {
    fn write(&mut self, utf8: &[u8]) -> io::Result<usize> {
        // A character is as many units as its first byte tells: four bytes are a surrogate pair.
        self.0 += utf8
            .iter()
            .map(|byte| usize::from(*byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0))
            .sum::<usize>();
        Ok(utf8.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{PREFERRED, is_preferred, of};

    #[test]
    fn a_card_is_measured_by_its_units_where_its_bytes_say_too_much() {
        // In UTF-8 three bytes each, in UTF-16 one unit.
        let card = |count| Value::String("€".repeat(count));
        let most = PREFERRED / 2 - 2;
        assert_eq!(of(&card(most)), PREFERRED);
        assert!(is_preferred(&card(most)));
        assert!(!is_preferred(&card(most + 1)));
        assert!(is_preferred(&json!("short")));
    }

    #[test]
    fn a_card_is_as_large_as_its_text_in_utf16() {
        for card in [
            json!({ "text": "plain" }),
            json!({ "text": "Größe €, 🚀 \"quoted\"\n", "n": [1, null, true] }),
        ] {
            let text = Value::to_string(&card);
            assert_eq!(of(&card), 2 * text.encode_utf16().count(), "{text}");
        }
    }
}

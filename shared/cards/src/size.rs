//! How large a message is to Teams.

use std::io::{self, Write};

use serde_json::Value;

/// What a card should stay below: older documents give 28 KB.
pub(crate) const PREFERRED: usize = 28 * 1024;
/// What Teams surely refuses lies above: cards are not sent from here on.
pub(crate) const REFUSED: usize = 80 * 1024;

/// The bytes of a card as Teams counts them: in UTF-16.
pub(crate) fn of(card: &Value) -> usize {
    let mut units = Units(0);
    // Neither a Value nor a counter can fail; if one did, the card counts as too large.
    serde_json::to_writer(&mut units, card).map_or(usize::MAX, |()| 2 * units.0)
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

    use super::of;

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

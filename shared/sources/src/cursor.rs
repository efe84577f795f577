//! What was there at the last look.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// How many entries are remembered. The newest documents hold at most half as many.
pub(crate) const REMEMBERED: usize = 2_000;

/// Bytes of an entry's hash. Two of 2,000 entries share one in ten million million cursors; then one of them is not told.
const HASH: usize = 8;

/// What a source held when it was last looked at, and some of what it held before.
///
/// At most 22 KB as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Hashes of entries, those of the last document that held something new first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    seen: String,
    /// The value, where the source is one, cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// A hash of the whole value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) value_hash: String,
    /// How often the value changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) changes: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

pub(crate) type Seen = [u8; HASH];

pub(crate) fn short(hash: &[u8; 32]) -> Seen {
    let mut short = [0; HASH];
    short.copy_from_slice(&hash[..HASH]);
    short
}

impl Cursor {
    /// The entries that were there.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.seen).unwrap_or_default();
        bytes.as_chunks::<HASH>().0.to_vec()
    }

    /// Notes that these are there now; what was there before is remembered as far as there is room.
    pub(crate) fn note(&mut self, now: &[Seen]) {
        let mut known = HashSet::new();
        let before = self.seen();
        let all = now
            .iter()
            .chain(&before)
            .filter(|hash| known.insert(**hash));
        let bytes: Vec<u8> = all.take(REMEMBERED).flatten().copied().collect();
        self.seen = URL_SAFE_NO_PAD.encode(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> Seen {
        number.to_be_bytes()
    }

    #[test]
    fn what_was_there_longest_ago_is_forgotten_first() {
        let mut cursor = Cursor::default();
        let first: Vec<_> = (0..1_500).map(hash).collect();
        cursor.note(&first);
        let second: Vec<_> = (1_000..2_200).map(hash).collect();
        cursor.note(&second);
        let seen = cursor.seen();
        assert_eq!(seen.len(), REMEMBERED);
        assert_eq!(seen[..1_200], second);
        assert!(seen.contains(&hash(0)) && !seen.contains(&hash(999)));
    }

    #[test]
    fn a_cursor_is_bounded_and_survives_as_json() {
        let mut cursor = Cursor::default();
        let all: Vec<_> = (0..5_000).map(hash).collect();
        cursor.note(&all);
        let json = serde_json::to_string(&cursor).unwrap();
        assert!(json.len() < 22_000, "{}", json.len());
        assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
    }
}

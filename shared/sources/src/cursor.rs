//! What was there at the last look.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// How many entries are remembered. The newest documents hold at most half as many.
pub(crate) const REMEMBERED: usize = 2_000;

/// How many entries are remembered by what they look like.
const LOOKS: usize = 500;

/// Bytes of an entry's hash. Two of 2,000 entries share one in ten million million cursors; then one of them is not told.
const HASH: usize = 8;

/// What a source held when it was last looked at, and some of what it held before.
///
/// At most 28 KB as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Hashes of entries, those of the last document that held something new first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    seen: String,
    /// Hashes of what the entries look like that the last document with something new held, the newest first: an entry that
    /// gets another id is not new.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    looks: String,
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
    /// Lets changes of a value be counted from here on. A watch that is taken away and added again must not count as before:
    /// its changes would be known to the ledger.
    #[must_use]
    pub fn counting_from(mut self, number: u64) -> Self {
        self.changes = number;
        self
    }

    /// The value, where the source is one; long ones are cut.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The entries that were there.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        unpacked(&self.seen)
    }

    /// What entries looked like.
    pub(crate) fn looks(&self) -> Vec<Seen> {
        unpacked(&self.looks)
    }

    /// Notes that the entries look like this now.
    pub(crate) fn note_looks(&mut self, now: impl Iterator<Item = Seen>) {
        self.looks = packed(now.take(LOOKS));
    }

    /// Notes that these are there now; what was there before is remembered as far as there is room.
    pub(crate) fn note(&mut self, now: &[Seen]) {
        let mut known = HashSet::new();
        let before = self.seen();
        let all = now
            .iter()
            .chain(&before)
            .filter(|hash| known.insert(**hash));
        self.seen = packed(all.take(REMEMBERED).copied());
    }
}

fn packed(hashes: impl Iterator<Item = Seen>) -> String {
    URL_SAFE_NO_PAD.encode(hashes.flatten().collect::<Vec<u8>>())
}

fn unpacked(text: &str) -> Vec<Seen> {
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    bytes.as_chunks::<HASH>().0.to_vec()
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
        cursor.note_looks(all.into_iter());
        let json = serde_json::to_string(&cursor).unwrap();
        assert!(json.len() < 28_000, "{}", json.len());
        assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
    }
}

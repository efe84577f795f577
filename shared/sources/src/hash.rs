//! Short names for long things.

use sha2::{Digest as _, Sha256};

/// SHA-256 of these parts, each ended, so that no two lists of parts run into one.
pub(crate) fn of(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

/// The first `digits` hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32], digits: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let nibbles = nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)]));
    nibbles.take(digits).collect()
}

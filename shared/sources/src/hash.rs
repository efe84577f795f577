//! Short names for long things.

use ring::digest::{Context, SHA256};

/// SHA-256 of these parts, each ended, so that no two lists of parts run into one.
pub(crate) fn of(parts: &[&str]) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.finish().as_ref());
    bytes
}

/// The first `digits` hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32], digits: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let nibbles = nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)]));
    nibbles.take(digits).collect()
}

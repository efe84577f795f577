//! The few primitives of the ledger's compact encodings.

/// Bytes that end too soon, or say something that no writer writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbled;

/// Writes a number in as few bytes as it needs, seven bits to a byte.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Writes a text with its length.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads what the functions above wrote.
pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What was not read so far.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Garbled> {
        let (first, rest) = self.0.split_first().ok_or(Garbled)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Garbled> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Garbled)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn number(&mut self) -> Result<u64, Garbled> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Garbled)
    }

    /// A number that counts or points at something in memory.
    pub(super) fn size(&mut self) -> Result<usize, Garbled> {
        usize::try_from(self.number()?).map_err(|_| Garbled)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Garbled> {
        let length = self.size()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Garbled)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Garbled, put_number, put_text};

    #[test]
    fn numbers_and_texts_read_back() {
        let mut out = Vec::new();
        for number in [0, 127, 128, 1_700_000_000_000, u64::MAX] {
            put_number(&mut out, number);
        }
        put_text(&mut out, "29:ñ");
        let mut bytes = Bytes::new(&out);
        for number in [0, 127, 128, 1_700_000_000_000, u64::MAX] {
            assert_eq!(bytes.number(), Ok(number));
        }
        assert_eq!(bytes.text(), Ok("29:ñ"));
        assert!(bytes.is_empty());
    }

    #[test]
    fn what_ends_too_soon_is_garbled() {
        assert_eq!(Bytes::new(&[0x80]).number(), Err(Garbled));
        assert_eq!(Bytes::new(&[0xff; 11]).number(), Err(Garbled));
        assert_eq!(Bytes::new(&[5, b'a']).text(), Err(Garbled));
    }
}

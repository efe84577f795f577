//! The frozen recipients of a chunk, compactly.
//!
//! DynamoDB bills by the kilobyte written. A person's key is 38 characters of
//! which 16 bytes say anything; 25 of them fit into half a kilobyte.

use notifications::RecipientKey;

use super::bytes::{Bytes, Garbled, put_text};

const VERSION: u8 = 1;
const GUID: u8 = 1;
const TEXT: u8 = 2;

pub(super) fn encode(recipients: &[RecipientKey]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + recipients.len() * 17);
    out.push(VERSION);
    for recipient in recipients {
        match recipient.as_str().strip_prefix("p:").and_then(guid) {
            Some(bytes) => {
                out.push(GUID);
                out.extend_from_slice(&bytes);
            }
            None => {
                out.push(TEXT);
                put_text(&mut out, recipient.as_str());
            }
        }
    }
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<RecipientKey>, Garbled> {
    let mut bytes = Bytes::new(bytes);
    if bytes.byte()? != VERSION {
        return Err(Garbled);
    }
    let mut recipients = Vec::new();
    while !bytes.is_empty() {
        let text = match bytes.byte()? {
            GUID => format!("p:{}", hyphenated(bytes.take(16)?)),
            TEXT => bytes.text()?.to_owned(),
            _ => return Err(Garbled),
        };
        recipients.push(RecipientKey::try_from(text).map_err(|_| Garbled)?);
    }
    Ok(recipients)
}

const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// The bytes of a GUID in the one form that reads back as it was.
fn guid(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut groups = text.split('-');
    let mut digits = Vec::with_capacity(32);
    for length in GROUPS {
        let group = groups.next().filter(|group| group.len() == length)?;
        for byte in group.bytes() {
            digits.push(match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return None,
            });
        }
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(bytes)
}

fn hyphenated(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

#[cfg(test)]
mod tests {
    use notifications::RecipientKey;

    use super::{decode, encode};

    fn keys(texts: &[&str]) -> Vec<RecipientKey> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn every_kind_of_recipient_reads_back() {
        let recipients = keys(&[
            "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01",
            "p:not-a-guid",
            "p:3B5E7D10-8C1F-4D4E-9C55-0A1B2C3D4E01",
            "i:29:1abcDEF-_",
            "c:19:9d2f@thread.tacv2",
            "t:19:9d2f@thread.tacv2;messageid=1700000000000",
        ]);
        assert_eq!(decode(&encode(&recipients)), Ok(recipients));
        assert_eq!(decode(&encode(&[])), Ok(Vec::new()));
    }

    #[test]
    fn a_person_takes_seventeen_bytes() {
        let one = keys(&["p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01"]);
        assert_eq!(encode(&one).len(), 18);
    }

    #[test]
    fn garbled_bytes_are_refused() {
        for bytes in [&[][..], &[2], &[1, 1, 0], &[1, 3], &[1, 2, 1, b'x']] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}

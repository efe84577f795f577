use std::fmt;

use activity::ActivityInput;
use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Above this, counted in UTF-16, an activity is refused unsent: Teams itself
/// refuses somewhere near 100 KB (protocol reference §5.5).
const LIMIT: usize = 80 * 1024;
/// Above this, older clients and documents give trouble.
const LARGE: usize = 28 * 1024;

/// An activity in the bytes that are sent, made once for any number of
/// recipients. Cloning shares the bytes; Debug output has only their number.
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedActivity {
    json: Bytes,
}

impl PreparedActivity {
    /// Serializes an activity.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]: Teams would answer 413. Make it smaller; no retry helps.
    pub fn new(activity: &ActivityInput) -> Result<Self, TooLarge> {
        // Room for a usual card, so that it does not grow step by step.
        let mut json = Vec::with_capacity(4096);
        serde_json::to_writer(&mut json, activity).expect("an activity is made of JSON values");
        // Never more UTF-16 code units than bytes, so most need no counting.
        if json.len() * 2 > LIMIT {
            let size = utf16_size(&json);
            if size > LIMIT {
                return Err(TooLarge { size, limit: LIMIT });
            }
        }
        Ok(Self { json: json.into() })
    }

    /// How many bytes are sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.json.len()
    }

    /// Never: an activity has at least a type.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    /// Whether the activity is worth a warning: over 28 KB, which older limits
    /// of Teams refused.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.json.len() > LARGE
    }

    pub(crate) fn body(&self) -> Bytes {
        self.json.clone()
    }
}

impl Serialize for PreparedActivity {
    /// Embeds the bytes in a larger body as they are.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_slice::<&RawValue>(&self.json)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl fmt::Debug for PreparedActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedActivity")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// What can be sent: an [`ActivityInput`], or one that was prepared before.
pub trait Sendable: Sync {
    /// The bytes to send.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]: see [`PreparedActivity::new`].
    fn prepare(&self) -> Result<PreparedActivity, TooLarge>;
}

impl Sendable for ActivityInput {
    fn prepare(&self) -> Result<PreparedActivity, TooLarge> {
        PreparedActivity::new(self)
    }
}

impl Sendable for PreparedActivity {
    fn prepare(&self) -> Result<PreparedActivity, TooLarge> {
        Ok(self.clone())
    }
}

/// The activity is larger than Teams takes. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to send an activity of {size} bytes (in UTF-16): the limit is {limit}")]
pub struct TooLarge {
    /// Bytes in UTF-16, without embedded images.
    pub size: usize,
    /// How many are allowed.
    pub limit: usize,
}

/// Bytes of the JSON in UTF-16, without base64 images, which Teams does not count.
fn utf16_size(json: &[u8]) -> usize {
    let units = json.iter().filter(|byte| !is_continuation(**byte)).count()
        // Four bytes in UTF-8 are two code units in UTF-16.
        + json.iter().filter(|byte| **byte >= 0xf0).count();
    (units - embedded_images(json)) * 2
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Bytes in `data:image/…;base64,…` texts, all of them ASCII.
fn embedded_images(json: &[u8]) -> usize {
    const START: &[u8] = b"data:image/";
    let mut total = 0;
    let mut rest = json;
    while let Some(start) = find(rest, START) {
        rest = &rest[start..];
        // Markdown may have an image inside a longer text.
        let end = rest.iter().position(|byte| !is_data_uri(*byte));
        let uri = &rest[..end.unwrap_or(rest.len())];
        if find(uri, b";base64,").is_some() {
            total += uri.len();
        }
        rest = &rest[uri.len()..];
    }
    total
}

fn is_data_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":/;,+=-._".contains(&byte)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|part| part == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: String) -> Result<PreparedActivity, TooLarge> {
        PreparedActivity::new(&ActivityInput::message_text(text))
    }

    #[test]
    fn sizes_are_counted_in_utf16() {
        assert_eq!(utf16_size(b"abc"), 6);
        assert_eq!(utf16_size("é€".as_bytes()), 4);
        assert_eq!(utf16_size("😀".as_bytes()), 4);
    }

    #[test]
    fn the_limit_is_80_kb() {
        assert!(text("x".repeat(40_000)).is_ok());
        let refused = text("x".repeat(41_000)).unwrap_err();
        assert!(refused.size > 82_000, "{refused:?}");
        // Twice as many bytes of UTF-8, as many code units.
        assert!(text("é".repeat(40_000)).is_ok());
    }

    #[test]
    fn embedded_images_do_not_count() {
        let image = format!("data:image/png;base64,{}", "iVBORw0K".repeat(20_000));
        assert!(text(format!("![chart]({image}) and ![chart]({image})")).is_ok());
        assert!(text(format!("data:image/{}", "x".repeat(90_000))).is_err());
    }

    #[test]
    fn more_than_28_kb_is_large() {
        assert!(!text("x".repeat(28_000)).unwrap().is_large());
        assert!(text("x".repeat(28_700)).unwrap().is_large());
    }

    #[test]
    fn it_is_embedded_as_it_is() {
        let activity = text("a \"quote\" é".to_owned()).unwrap();
        let inside = serde_json::to_string(&[&activity]).unwrap();
        let alone = serde_json::to_string(&ActivityInput::message_text("a \"quote\" é")).unwrap();
        assert_eq!(inside, format!("[{alone}]"));
    }
}

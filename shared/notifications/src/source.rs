//! What identifies a notification: its id, the source that scopes the id, and
//! the key that both make.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The prefix of the `source` of every event that we publish ourselves.
pub const OURS: &str = "tidings";

/// The sender's idempotency key, meaningful only together with its [`Source`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotificationId(String);

impl NotificationId {
    /// Takes an id as it is.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a notification came from; two sources may use the same id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An EventBridge event with this `source`, whatever brought it.
    EventBridge(String),
    /// An SNS topic (its ARN), around a plain notification.
    Sns(String),
    /// A plain notification in the notification queue.
    Queue,
    /// A plain notification in an invocation of `notify`, without a queue.
    Invocation,
    /// Tidings itself: a notice about another notification. No sender can
    /// claim this source.
    Tidings,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventBridge(source) => write!(f, "eventbridge:{source}"),
            Self::Sns(topic) => write!(f, "sns:{topic}"),
            Self::Queue => f.write_str("queue"),
            Self::Invocation => f.write_str("invocation"),
            Self::Tidings => f.write_str(OURS),
        }
    }
}

/// The key of one notification on the ledger, in work items and in buttons:
/// 32 hexadecimal digits made from source and id.
///
/// Short whatever the sender's id is, and says nothing about the sender.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NotificationKey(String);

/// The text is no notification key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a notification key of 32 hexadecimal digits")]
pub struct NotANotificationKey;

impl NotificationKey {
    /// The key of this id from this source.
    #[must_use]
    pub fn of(source: &Source, id: &NotificationId) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(source.to_string().as_bytes());
        hash.update(&[0]);
        hash.update(id.as_str().as_bytes());
        Self(hex(&hash.finish().as_ref()[..16]))
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NotificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for NotificationKey {
    type Error = NotANotificationKey;

    fn try_from(text: String) -> Result<Self, NotANotificationKey> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 32 && text.bytes().all(digit) {
            Ok(Self(text))
        } else {
            Err(NotANotificationKey)
        }
    }
}

impl std::str::FromStr for NotificationKey {
    type Err = NotANotificationKey;

    fn from_str(text: &str) -> Result<Self, NotANotificationKey> {
        Self::try_from(text.to_owned())
    }
}

impl From<NotificationKey> for String {
    fn from(key: NotificationKey) -> Self {
        key.0
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{NotificationId, NotificationKey, Source};

    #[test]
    fn the_same_id_from_two_sources_is_two_notifications() {
        let id = NotificationId::new("42");
        let queue = NotificationKey::of(&Source::Queue, &id);
        let bus = NotificationKey::of(&Source::EventBridge("shop".into()), &id);
        assert_ne!(queue, bus);
        assert_eq!(queue, NotificationKey::of(&Source::Queue, &id));
        assert_eq!(queue.as_str().parse(), Ok(queue));
    }

    #[test]
    fn what_no_ledger_wrote_is_no_key() {
        for text in [
            "",
            "42",
            "../../../../../etc/passwd0000000",
            "ABCDEFABCDEFABCDEFABCDEFABCDEFAB",
        ] {
            assert!(text.parse::<NotificationKey>().is_err(), "{text}");
        }
    }
}

//! A chunk of recipients, on its way to `deliver`.

use std::fmt;
use std::str::FromStr;

use activity::ids::TenantId;
use notifications::{Bucket, NotificationKey, RecipientKey};
use serde::{Deserialize, Serialize};

use crate::envelope::{self, WorkItemError};

const KIND: &str = "delivery-chunk";
/// Says what is to be done; version 1 can only be sent.
const VERSION: u32 = 2;

/// The name of a chunk within its notification: the bucket and key of its
/// first recipient.
///
/// A notification's recipients are frozen in the order of bucket and key, so
/// the chunk of a recipient is the last one that does not start after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChunkKey(String);

/// The text is no chunk key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a chunk key: two hexadecimal digits, '#', and a recipient key")]
pub struct NotAChunkKey;

impl ChunkKey {
    /// The key of the chunk that starts with this recipient.
    #[must_use]
    pub fn starting_with(first: &RecipientKey) -> Self {
        Self(format!("{}#{first}", first.bucket()))
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bucket of the chunk's first recipient.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        Bucket(u8::from_str_radix(&self.0[..2], 16).unwrap_or_default())
    }
}

impl fmt::Display for ChunkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ChunkKey {
    type Err = NotAChunkKey;

    fn from_str(text: &str) -> Result<Self, NotAChunkKey> {
        let (bucket, first) = text.split_once('#').ok_or(NotAChunkKey)?;
        let first: RecipientKey = first.parse().map_err(|_| NotAChunkKey)?;
        if bucket == first.bucket().to_string() {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAChunkKey)
        }
    }
}

impl TryFrom<String> for ChunkKey {
    type Error = NotAChunkKey;

    fn try_from(text: String) -> Result<Self, NotAChunkKey> {
        text.parse()
    }
}

impl From<ChunkKey> for String {
    fn from(key: ChunkKey) -> Self {
        key.0
    }
}

/// Which of the two delivery queues a chunk travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// Few recipients: an alarm never waits behind a broadcast.
    Delivery,
    /// Many recipients.
    Broadcast,
}

/// What is to be done to a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Send the notification to whoever has no outcome.
    #[default]
    Send,
    /// Delete the message wherever it was sent.
    Recall,
    /// Replace the message wherever it was sent.
    Update {
        /// The ledger's revision of the notification that takes its place.
        revision: String,
    },
}

impl Work {
    fn is_send(&self) -> bool {
        *self == Self::Send
    }
}

/// Some recipients of one notification, in the order in which the ledger froze
/// them.
///
/// The list is always the whole chunk: the ledger records outcomes by index,
/// and a copy that comes back later skips whoever has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryChunk {
    /// The recipients' tenant.
    pub tenant: TenantId,
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// The chunk on the ledger.
    pub chunk: ChunkKey,
    /// The queue it travels in, so that a copy for later goes back there.
    pub lane: Lane,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_send")]
    pub work: Work,
    /// How many recipients the whole notification has, if that was known when
    /// the chunk was queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Everyone in the chunk.
    pub recipients: Vec<RecipientKey>,
}

impl DeliveryChunk {
    /// Reads a message body.
    ///
    /// # Errors
    ///
    /// [`WorkItemError`]: no later attempt can succeed.
    pub fn parse(body: &str) -> Result<Self, WorkItemError> {
        envelope::parse_up_to(VERSION, KIND, body)
    }

    /// The message body, in the lowest version that can say it: while a new
    /// release is rolled out, an older `deliver` reads what can be sent.
    #[must_use]
    pub fn to_body(&self) -> String {
        let version = if self.work.is_send() { 1 } else { VERSION };
        envelope::write_as(version, KIND, self)
    }

    /// Whether the notification has no other recipients than this chunk's.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.of == Some(self.recipients.len() as u64)
    }
}

//! Who receives one message: a person, a channel or chat, or a thread.

use crate::source::hex;
use activity::ids::{ConversationId, ObjectId, UserId};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The key of one recipient, everywhere: table, ledger, work items.
///
/// A person known by Entra object id is `p:…`, one known only by the id that
/// Teams gave the bot is `i:29:…`, a channel or chat is `c:…`, a thread is
/// `t:…;messageid=…`. Keys sort by their text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecipientKey(String);

/// What a [`RecipientKey`] stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A person, by Entra object id.
    Person(ObjectId),
    /// A person of whom only the bot-scoped `29:` id is known.
    PersonByTeamsId(UserId),
    /// A channel (a new post in it) or a chat.
    Conversation(ConversationId),
    /// A thread in a channel: the conversation id with its `;messageid=`.
    Thread(ConversationId),
}

/// The text is no recipient key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a recipient key")]
pub struct NotARecipientKey;

impl RecipientKey {
    /// The key of a person with this Entra object id.
    ///
    /// Object ids are GUIDs, which are equal whatever their case.
    #[must_use]
    pub fn person(id: &ObjectId) -> Self {
        Self(format!("p:{}", id.as_str().to_ascii_lowercase()))
    }

    /// The key of a person of whom only the `29:` id is known.
    #[must_use]
    pub fn person_by_teams_id(id: &UserId) -> Self {
        Self(format!("i:{id}"))
    }

    /// The key of a channel or chat.
    #[must_use]
    pub fn conversation(id: &ConversationId) -> Self {
        Self(format!("c:{id}"))
    }

    /// The key of a thread; the id is the one with `;messageid=`.
    #[must_use]
    pub fn thread(id: &ConversationId) -> Self {
        Self(format!("t:{id}"))
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the key stands for.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        let id = &self.0[2..];
        match self.0.as_bytes()[0] {
            b'p' => Recipient::Person(ObjectId::new(id)),
            b'i' => Recipient::PersonByTeamsId(UserId::new(id)),
            b't' => Recipient::Thread(ConversationId::new(id)),
            _ => Recipient::Conversation(ConversationId::new(id)),
        }
    }

    /// Whether the recipient is a person rather than a place.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self.0.as_bytes()[0], b'p' | b'i')
    }

    /// The bucket that the recipient falls into, always the same one.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        Bucket(digest(&SHA256, self.0.as_bytes()).as_ref()[0])
    }
}

impl fmt::Display for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RecipientKey {
    type Error = NotARecipientKey;

    fn try_from(text: String) -> Result<Self, NotARecipientKey> {
        match text.split_once(':') {
            Some(("p" | "i" | "c" | "t", id)) if !id.is_empty() => Ok(Self(text)),
            _ => Err(NotARecipientKey),
        }
    }
}

impl FromStr for RecipientKey {
    type Err = NotARecipientKey;

    fn from_str(text: &str) -> Result<Self, NotARecipientKey> {
        Self::try_from(text.to_owned())
    }
}

impl From<RecipientKey> for String {
    fn from(key: RecipientKey) -> Self {
        key.0
    }
}

/// One of 256 groups of recipients, by a hash of their key.
///
/// Set algebra and de-duplication run bucket by bucket, so that a million
/// recipients need no more memory than a few thousand, and from a recipient
/// the place of its chunk can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bucket(pub u8);

impl Bucket {
    /// All buckets in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self)
    }

    /// The bucket after this one, if there is one.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// Two lower-case hexadecimal digits.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&[self.0]))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Recipient, RecipientKey};
    use activity::ids::{ConversationId, ObjectId, UserId};

    #[test]
    fn a_key_names_its_recipient() {
        let thread = ConversationId::new("19:a@thread.tacv2;messageid=1");
        for (key, recipient) in [
            (
                RecipientKey::person(&ObjectId::new("3B5E7D10-8c1f-4d4e-9c55-0a1b2c3d4e01")),
                Recipient::Person(ObjectId::new("3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01")),
            ),
            (
                RecipientKey::person_by_teams_id(&UserId::new("29:1abc")),
                Recipient::PersonByTeamsId(UserId::new("29:1abc")),
            ),
            (
                RecipientKey::thread(&thread),
                Recipient::Thread(thread.clone()),
            ),
        ] {
            assert_eq!(key.recipient(), recipient);
            assert_eq!(key.as_str().parse(), Ok(key.clone()));
        }
        assert!("x:1".parse::<RecipientKey>().is_err());
        assert!("p:".parse::<RecipientKey>().is_err());
        assert!("é:".parse::<RecipientKey>().is_err());
    }

    #[test]
    fn the_bucket_of_a_recipient_never_changes() {
        // Frozen: the place of chunks already on a ledger depends on it.
        let key: RecipientKey = "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01".parse().unwrap();
        assert_eq!(key.bucket().to_string().len(), 2);
        assert_eq!(key.bucket(), key.clone().bucket());
        assert_eq!(Bucket(10).to_string(), "0a");
        assert_eq!(Bucket(255).next(), None);
    }
}

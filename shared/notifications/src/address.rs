//! Addresses: who a notification is for, as its sender writes it.

use crate::recipient::RecipientKey;
use crate::topic::TopicName;
use activity::ids::{ConversationId, ObjectId, TeamId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The longest address, in bytes.
pub const LONGEST: usize = 512;

/// One address of the contract, without the `-` that takes away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// `aad:<object id>`: a person.
    Aad(ObjectId),
    /// `upn:<user principal name>`: a person. Kept in lower case.
    Upn(String),
    /// `mail:<e-mail>`: a person. Kept in lower case.
    Mail(String),
    /// `29:<bot-scoped id>`: a person, as Teams calls them towards this bot.
    User(UserId),
    /// `roster:<team id>`: each member of a team, personally.
    Roster(TeamId),
    /// `channel:<channel id>`: a new post in a channel.
    Channel(ConversationId),
    /// `thread:<conversation id>;messageid=<id>`: an answer in a thread. Holds
    /// the whole id, `;messageid=` included.
    Thread(ConversationId),
    /// `chat:<chat id>`: a group chat.
    Chat(ConversationId),
    /// `topic:<topic>`: the subscribers of a topic.
    Topic(TopicName),
    /// `alias:<name>`: what somebody named so. Kept in lower case.
    Alias(String),
    /// `everyone`: each person who has the app.
    Everyone,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It starts with none of the known prefixes.
    #[error("no known kind of address")]
    UnknownKind,
    /// Nothing follows the prefix.
    #[error("nothing after the prefix")]
    Empty,
    /// It is longer than [`LONGEST`], or has spaces or control characters.
    #[error("too long, or with spaces in it")]
    Malformed,
    /// `aad:` without a GUID.
    #[error("aad: needs an object id (a GUID)")]
    NotAnObjectId,
    /// `upn:` or `mail:` without something like `name@host`.
    #[error("upn: and mail: need name@host")]
    NotAMailbox,
    /// A channel or chat id with `;messageid=`: that is a thread.
    #[error("an id with ;messageid= is a thread: address")]
    IsAThread,
    /// A thread without `;messageid=` and digits.
    #[error("thread: needs ;messageid=<digits> at its end")]
    NotAThread,
    /// `topic:` without a topic name.
    #[error("topic: needs a topic name")]
    NotATopic,
    /// `alias:` without a name of letters, digits, `.`, `_` and `-`.
    #[error("alias: needs a name of letters, digits, '.', '_' and '-'")]
    NotAnAlias,
}

impl AddressError {
    /// What would have been an address, in words for its sender.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::UnknownKind | Self::Empty => {
                "aad:, upn:, mail:, 29:, roster:, channel:, thread:, chat:, topic: or alias: \
                 and an id, or everyone"
            }
            Self::Malformed => "at most 512 bytes, without spaces or control characters",
            Self::NotAnObjectId => "aad: and an Entra object id (a GUID)",
            Self::NotAMailbox => "upn: or mail: and name@host",
            Self::IsAThread => "channel: or chat: and an id without ;messageid=; else thread:",
            Self::NotAThread => "thread:<conversation id>;messageid=<digits>",
            Self::NotATopic => "topic: and a topic name",
            Self::NotAnAlias => "alias: and a name of letters, digits, '.', '_' and '-'",
        }
    }
}

impl Address {
    /// The word before the colon (`aad`, `29`, …, `everyone`), fit for logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Aad(_) => "aad",
            Self::Upn(_) => "upn",
            Self::Mail(_) => "mail",
            Self::User(_) => "29",
            Self::Roster(_) => "roster",
            Self::Channel(_) => "channel",
            Self::Thread(_) => "thread",
            Self::Chat(_) => "chat",
            Self::Topic(_) => "topic",
            Self::Alias(_) => "alias",
            Self::Everyone => "everyone",
        }
    }

    /// Whether the address names exactly one person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(
            self,
            Self::Aad(_) | Self::Upn(_) | Self::Mail(_) | Self::User(_)
        )
    }

    /// The recipient, when the address alone tells it.
    ///
    /// `None` for what must be looked up first: `upn:`, `mail:`, `29:` (the
    /// person may be known by object id), and every address of many.
    #[must_use]
    pub fn recipient(&self) -> Option<RecipientKey> {
        match self {
            Self::Aad(id) => Some(RecipientKey::person(id)),
            Self::Channel(id) | Self::Chat(id) => Some(RecipientKey::conversation(id)),
            Self::Thread(id) => Some(RecipientKey::thread(id)),
            _ => None,
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > LONGEST || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Malformed);
        }
        if text == "everyone" {
            return Ok(Self::Everyone);
        }
        let (kind, id) = text.split_once(':').ok_or(AddressError::UnknownKind)?;
        let known = [
            "aad", "upn", "mail", "29", "roster", "channel", "thread", "chat", "topic", "alias",
        ];
        if !known.contains(&kind) {
            return Err(AddressError::UnknownKind);
        }
        if id.is_empty() {
            return Err(AddressError::Empty);
        }
        match kind {
            "aad" => object_id(id).map(Self::Aad),
            "upn" => mailbox(id).map(Self::Upn),
            "mail" => mailbox(id).map(Self::Mail),
            "29" => Ok(Self::User(UserId::new(text))),
            "roster" => place(id).map(|id| Self::Roster(TeamId::new(id))),
            "channel" => place(id).map(|id| Self::Channel(ConversationId::new(id))),
            "chat" => place(id).map(|id| Self::Chat(ConversationId::new(id))),
            "thread" => thread(id).map(Self::Thread),
            "topic" => id
                .parse()
                .map(Self::Topic)
                .map_err(|_| AddressError::NotATopic),
            _ => alias_name(id).map(Self::Alias),
        }
    }
}

/// Reads an alias name as the bot command and `alias:` share it: letters,
/// digits, `.`, `_` and `-`, at most 64, in lower case.
///
/// # Errors
///
/// [`AddressError::NotAnAlias`].
pub fn alias_name(text: &str) -> Result<String, AddressError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
        return Err(AddressError::NotAnAlias);
    }
    // Lower-casing a few letters yields combining marks; those names would not
    // read back.
    let name = text.to_lowercase();
    if name.len() <= 64 && name.chars().all(fits) {
        Ok(name)
    } else {
        Err(AddressError::NotAnAlias)
    }
}

fn object_id(text: &str) -> Result<ObjectId, AddressError> {
    let groups: Vec<&str> = text.split('-').collect();
    let guid = groups.len() == 5
        && groups.iter().zip([8, 4, 4, 4, 12]).all(|(group, length)| {
            group.len() == length && group.bytes().all(|b| b.is_ascii_hexdigit())
        });
    if guid {
        Ok(ObjectId::new(text.to_ascii_lowercase()))
    } else {
        Err(AddressError::NotAnObjectId)
    }
}

fn mailbox(text: &str) -> Result<String, AddressError> {
    // The last @ parts name and host; guests' UPNs carry #EXT# and underscores.
    match text.rsplit_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => Ok(text.to_ascii_lowercase()),
        _ => Err(AddressError::NotAMailbox),
    }
}

fn place(text: &str) -> Result<&str, AddressError> {
    if text.contains(";messageid=") {
        return Err(AddressError::IsAThread);
    }
    Ok(text)
}

fn thread(text: &str) -> Result<ConversationId, AddressError> {
    match text.split_once(";messageid=") {
        Some((conversation, root))
            if !conversation.is_empty()
                && root.bytes().all(|b| b.is_ascii_digit())
                && root.bytes().any(|b| b != b'0') =>
        {
            Ok(ConversationId::new(text))
        }
        _ => Err(AddressError::NotAThread),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aad(id) => write!(f, "aad:{id}"),
            Self::Upn(name) => write!(f, "upn:{name}"),
            Self::Mail(mail) => write!(f, "mail:{mail}"),
            Self::User(id) => write!(f, "{id}"),
            Self::Roster(id) => write!(f, "roster:{id}"),
            Self::Channel(id) => write!(f, "channel:{id}"),
            Self::Thread(id) => write!(f, "thread:{id}"),
            Self::Chat(id) => write!(f, "chat:{id}"),
            Self::Topic(name) => write!(f, "topic:{name}"),
            Self::Alias(name) => write!(f, "alias:{name}"),
            Self::Everyone => f.write_str("everyone"),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError};
    use crate::recipient::RecipientKey;

    #[test]
    fn every_kind_of_address_reads_back() {
        for text in [
            "aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01",
            "upn:ana@contoso.example",
            "mail:ana@contoso.example",
            "29:1abcDEF-_",
            "roster:19:7c1e5a0platformgeneral@thread.tacv2",
            "channel:19:9d2f6b1incidents@thread.tacv2",
            "thread:19:9d2f6b1incidents@thread.tacv2;messageid=1700000000000",
            "chat:19:5b0c4e8release@thread.v2",
            "topic:aws.cloudwatch",
            "alias:release-crew",
            "everyone",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_says_what_it_lacks() {
        for (text, why) in [
            ("", AddressError::UnknownKind),
            ("ana@contoso.example", AddressError::UnknownKind),
            ("maill:ana@contoso.example", AddressError::UnknownKind),
            ("Everyone", AddressError::UnknownKind),
            ("everyone:", AddressError::UnknownKind),
            ("aad:", AddressError::Empty),
            ("29:", AddressError::Empty),
            ("aad:ana", AddressError::NotAnObjectId),
            ("upn:ana", AddressError::NotAMailbox),
            ("mail:@host", AddressError::NotAMailbox),
            (
                "channel:19:a@thread.tacv2;messageid=1",
                AddressError::IsAThread,
            ),
            ("thread:19:a@thread.tacv2", AddressError::NotAThread),
            (
                "thread:19:a@thread.tacv2;messageid=",
                AddressError::NotAThread,
            ),
            (
                "thread:19:a@thread.tacv2;messageid=0",
                AddressError::NotAThread,
            ),
            (
                "thread:19:a@thread.tacv2;messageid=1;x",
                AddressError::NotAThread,
            ),
            ("topic:two words", AddressError::Malformed),
            ("topic:#", AddressError::NotATopic),
            ("alias:a/b", AddressError::NotAnAlias),
            (" everyone", AddressError::Malformed),
        ] {
            assert_eq!(text.parse::<Address>(), Err(why), "{text}");
        }
    }

    #[test]
    fn a_person_is_the_same_whatever_the_case_of_the_guid() {
        let upper: Address = "aad:3B5E7D10-8C1F-4D4E-9C55-0A1B2C3D4E01".parse().unwrap();
        let lower: Address = "aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01".parse().unwrap();
        assert_eq!(upper, lower);
        assert_eq!(
            upper.recipient().as_ref().map(RecipientKey::as_str),
            Some("p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01")
        );
    }
}

//! Topics: what recipients subscribe to and mute, and what governs it.

use crate::address::Address;
use crate::audience::Audience;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A topic's name: letters, digits and `. _ - / : +`, at most 80, without
/// spaces.
///
/// Kept in lower case: people type topic names on telephones that capitalise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(String);

/// The text is no topic name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a topic name of at most 80 letters, digits and . _ - / : +")]
pub struct NotATopicName;

impl TopicName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TopicName {
    type Err = NotATopicName;

    fn from_str(text: &str) -> Result<Self, NotATopicName> {
        let fits = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b'+')
        };
        let first = text.bytes().next().ok_or(NotATopicName)?;
        if text.len() <= 80 && first.is_ascii_alphanumeric() && text.bytes().all(fits) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(NotATopicName)
        }
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TopicName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TopicName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A topic's definition. [`Topic::parse`](Topic::from_value) reads it with
/// every problem named; what is absent gets the safe default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// What senders write and people subscribe to.
    pub name: TopicName,
    /// What people read; absent, the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One or two sentences for the list of topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it: addresses of people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Address>,
    /// Who its subscribers are.
    pub default: DefaultSubscription,
    /// What happens to a send whose answer was lost.
    pub policy: Policy,
    /// Whether `urgent` passes through a mute.
    pub urgent_allowed: bool,
    /// What happens to messages in a recipient's quiet hours.
    pub quiet: Quiet,
    /// Whether messages are gathered.
    pub digest: Digest,
    /// Who is told next when nobody acknowledges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub escalation: Vec<Escalation>,
    /// Messages per person and hour; absent, no cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Which addresses `to` may use; empty, any. See [`Topic::allows`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audience_allowed: Vec<String>,
}

impl Topic {
    /// The definition of a topic that nobody defined: subscribers are those
    /// who subscribed, sends are at-least-once, nothing passes through a mute.
    #[must_use]
    pub fn undefined(name: TopicName) -> Self {
        Self {
            name,
            title: None,
            description: None,
            owners: Vec::new(),
            default: DefaultSubscription::OptIn,
            policy: Policy::AtLeastOnce,
            urgent_allowed: false,
            quiet: Quiet::Keep,
            digest: Digest::Off,
            escalation: Vec::new(),
            rate: None,
            audience_allowed: Vec::new(),
        }
    }

    /// What people read: the title, else the name.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.title.as_deref().unwrap_or(self.name.as_str())
    }

    /// Whether a notification of this topic may be addressed so.
    ///
    /// An entry of `audienceAllowed` is a whole address, or the kind alone
    /// (`channel`, `roster`, `everyone`, …) for every address of that kind.
    /// The topic's own subscribers are always allowed.
    #[must_use]
    pub fn allows(&self, address: &Address) -> bool {
        if self.audience_allowed.is_empty() || *address == Address::Topic(self.name.clone()) {
            return true;
        }
        let whole = address.to_string();
        self.audience_allowed
            .iter()
            .any(|entry| entry == address.kind() || *entry == whole)
    }
}

/// Who the subscribers of a topic are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultSubscription {
    /// Those who subscribed.
    #[default]
    OptIn,
    /// Each person who has the app, until they unsubscribe.
    OptOut,
}

/// What happens to a send that may or may not have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// It is sent again, and marked as possibly doubled.
    #[default]
    AtLeastOnce,
    /// It is marked `unknown`, and not sent again.
    AtMostOnce,
}

/// What happens to messages in a recipient's quiet hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quiet {
    /// They wait until the hours are over.
    #[default]
    Keep,
    /// They are skipped.
    Drop,
}

/// How often gathered messages are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    /// Each message by itself.
    #[default]
    Off,
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily,
}

/// One step of escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Escalation {
    /// How long nobody must have acknowledged.
    #[serde(serialize_with = "crate::durations::serialize")]
    pub after: Duration,
    /// Who is told then.
    pub to: Audience,
}

#[cfg(test)]
mod tests {
    use super::{Topic, TopicName};
    use crate::address::Address;

    #[test]
    fn names_are_kept_in_lower_case() {
        assert_eq!("Deploys".parse::<TopicName>().unwrap().as_str(), "deploys");
        for text in ["", ".a", "a b", "a#b", "año", &"a".repeat(81)] {
            assert!(text.parse::<TopicName>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_allowed_audience_may_be_addressed() {
        let mut topic = Topic::undefined("deploys".parse().unwrap());
        assert!(topic.allows(&Address::Everyone));
        topic.audience_allowed = vec!["channel".into(), "chat:19:a@thread.v2".into()];
        let allowed = |text: &str| topic.allows(&text.parse().unwrap());
        assert!(allowed("channel:19:b@thread.tacv2"));
        assert!(allowed("chat:19:a@thread.v2"));
        assert!(allowed("topic:deploys"));
        assert!(!allowed("chat:19:b@thread.v2"));
        assert!(!allowed("everyone"));
    }
}

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::ChannelAccount;
use crate::ids::ActivityId;

/// Something an activity says about itself beside its text: a mention, the
/// client, a label.
///
/// The set is open and grows (`ProductInfo`, `ClientCapabilities`, …), and bots
/// that failed on a new one stopped receiving anything. So an entity is kept as
/// it came, and read through the methods. Debug output has only the type.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entity(pub Value);

impl Entity {
    /// The entity's `type`.
    #[must_use]
    pub fn entity_type(&self) -> Option<&str> {
        self.0.get("type")?.as_str()
    }

    /// A mention to send: `text` must stand literally in the message, as
    /// `<at>…</at>`.
    ///
    /// `id` is a `29:` id; inside an Adaptive Card (`msteams.entities`) it may
    /// also be an Entra object id or a user principal name.
    #[must_use]
    pub fn mention(id: &str, name: &str, text: &str) -> Self {
        Self(json!({
            "type": "mention",
            "mentioned": { "id": id, "name": name },
            "text": text,
        }))
    }

    /// Marks an answer to a targeted message.
    #[must_use]
    pub fn targeted_message_info(message: &ActivityId) -> Self {
        Self(json!({ "type": "targetedMessageInfo", "messageId": message }))
    }

    /// Labels the message as made by a model.
    #[must_use]
    pub fn ai_generated() -> Self {
        Self(json!({
            "type": "https://schema.org/Message",
            "@type": "Message",
            "@context": "https://schema.org",
            "additionalType": ["AIGeneratedContent"],
        }))
    }

    /// The entity as a mention.
    #[must_use]
    pub fn as_mention(&self) -> Option<Mention> {
        self.read("mention")
    }

    /// The entity as what the sender's client says of itself.
    #[must_use]
    pub fn as_client_info(&self) -> Option<ClientInfo> {
        self.read("clientInfo")
    }

    fn read<T: serde::de::DeserializeOwned>(&self, entity_type: &str) -> Option<T> {
        (self.entity_type() == Some(entity_type))
            .then(|| T::deserialize(&self.0).ok())
            .flatten()
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entity").field(&self.entity_type()).finish()
    }
}

/// Somebody mentioned in a message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Mention {
    /// Who.
    pub mentioned: ChannelAccount,
    /// How the message's text spells it, `<at>Name</at>`; may be missing.
    #[serde(default)]
    pub text: Option<String>,
}

/// What the sender's client says of itself; any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClientInfo {
    /// Language, such as `en-US`.
    pub locale: Option<String>,
    /// Country, such as `US`.
    pub country: Option<String>,
    /// Such as `Web`, `Windows`, `iOS`.
    pub platform: Option<String>,
    /// IANA time zone, such as `America/Los_Angeles`.
    pub timezone: Option<String>,
}

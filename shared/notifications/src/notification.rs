//! The notification of the contract, typed.

use crate::address::Address;
use crate::audience::Audience;
use crate::contract::{self, ContractErrors};
use crate::locale::Locale;
use crate::source::NotificationId;
use crate::topic::TopicName;
use crate::translations::{Texts, Translation};
use crate::weblink::WebLink;
use activity::ids::TenantId;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What happened, to what, who did it, what the reader can do, and who is told.
///
/// Made by [`Notification::parse`], which accepts only what the contract
/// allows. Serialises to the contract's JSON, and reads back the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The sender's idempotency key; absent, the envelope's id stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<NotificationId>,
    /// Whose people are meant; absent, the home tenant's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What recipients subscribe to and mute.
    pub topic: TopicName,
    /// Who; absent, the topic's subscribers. See [`Notification::audience`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Audience>,
    /// What happened, in one line: also the toast.
    pub what: String,
    /// What it happened to.
    pub item: Item,
    /// Who did it.
    pub actor: Actor,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// More text, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Titles and values, in the sender's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// People mentioned by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Address>,
    /// One picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Texts for readers of other locales.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<Locale, Translation>,
    /// How loud.
    pub importance: Importance,
    /// The incident that the message belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<Incident>,
    /// The sender's own card, perhaps a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Value>,
    /// The template's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Map<String, Value>>,
    /// What the first action answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_token: Option<TaskToken>,
    /// Not to be sent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not to be sent from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The sender's own `x-…` fields.
    #[serde(flatten)]
    pub extensions: BTreeMap<String, Value>,
}

impl Notification {
    /// Reads a notification, naming everything that breaks the contract.
    ///
    /// # Errors
    ///
    /// [`ContractErrors`]: each place, what is there and what should be. No
    /// retry helps; the sender must mend it. Its text repeats no message
    /// text, names or addresses, so that it may be logged.
    pub fn parse(json: &[u8]) -> Result<Self, ContractErrors> {
        contract::notification_from_slice(json)
    }

    /// Reads a notification that is already JSON.
    ///
    /// # Errors
    ///
    /// As [`Notification::parse`].
    pub fn from_value(json: &Value) -> Result<Self, ContractErrors> {
        contract::notification_from_value(json)
    }

    /// Who is told: `to`, else the topic's subscribers.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.to
            .clone()
            .unwrap_or_else(|| Audience::subscribers(self.topic.clone()))
    }

    /// The texts for a reader of this locale.
    ///
    /// `es-MX` falls back to `es`, that to the texts outside `translations`,
    /// field by field: a translation of `what` alone keeps the body.
    #[must_use]
    pub fn texts(&self, locale: Option<&Locale>) -> Texts<'_> {
        Texts::of(self, locale)
    }

    /// A digest of everything but the id: two notifications with one id and
    /// different digests are an error of their sender.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut json = serde_json::to_value(self).unwrap_or(Value::Null);
        if let Some(fields) = json.as_object_mut() {
            fields.remove("id");
            fields.sort_keys();
        }
        json.sort_all_objects();
        crate::source::hex(digest(&SHA256, json.to_string().as_bytes()).as_ref())
    }
}

impl<'de> Deserialize<'de> for Notification {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::from_value(&json).map_err(de::Error::custom)
    }
}

/// What something happened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What people call it.
    pub name: String,
    /// Where to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<WebLink>,
}

/// Who or what did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// What people call them.
    pub name: String,
    /// The sender's own id of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Something that the reader can do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// The button's text.
    pub title: String,
    /// What the button does.
    #[serde(flatten)]
    pub does: Do,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Do {
    /// Opens a page.
    Open {
        /// The page.
        url: WebLink,
    },
    /// Tells the sender, as one `tidings.action` event.
    Tell {
        /// The sender's word for it.
        verb: String,
        /// What the event carries; kept on the ledger, never put on the wire.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Value>,
    },
}

/// A title and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub title: String,
    /// The value.
    pub value: String,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Where it is.
    pub url: WebLink,
    /// What it shows, for people who do not see it.
    pub alt: String,
}

/// How loud a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Importance {
    /// As any message.
    #[default]
    Normal,
    /// Marked as important.
    High,
    /// Passes through a mute, where the topic allows it.
    Urgent,
}

/// The incident that messages with one key share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// What the sender calls it.
    pub key: String,
    /// Where it stands.
    pub state: IncidentState,
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// Nobody has it yet.
    Open,
    /// Somebody has it.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// A Step Functions task token. Whoever has it can finish the task, so `Debug`
/// does not show it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// Takes a token as it is.
    pub(crate) fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskToken(…)")
    }
}

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::conversation::ConversationKind;
use crate::ids::{AccountId, BotId, ConversationId, ObjectId, TenantId, UserId};

/// A person or a bot, as activities name them.
///
/// Teams sends often no more than the id: names are missing on installs,
/// membership changes, reactions and read receipts. Debug output has no name.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelAccount {
    /// `29:…` for a person, `28:…` for a bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AccountId>,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Entra object id; rosters in documents spell it `objectId`, so read it
    /// with [`ChannelAccount::object_id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aad_object_id: Option<ObjectId>,
    /// `user`, `bot` or `skill`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// On a recipient: the message is visible to this account alone, and must
    /// not be answered publicly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_targeted: Option<bool>,
    /// Every other member.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ChannelAccount {
    /// An account of which only the id is known.
    pub fn from_id(id: impl Into<AccountId>) -> Self {
        Self {
            id: Some(id.into()),
            ..Self::default()
        }
    }

    /// The account as a person.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.id.as_ref()?.user()
    }

    /// The account as a bot.
    #[must_use]
    pub fn bot_id(&self) -> Option<BotId> {
        self.id.as_ref()?.bot()
    }

    /// The Entra object id, under either of its names on the wire.
    #[must_use]
    pub fn object_id(&self) -> Option<ObjectId> {
        self.aad_object_id
            .clone()
            .or_else(|| self.extra.get("objectId")?.as_str().map(ObjectId::from))
    }
}

impl fmt::Debug for ChannelAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelAccount")
            .field("id", &self.id)
            .field("aad_object_id", &self.aad_object_id)
            .finish_non_exhaustive()
    }
}

/// The conversation that an activity belongs to. Debug output has no name.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationAccount {
    /// In a channel with the thread: `…;messageid=…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ConversationId>,
    /// The tenant; in a shared channel the host's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// `personal`, `groupChat` or `channel`; read it with [`ConversationAccount::kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_type: Option<String>,
    /// Only in chats and channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_group: Option<bool>,
    /// The channel's name, on some events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Every other member.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ConversationAccount {
    /// The kind of conversation: what the activity says, else what the id's
    /// shape tells, else a guess from `isGroup`.
    #[must_use]
    pub fn kind(&self) -> ConversationKind {
        let said = self.conversation_type.as_deref();
        said.and_then(ConversationKind::from_wire)
            .or_else(|| self.id.as_ref()?.kind())
            .unwrap_or(if self.is_group == Some(true) {
                ConversationKind::GroupChat
            } else {
                ConversationKind::Personal
            })
    }
}

impl fmt::Debug for ConversationAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationAccount")
            .field("id", &self.id)
            .field("tenant_id", &self.tenant_id)
            .field("conversation_type", &self.conversation_type)
            .finish_non_exhaustive()
    }
}

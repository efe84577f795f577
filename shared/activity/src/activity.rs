use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::account::{ChannelAccount, ConversationAccount};
use crate::activity_type::{
    ActivityType, AttachmentLayout, Importance, InstallationAction, ReactionType, TextFormat,
};
use crate::attachment::Attachment;
use crate::channel_data::ChannelData;
use crate::entity::Entity;
use crate::ids::{ActivityId, ChannelId};
use crate::list::List;
use crate::wire_time::WireTime;

/// An activity as it arrived: the read model (protocol reference §3.1).
///
/// Only `type` is required. `null` counts as absent, unknown types and values
/// are kept, and members that are not listed here are in `extra`: what was
/// parsed is what is written again. What a bot sends is an
/// [`ActivityInput`](crate::ActivityInput).
///
/// Nothing in here is to be believed before the token that came with it was
/// verified. Debug output has no text, no names and no content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// What kind of activity it is.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// For a message its time in milliseconds, else `f:{guid}`. Reactions,
    /// edits and deletions carry the id of the message they are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ActivityId>,
    /// When it was sent. Activities arrive out of order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<WireTime>,
    /// The same in the sender's own offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_timestamp: Option<WireTime>,
    /// The sender's IANA time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_timezone: Option<String>,
    /// `msteams`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
    /// Where answers go, as the sender claims. Only a
    /// [`ServiceUrl`](crate::ServiceUrl) that a policy trusts may have a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_url: Option<String>,
    /// Who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ChannelAccount>,
    /// Who gets it: the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<ChannelAccount>,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationAccount>,
    /// The message that was answered, acted on or reacted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_id: Option<ActivityId>,
    /// What was written, mentions as `<at>…</at>`; absent on card submits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How the text is to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_format: Option<TextFormat>,
    /// The sender's language, such as `en-US`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Cards and files; user messages carry an HTML copy of their text.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub attachments: List<Attachment>,
    /// How the attachments are laid out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_layout: Option<AttachmentLayout>,
    /// Mentions, the client, and whatever else.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub entities: List<Entity>,
    /// What Teams adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_data: Option<ChannelData>,
    /// What an invoke, an event or a card submit carries. It came through the
    /// client: no grounds for any permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The type of `value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_type: Option<String>,
    /// Which invoke or event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What happened to the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<InstallationAction>,
    /// Who joined; often only ids.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub members_added: List<ChannelAccount>,
    /// Who left; often only ids.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub members_removed: List<ChannelAccount>,
    /// Reactions that came.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub reactions_added: List<Reaction>,
    /// Reactions that went.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub reactions_removed: List<Reaction>,
    /// The conversation's new topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_name: Option<String>,
    /// Whether earlier messages are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_disclosed: Option<bool>,
    /// What a toast shows of a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What a screen reader says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speak: Option<String>,
    /// Whether the bot waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_hint: Option<String>,
    /// Buttons below the compose box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_actions: Option<Value>,
    /// How urgent it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// How answers are to be delivered; test tools ask for `expectReplies`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_mode: Option<String>,
    /// When it is of no use any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<WireTime>,
    /// Why a conversation ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Another conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relates_to: Option<Value>,
    /// What a trace is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Phrases for speech recognition.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub listen_for: List<String>,
    /// Parts of the text to highlight.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub text_highlights: List<Value>,
    /// A programmatic action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic_action: Option<Value>,
    /// The caller of a skill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_id: Option<String>,
    /// Every other member.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Activity {
    /// Parses the body of a request.
    ///
    /// # Errors
    ///
    /// [`MalformedActivity`]: not JSON, not an object, no `type`, a member
    /// twice, or a member of another JSON type than the protocol gives it.
    pub fn parse(body: &[u8]) -> Result<Self, MalformedActivity> {
        serde_json::from_slice(body).map_err(MalformedActivity)
    }
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity")
            .field("activity_type", &self.activity_type)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}

/// The body is not an activity.
#[derive(Debug, thiserror::Error)]
#[error("failed to parse an activity")]
pub struct MalformedActivity(#[source] serde_json::Error);

/// A reaction to a message. The activity does not hold the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// Which one.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub reaction_type: Option<ReactionType>,
    /// Every other member.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

//! What most readers of an activity ask it.

use crate::activity::Activity;
use crate::activity_type::{ActivityType, ChannelEventType, InstallationAction};
use crate::channel_data::{ChannelInfo, TeamInfo};
use crate::conversation::ConversationKind;
use crate::entity::ClientInfo;
use crate::ids::{BotId, ConversationId, MeetingId, ObjectId, TenantId, UserId};

impl Activity {
    /// The tenant: the conversation's, else what Teams adds.
    ///
    /// In a shared channel this is the host's tenant, not the sender's.
    #[must_use]
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.conversation
            .as_ref()
            .and_then(|conversation| conversation.tenant_id.clone())
            .or_else(|| self.channel_data.as_ref()?.tenant_id())
    }

    /// The conversation's id, in a channel with the thread.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&ConversationId> {
        self.conversation.as_ref()?.id.as_ref()
    }

    /// The kind of conversation.
    #[must_use]
    pub fn conversation_kind(&self) -> Option<ConversationKind> {
        self.conversation
            .as_ref()
            .map(crate::ConversationAccount::kind)
    }

    /// Who sent it, as a person.
    #[must_use]
    pub fn from_user_id(&self) -> Option<UserId> {
        self.from.as_ref()?.user_id()
    }

    /// Who sent it, by Entra object id.
    #[must_use]
    pub fn from_object_id(&self) -> Option<ObjectId> {
        self.from.as_ref()?.object_id()
    }

    /// The bot that gets it.
    #[must_use]
    pub fn bot_id(&self) -> Option<BotId> {
        self.recipient.as_ref()?.bot_id()
    }

    /// Whether only the sender sees the message: an answer must not be public.
    #[must_use]
    pub fn is_targeted(&self) -> bool {
        let recipient = self.recipient.as_ref();
        recipient.is_some_and(|recipient| recipient.is_targeted == Some(true))
    }

    /// The team, without name and group on ordinary messages.
    #[must_use]
    pub fn team(&self) -> Option<TeamInfo> {
        self.channel_data.as_ref()?.team()
    }

    /// The channel of the team.
    #[must_use]
    pub fn channel(&self) -> Option<ChannelInfo> {
        self.channel_data.as_ref()?.channel()
    }

    /// The channel that was picked when a team installed the app.
    #[must_use]
    pub fn selected_channel(&self) -> Option<ChannelInfo> {
        self.channel_data.as_ref()?.selected_channel()
    }

    /// The meeting.
    #[must_use]
    pub fn meeting_id(&self) -> Option<MeetingId> {
        self.channel_data.as_ref()?.meeting_id()
    }

    /// What `channelData` says has happened.
    #[must_use]
    pub fn event_type(&self) -> Option<ChannelEventType> {
        self.channel_data.as_ref()?.event_type()
    }

    /// What the sender's client says of itself.
    #[must_use]
    pub fn client_info(&self) -> Option<ClientInfo> {
        self.entities.iter().find_map(crate::Entity::as_client_info)
    }

    /// The sender's language: the activity's, else the client's.
    #[must_use]
    pub fn sender_locale(&self) -> Option<String> {
        self.locale.clone().or_else(|| self.client_info()?.locale)
    }

    /// The sender's IANA time zone: the activity's, else the client's.
    #[must_use]
    pub fn sender_timezone(&self) -> Option<String> {
        self.local_timezone
            .clone()
            .or_else(|| self.client_info()?.timezone)
    }

    /// What happened to the installation; `None` for every other activity.
    #[must_use]
    pub fn installation_update(&self) -> Option<&InstallationAction> {
        (self.activity_type == ActivityType::InstallationUpdate)
            .then_some(self.action.as_ref())
            .flatten()
    }
}

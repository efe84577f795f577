use crate::account::ChannelAccount;
use crate::activity::Activity;
use crate::activity_type::{ActivityType, ChannelEventType};
use crate::channel_data::{ChannelInfo, TeamInfo};
use crate::ids::AccountId;

/// A `conversationUpdate`: members, the team or a channel changed
/// (protocol reference §3.3).
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationUpdate<'a> {
    /// What happened.
    pub event: ConversationEvent,
    /// Who joined, the bot perhaps among them.
    pub members_added: &'a [ChannelAccount],
    /// Who left, the bot perhaps among them.
    pub members_removed: &'a [ChannelAccount],
    /// The team it happened in.
    pub team: Option<TeamInfo>,
    /// The channel it happened to.
    pub channel: Option<ChannelInfo>,
    /// The teams that the channel was shared with.
    pub shared_with_teams: Vec<TeamInfo>,
    /// The teams that the channel was taken from.
    pub unshared_from_teams: Vec<TeamInfo>,
    bot: Option<&'a AccountId>,
}

/// What a [`ConversationUpdate`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationEvent {
    /// Members of a personal or group chat changed: no event type is given.
    Members,
    /// What Teams calls it; an unknown name is to be answered with 200.
    Named(ChannelEventType),
}

impl<'a> ConversationUpdate<'a> {
    /// Whether the bot itself joined.
    #[must_use]
    pub fn bot_added(&self) -> bool {
        self.members_added.iter().any(|member| self.is_bot(member))
    }

    /// Whether the bot itself left: the conversation cannot be answered any more.
    #[must_use]
    pub fn bot_removed(&self) -> bool {
        let mut removed = self.members_removed.iter();
        removed.any(|member| self.is_bot(member))
    }

    /// Who joined, without the bot.
    pub fn people_added(&self) -> impl Iterator<Item = &'a ChannelAccount> {
        self.people(self.members_added)
    }

    /// Who left, without the bot.
    pub fn people_removed(&self) -> impl Iterator<Item = &'a ChannelAccount> {
        self.people(self.members_removed)
    }

    fn people(&self, members: &'a [ChannelAccount]) -> impl Iterator<Item = &'a ChannelAccount> {
        let bot = self.bot;
        members
            .iter()
            .filter(move |member| member.id.is_some() && member.id.as_ref() != bot)
    }

    /// Members are compared by id, never by name.
    fn is_bot(&self, member: &ChannelAccount) -> bool {
        self.bot.is_some() && member.id.as_ref() == self.bot
    }
}

impl Activity {
    /// The activity as a `conversationUpdate`.
    #[must_use]
    pub fn conversation_update(&self) -> Option<ConversationUpdate<'_>> {
        if self.activity_type != ActivityType::ConversationUpdate {
            return None;
        }
        let data = self.channel_data.as_ref();
        Some(ConversationUpdate {
            event: self
                .event_type()
                .map_or(ConversationEvent::Members, ConversationEvent::Named),
            members_added: &self.members_added,
            members_removed: &self.members_removed,
            team: self.team(),
            channel: self.channel(),
            shared_with_teams: data.map(|d| d.shared_with_teams()).unwrap_or_default(),
            unshared_from_teams: data.map(|d| d.unshared_from_teams()).unwrap_or_default(),
            bot: self.recipient.as_ref().and_then(|bot| bot.id.as_ref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bot_is_told_from_people_by_its_id() {
        let activity: Activity = serde_json::from_value(json!({
            "type": "conversationUpdate",
            "recipient": { "id": "28:bot", "name": "Tidings" },
            "membersAdded": [{ "id": "28:bot" }, { "id": "29:ada", "name": "Tidings" }],
            "membersRemoved": [{ "id": "29:bob" }],
        }))
        .unwrap();
        let update = activity.conversation_update().unwrap();
        assert_eq!(update.event, ConversationEvent::Members);
        assert!(update.bot_added());
        assert!(!update.bot_removed());
        let joined: Vec<_> = update.people_added().filter_map(|m| m.user_id()).collect();
        assert_eq!(joined, ["29:ada".into()]);
        assert_eq!(update.people_removed().count(), 1);
    }

    #[test]
    fn an_unknown_event_without_anything_else_is_still_an_update() {
        let activity: Activity = serde_json::from_value(json!({
            "type": "conversationUpdate",
            "channelData": { "eventType": "otherEvent" },
        }))
        .unwrap();
        let update = activity.conversation_update().unwrap();
        assert_eq!(
            update.event,
            ConversationEvent::Named(ChannelEventType::Other("otherEvent".into()))
        );
        assert!(!update.bot_added() && !update.bot_removed());
    }

    #[test]
    fn a_shared_channel_names_the_teams() {
        let activity: Activity = serde_json::from_value(json!({
            "type": "conversationUpdate",
            "channelData": {
                "eventType": "channelShared",
                "channel": { "id": "19:c", "type": "shared" },
                "sharedWithTeams": [{ "id": "19:t", "teamType": "sharedChannel" }, { "name": "?" }],
            },
        }))
        .unwrap();
        let update = activity.conversation_update().unwrap();
        assert_eq!(update.channel.unwrap().channel_type.unwrap(), "shared");
        assert_eq!(update.shared_with_teams.len(), 1);
        assert_eq!(
            update.shared_with_teams[0].team_type.as_deref(),
            Some("sharedChannel")
        );
    }
}

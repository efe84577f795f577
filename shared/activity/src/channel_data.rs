use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::activity_type::ChannelEventType;
use crate::ids::{MeetingId, TeamId, TeamsChannelId, TenantId};

/// What Teams adds to an activity (`channelData`, protocol reference §3.4).
///
/// Kept as it came and read through methods: each member may be missing, have
/// an odd shape, or be new, and none of that may fail an activity. Debug output
/// has only the event type.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelData(pub Value);

impl ChannelData {
    /// What happened, for activities that share a type.
    #[must_use]
    pub fn event_type(&self) -> Option<ChannelEventType> {
        self.text("/eventType").map(ChannelEventType::from)
    }

    /// The tenant.
    #[must_use]
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.text("/tenant/id").map(TenantId::from)
    }

    /// The team.
    #[must_use]
    pub fn team(&self) -> Option<TeamInfo> {
        TeamInfo::read(self.0.get("team")?)
    }

    /// The channel of the team.
    #[must_use]
    pub fn channel(&self) -> Option<ChannelInfo> {
        ChannelInfo::read(self.0.get("channel")?)
    }

    /// The channel that was picked when a team installed the app.
    #[must_use]
    pub fn selected_channel(&self) -> Option<ChannelInfo> {
        ChannelInfo::read(self.0.pointer("/settings/selectedChannel")?)
    }

    /// The meeting.
    #[must_use]
    pub fn meeting_id(&self) -> Option<MeetingId> {
        self.text("/meeting/id").map(MeetingId::from)
    }

    /// The version of the app package, in personal scope.
    #[must_use]
    pub fn app_version(&self) -> Option<&str> {
        self.text("/app/version")
    }

    /// Where in Teams the activity was made, such as `message`.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.text("/source/name")
    }

    /// The teams that a channel was shared with.
    #[must_use]
    pub fn shared_with_teams(&self) -> Vec<TeamInfo> {
        self.teams("sharedWithTeams")
    }

    /// The teams that a channel was taken from.
    #[must_use]
    pub fn unshared_from_teams(&self) -> Vec<TeamInfo> {
        self.teams("unsharedFromTeams")
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str()
    }

    fn teams(&self, member: &str) -> Vec<TeamInfo> {
        let teams = self.0.get(member).and_then(Value::as_array);
        teams
            .into_iter()
            .flatten()
            .filter_map(TeamInfo::read)
            .collect()
    }
}

impl fmt::Debug for ChannelData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelData")
            .field("event_type", &self.event_type())
            .finish_non_exhaustive()
    }
}

/// A team. Name and group come only with installs and membership changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamInfo {
    /// The id of its General channel.
    pub id: TeamId,
    /// Display name.
    pub name: Option<String>,
    /// The Microsoft 365 group.
    pub aad_group_id: Option<String>,
    /// `standard`, `sharedChannel` or `privateChannel`.
    pub team_type: Option<String>,
    /// The tenant that owns it.
    pub tenant_id: Option<TenantId>,
    /// How many members it has.
    pub member_count: Option<u64>,
    /// How many channels it has.
    pub channel_count: Option<u64>,
}

impl TeamInfo {
    fn read(team: &Value) -> Option<Self> {
        Some(Self {
            id: team.get("id")?.as_str()?.into(),
            name: text(team, "name"),
            aad_group_id: text(team, "aadGroupId"),
            team_type: text(team, "type").or_else(|| text(team, "teamType")),
            tenant_id: text(team, "tenantId").map(TenantId::from),
            member_count: team.get("memberCount").and_then(Value::as_u64),
            channel_count: team.get("channelCount").and_then(Value::as_u64),
        })
    }
}

/// A channel of a team. General has the team's id and no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelInfo {
    /// The channel's id.
    pub id: TeamsChannelId,
    /// Display name; General has none.
    pub name: Option<String>,
    /// `standard`, `shared` or `private`.
    pub channel_type: Option<String>,
}

impl ChannelInfo {
    fn read(channel: &Value) -> Option<Self> {
        Some(Self {
            id: channel.get("id")?.as_str()?.into(),
            name: text(channel, "name"),
            channel_type: text(channel, "type"),
        })
    }
}

fn text(object: &Value, member: &str) -> Option<String> {
    object.get(member)?.as_str().map(str::to_owned)
}

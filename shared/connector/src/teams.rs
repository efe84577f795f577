use activity::{ChannelInfo, ServiceUrl, TeamId, TeamInfo, TeamsChannelId, TenantId};
use http_client::Method;
use serde::Deserialize;

use crate::connector::Connector;
use crate::error::ConnectorError;
use crate::operation::Operation;

impl Connector {
    /// Reads about a team.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Teams extension, `GET /v3/teams/{teamId}` (protocol reference §4.7).
    pub async fn team(
        &self,
        service_url: &ServiceUrl,
        team: &TeamId,
    ) -> Result<TeamInfo, ConnectorError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: TeamId,
            name: Option<String>,
            aad_group_id: Option<String>,
            r#type: Option<String>,
            tenant_id: Option<TenantId>,
            member_count: Option<u64>,
            channel_count: Option<u64>,
        }
        let address = self.at(service_url)?.path("/v3/teams").id(team.as_str())?;
        let answer = self.call(Operation::ReadTeam, Method::GET, address);
        let team: Wire = answer.await?.json()?;
        Ok(TeamInfo {
            id: team.id,
            name: team.name,
            aad_group_id: team.aad_group_id,
            team_type: team.r#type,
            tenant_id: team.tenant_id,
            member_count: team.member_count,
            channel_count: team.channel_count,
        })
    }

    /// Lists the channels of a team. General has the team's id and no name.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Teams extension, `GET /v3/teams/{teamId}/conversations` (protocol
    /// reference §4.7).
    pub async fn team_channels(
        &self,
        service_url: &ServiceUrl,
        team: &TeamId,
    ) -> Result<Vec<ChannelInfo>, ConnectorError> {
        #[derive(Deserialize)]
        struct Wire {
            conversations: Option<Vec<Channel>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Channel {
            id: TeamsChannelId,
            name: Option<String>,
            r#type: Option<String>,
            channel_type: Option<String>,
        }
        let address = self
            .at(service_url)?
            .path("/v3/teams")
            .id(team.as_str())?
            .path("/conversations");
        let answer = self.call(Operation::ReadChannels, Method::GET, address);
        let channels: Wire = answer.await?.json()?;
        let channels = channels.conversations.unwrap_or_default();
        Ok(channels
            .into_iter()
            .map(|channel| ChannelInfo {
                id: channel.id,
                name: channel.name,
                channel_type: channel.r#type.or(channel.channel_type),
            })
            .collect())
    }
}

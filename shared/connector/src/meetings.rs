use activity::{
    AccountId, ConversationAccount, MeetingId, MeetingRole, ObjectId, OnBehalfOf, ServiceUrl,
    TenantId, UserId, WireTime,
};
use http_client::{Method, StatusCode};
use serde::{Deserialize, Serialize, Serializer};

use crate::account::TeamsChannelAccount;
use crate::connector::Connector;
use crate::error::ConnectorError;
use crate::exchange::to_body;
use crate::operation::Operation;

/// A meeting and where it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct MeetingInfo {
    /// About the meeting.
    pub details: MeetingDetails,
    /// Its chat.
    pub conversation: Option<ConversationAccount>,
    /// Whose it is.
    pub organizer: Option<TeamsChannelAccount>,
}

/// About a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MeetingDetails {
    /// Its id.
    pub id: Option<MeetingId>,
    /// Its id in Microsoft Graph.
    pub ms_graph_resource_id: Option<String>,
    /// When it is to begin.
    pub scheduled_start_time: Option<WireTime>,
    /// When it is to end.
    pub scheduled_end_time: Option<WireTime>,
    /// How to join.
    pub join_url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Such as `scheduled` or `recurring`.
    #[serde(rename = "type")]
    pub meeting_type: Option<String>,
}

/// Somebody in a meeting.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct MeetingParticipantInfo {
    /// Who.
    pub user: TeamsChannelAccount,
    /// As what, and whether now.
    pub meeting: MeetingRole,
    /// The meeting's chat.
    pub conversation: Option<ConversationAccount>,
}

/// Something to show to people in a meeting.
#[derive(Clone, Debug, Default)]
pub struct MeetingNotification {
    /// Who sees it.
    pub recipients: Vec<UserId>,
    /// Where it is shown.
    pub surfaces: Vec<Surface>,
    /// In whose name, if not the app's.
    pub on_behalf_of: Vec<OnBehalfOf>,
}

/// Where in a meeting something is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A dialog on the stage.
    Stage {
        /// The page in it.
        url: String,
        /// Its title.
        title: String,
        /// Height in pixels.
        height: u32,
        /// Width in pixels.
        width: u32,
    },
    /// A badge on the icon of a tab.
    TabIcon {
        /// Which tab; the app's only one, if absent.
        tab_entity_id: Option<String>,
    },
}

/// Somebody whom a meeting notification did not reach.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotReached {
    /// Who, by the id inside Teams (`8:orgid:…`) or the bot's own.
    pub recipient_mri: Option<AccountId>,
    /// Why.
    pub failure_reason: Option<String>,
    /// Why, in a word.
    pub error_code: Option<String>,
}

impl Connector {
    /// Reads about a meeting.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Teams extension, `GET /v1/meetings/{meetingId}` (protocol reference §4.7).
    pub async fn meeting(
        &self,
        service_url: &ServiceUrl,
        meeting: &MeetingId,
    ) -> Result<MeetingInfo, ConnectorError> {
        let address = self
            .at(service_url)?
            .path("/v1/meetings")
            .id(meeting.as_str())?;
        let answer = self.call(Operation::ReadMeeting, Method::GET, address);
        answer.await?.json()
    }

    /// Reads about somebody in a meeting.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Teams extension, `GET /v1/meetings/{meetingId}/participants/{objectId}`
    /// (protocol reference §4.7).
    pub async fn meeting_participant(
        &self,
        service_url: &ServiceUrl,
        meeting: &MeetingId,
        person: &ObjectId,
        tenant: &TenantId,
    ) -> Result<MeetingParticipantInfo, ConnectorError> {
        let address = self
            .at(service_url)?
            .path("/v1/meetings")
            .id(meeting.as_str())?
            .path("/participants")
            .id(person.as_str())?
            .query("tenantId", tenant.as_str());
        let answer = self.call(Operation::ReadMeeting, Method::GET, address);
        answer.await?.json()
    }

    /// Shows something to people in a meeting, and says who was not reached.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. It is a post: repeating it can show it twice.
    ///
    /// Teams extension, `POST /v1/meetings/{meetingId}/notification` (protocol
    /// reference §4.7).
    pub async fn notify_meeting(
        &self,
        service_url: &ServiceUrl,
        meeting: &MeetingId,
        notification: &MeetingNotification,
    ) -> Result<Vec<NotReached>, ConnectorError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            recipients_failure_info: Option<Vec<NotReached>>,
        }
        let address = self
            .at(service_url)?
            .path("/v1/meetings")
            .id(meeting.as_str())?
            .path("/notification");
        let answer = self
            .write(
                Operation::NotifyMeeting,
                Method::POST,
                address,
                to_body(notification),
            )
            .await?;
        // 202: everybody was reached, the body is empty or `{}`.
        if answer.status != StatusCode::MULTI_STATUS {
            return Ok(Vec::new());
        }
        let partly: Wire = answer.json()?;
        Ok(partly.recipients_failure_info.unwrap_or_default())
    }
}

impl Serialize for MeetingNotification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            r#type: &'static str,
            value: Value<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            channel_data: Option<ChannelData<'a>>,
        }
        #[derive(Serialize)]
        struct Value<'a> {
            recipients: &'a [UserId],
            surfaces: &'a [Surface],
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct ChannelData<'a> {
            on_behalf_of: &'a [OnBehalfOf],
        }
        Wire {
            r#type: "targetedMeetingNotification",
            value: Value {
                recipients: &self.recipients,
                surfaces: &self.surfaces,
            },
            channel_data: (!self.on_behalf_of.is_empty()).then_some(ChannelData {
                on_behalf_of: &self.on_behalf_of,
            }),
        }
        .serialize(serializer)
    }
}

impl Serialize for Surface {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "surface", rename_all = "camelCase")]
        enum Wire<'a> {
            #[serde(rename_all = "camelCase")]
            MeetingStage {
                content_type: &'static str,
                content: Content<'a>,
            },
            #[serde(rename_all = "camelCase")]
            MeetingTabIcon {
                #[serde(skip_serializing_if = "Option::is_none")]
                tab_entity_id: Option<&'a str>,
            },
        }
        #[derive(Serialize)]
        struct Content<'a> {
            value: Task<'a>,
        }
        #[derive(Serialize)]
        struct Task<'a> {
            height: u32,
            width: u32,
            title: &'a str,
            url: &'a str,
        }
        match self {
            Self::Stage {
                url,
                title,
                height,
                width,
            } => Wire::MeetingStage {
                content_type: "task",
                content: Content {
                    value: Task {
                        height: *height,
                        width: *width,
                        title,
                        url,
                    },
                },
            },
            Self::TabIcon { tab_entity_id } => Wire::MeetingTabIcon {
                tab_entity_id: tab_entity_id.as_deref(),
            },
        }
        .serialize(serializer)
    }
}

use activity::{ActivityId, ConversationId, ServiceUrl, TeamsChannelId, TenantId};
use http_client::Method;
use serde::{Deserialize, Serialize};

use crate::account::PersonId;
use crate::connector::Connector;
use crate::error::ConnectorError;
use crate::exchange::to_body;
use crate::operation::Operation;
use crate::prepared::{PreparedActivity, Sendable};

/// A conversation that was created, or was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedConversation {
    /// Keep it: a conversation is created once per person.
    pub id: ConversationId,
    /// The first message, in a channel thread or a session.
    pub activity_id: Option<ActivityId>,
    /// Where the conversation is served, if the Connector names it and it is
    /// well-formed. Whether it is trusted is asked when it is used.
    pub service_url: Option<ServiceUrl>,
}

impl Connector {
    /// Opens the personal conversation with somebody, or finds it.
    ///
    /// The same person gives the same conversation, so it may be repeated. A
    /// bot with sessions would open another one each time and has to use
    /// [`create_session`](Self::create_session).
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. The end [`NotInstalled`](crate::retry::End::NotInstalled)
    /// means that the person has to get the app first.
    ///
    /// Bot Connector, Create Conversation (protocol reference §4.1).
    pub async fn create_personal_conversation<'a>(
        &self,
        service_url: &ServiceUrl,
        tenant: &TenantId,
        person: impl Into<PersonId<'a>>,
    ) -> Result<CreatedConversation, ConnectorError> {
        let body = Body {
            is_group: false,
            members: Some([Member::from(person.into())]),
            tenant_id: tenant,
            channel_data: ChannelData::tenant(tenant),
            activity: None,
        };
        self.create(Operation::CreatePersonalConversation, service_url, &body)
            .await
    }

    /// Opens a session with somebody and posts its first message.
    ///
    /// For bots whose manifest says `supportsSessions`. For any other, it posts
    /// to the personal conversation, and the answer does not name the message.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. It is a post: repeating it can double it.
    ///
    /// Structure conversations with sessions; protocol reference §4.1.
    pub async fn create_session<'a>(
        &self,
        service_url: &ServiceUrl,
        tenant: &TenantId,
        person: impl Into<PersonId<'a>>,
        message: &impl Sendable,
    ) -> Result<CreatedConversation, ConnectorError> {
        let body = Body {
            is_group: false,
            members: Some([Member::from(person.into())]),
            tenant_id: tenant,
            channel_data: ChannelData::tenant(tenant),
            activity: Some(message.prepare()?),
        };
        self.create(Operation::CreateSession, service_url, &body)
            .await
    }

    /// Posts the first message of a new thread in a channel.
    ///
    /// The team's id stands for its General channel. The answer names the
    /// thread, which is where replies go, and the message.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. It is a post: repeating it can double it.
    ///
    /// Bot Connector, Create Conversation (protocol reference §4.1).
    pub async fn create_channel_thread(
        &self,
        service_url: &ServiceUrl,
        tenant: &TenantId,
        channel: &TeamsChannelId,
        message: &impl Sendable,
    ) -> Result<CreatedConversation, ConnectorError> {
        let body = Body {
            is_group: true,
            members: None,
            tenant_id: tenant,
            channel_data: ChannelData {
                channel: Some(Id {
                    id: channel.as_str(),
                }),
                ..ChannelData::tenant(tenant)
            },
            activity: Some(message.prepare()?),
        };
        self.create(Operation::CreateChannelThread, service_url, &body)
            .await
    }

    async fn create(
        &self,
        operation: Operation,
        service_url: &ServiceUrl,
        body: &Body<'_>,
    ) -> Result<CreatedConversation, ConnectorError> {
        let address = self.at(service_url)?.path("/v3/conversations");
        let answer = self.write(operation, Method::POST, address, to_body(body));
        let created: Created = answer.await?.json()?;
        Ok(CreatedConversation {
            id: created.id,
            activity_id: created.activity_id.filter(|id| !id.as_str().is_empty()),
            service_url: created.service_url.and_then(|url| url.parse().ok()),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    is_group: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<[Member<'a>; 1]>,
    tenant_id: &'a TenantId,
    channel_data: ChannelData<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<PreparedActivity>,
}

/// A member of a conversation to be, or a target of a batch.
#[derive(Serialize)]
pub(crate) struct Member<'a> {
    id: &'a str,
}

impl<'a> From<PersonId<'a>> for Member<'a> {
    fn from(person: PersonId<'a>) -> Self {
        Self {
            id: person.as_str(),
        }
    }
}

impl<'a> From<&'a TeamsChannelId> for Member<'a> {
    fn from(channel: &'a TeamsChannelId) -> Self {
        Self {
            id: channel.as_str(),
        }
    }
}

/// The tenant stands here as well as in `tenantId`: documents show the one,
/// recorded traffic the other.
#[derive(Serialize)]
struct ChannelData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Id<'a>>,
    tenant: Id<'a>,
}

impl<'a> ChannelData<'a> {
    fn tenant(tenant: &'a TenantId) -> Self {
        Self {
            channel: None,
            tenant: Id {
                id: tenant.as_str(),
            },
        }
    }
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    id: ConversationId,
    activity_id: Option<ActivityId>,
    service_url: Option<String>,
}

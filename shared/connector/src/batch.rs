use std::collections::BTreeMap;

use activity::{OperationId, ServiceUrl, TeamId, TeamsChannelId, TenantId, WireTime};
use http_client::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::PersonId;
use crate::connector::Connector;
use crate::conversations::Member;
use crate::error::ConnectorError;
use crate::exchange::{Answer, to_body};
use crate::operation::Operation;
use crate::prepared::{PreparedActivity, Sendable};

/// Teams' own bulk sending: one request, and Teams sends to many.
///
/// How many may be asked for at once is not documented. Of what is sent this
/// way no message id is known, so it can be neither updated nor deleted.
/// See [`Connector::batch`].
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    connector: &'a Connector,
    service_url: &'a ServiceUrl,
}

/// How a batch goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchStatus {
    /// What it does now.
    pub state: BatchState,
    /// How many entries ended with which HTTP status.
    pub statuses: BTreeMap<String, u64>,
    /// When to ask again, while it runs.
    pub retry_after: Option<WireTime>,
    /// How many entries it has.
    pub total_entries: Option<u64>,
}

/// What a batch does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchState {
    /// It gets ready.
    Provisioning,
    /// It sends.
    Ongoing,
    /// It has ended.
    Completed,
    /// It has ended, and failed as a whole.
    Failed,
    /// A state that is not documented.
    Other(String),
}

/// A page of what failed in a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedEntries {
    /// What failed.
    pub entries: Vec<FailedEntry>,
    /// What to ask for the next page with; the last page has none.
    pub continuation_token: Option<String>,
}

/// Somebody, or a channel, that a batch did not reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedEntry {
    /// Who or which.
    pub id: Option<String>,
    /// Why, in the service's words.
    pub error: Option<String>,
}

impl Connector {
    /// Teams' own bulk sending at this service URL.
    #[must_use]
    pub fn batch<'a>(&'a self, service_url: &'a ServiceUrl) -> Batch<'a> {
        Batch {
            connector: self,
            service_url,
        }
    }
}

/// Teams extension, `/v3/batch/conversation` (protocol reference §4.8).
impl Batch<'_> {
    /// Sends to these people.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. It is a post: repeating it can double it.
    pub async fn send_to_users<'a>(
        &self,
        tenant: &TenantId,
        users: impl IntoIterator<Item: Into<PersonId<'a>>>,
        message: &impl Sendable,
    ) -> Result<OperationId, ConnectorError> {
        let users = users.into_iter().map(|user| Member::from(user.into()));
        let body = Body {
            members: Some(users.collect()),
            ..Body::new(tenant, message.prepare()?)
        };
        self.start("/v3/batch/conversation/users", &body).await
    }

    /// Sends to everybody in the tenant. Not for tests.
    ///
    /// # Errors
    ///
    /// As for [`send_to_users`](Self::send_to_users).
    pub async fn send_to_tenant(
        &self,
        tenant: &TenantId,
        message: &impl Sendable,
    ) -> Result<OperationId, ConnectorError> {
        let body = Body::new(tenant, message.prepare()?);
        self.start("/v3/batch/conversation/tenant", &body).await
    }

    /// Sends to each member of a team.
    ///
    /// # Errors
    ///
    /// As for [`send_to_users`](Self::send_to_users).
    pub async fn send_to_team(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        message: &impl Sendable,
    ) -> Result<OperationId, ConnectorError> {
        let body = Body {
            team_id: Some(team),
            ..Body::new(tenant, message.prepare()?)
        };
        self.start("/v3/batch/conversation/team", &body).await
    }

    /// Posts to these channels.
    ///
    /// # Errors
    ///
    /// As for [`send_to_users`](Self::send_to_users).
    pub async fn send_to_channels<'a>(
        &self,
        tenant: &TenantId,
        channels: impl IntoIterator<Item = &'a TeamsChannelId>,
        message: &impl Sendable,
    ) -> Result<OperationId, ConnectorError> {
        let body = Body {
            members: Some(channels.into_iter().map(Member::from).collect()),
            ..Body::new(tenant, message.prepare()?)
        };
        self.start("/v3/batch/conversation/channels", &body).await
    }

    /// Asks how a batch goes.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    pub async fn status(&self, operation: &OperationId) -> Result<BatchStatus, ConnectorError> {
        /// Sources disagree about the name of the map.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            state: Option<String>,
            status_map: Option<BTreeMap<String, u64>>,
            state_map: Option<BTreeMap<String, u64>>,
            retry_after: Option<WireTime>,
            total_entries_count: Option<u64>,
        }
        let address = self
            .connector
            .at(self.service_url)?
            .path("/v3/batch/conversation")
            .id(operation.as_str())?;
        let answer = self
            .connector
            .call(Operation::ReadBatch, Method::GET, address);
        let wire: Wire = answer.await?.json()?;
        Ok(BatchStatus {
            state: BatchState::from(wire.state.unwrap_or_default()),
            statuses: wire.status_map.or(wire.state_map).unwrap_or_default(),
            retry_after: wire.retry_after,
            total_entries: wire.total_entries_count,
        })
    }

    /// Reads a page of what failed, the first one without a token.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    pub async fn failed_entries(
        &self,
        operation: &OperationId,
        continuation_token: Option<&str>,
    ) -> Result<FailedEntries, ConnectorError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            failed_entry_responses: Option<Vec<Entry>>,
            continuation_token: Option<String>,
        }
        /// Sources disagree about the name of the id.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Entry {
            entry_id: Option<String>,
            id: Option<String>,
            #[serde(rename = "Id")]
            pascal_id: Option<String>,
            error: Option<String>,
        }
        let mut address = self
            .connector
            .at(self.service_url)?
            .path("/v3/batch/conversation/failedentries")
            .id(operation.as_str())?;
        if let Some(token) = continuation_token {
            address = address.query("continuationToken", token);
        }
        let answer = self
            .connector
            .call(Operation::ReadBatch, Method::GET, address);
        let wire: Wire = answer.await?.json()?;
        let entries = wire.failed_entry_responses.unwrap_or_default();
        Ok(FailedEntries {
            entries: entries
                .into_iter()
                .map(|entry| FailedEntry {
                    id: entry.entry_id.or(entry.id).or(entry.pascal_id),
                    error: entry.error,
                })
                .collect(),
            continuation_token: wire.continuation_token.filter(|token| !token.is_empty()),
        })
    }

    /// Stops a batch. What it has sent stays sent.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    pub async fn cancel(&self, operation: &OperationId) -> Result<(), ConnectorError> {
        let address = self
            .connector
            .at(self.service_url)?
            .path("/v3/batch/conversation")
            .id(operation.as_str())?;
        self.connector
            .call(Operation::CancelBatch, Method::DELETE, address)
            .await?;
        Ok(())
    }

    async fn start(
        &self,
        path: &'static str,
        body: &Body<'_>,
    ) -> Result<OperationId, ConnectorError> {
        let address = self.connector.at(self.service_url)?.path(path);
        let answer = self
            .connector
            .write(Operation::StartBatch, Method::POST, address, to_body(body))
            .await?;
        operation_id(answer)
    }
}

/// Some clients read a member of an object, others take the body as it is.
fn operation_id(answer: Answer) -> Result<OperationId, ConnectorError> {
    let status = answer.status;
    let body = answer.body()?;
    let id = match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(answer)) => answer
            .get("operationId")
            .or_else(|| answer.get("id"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        Ok(Value::String(id)) => Some(id),
        Ok(Value::Number(id)) => Some(id.to_string()),
        Ok(_) => None,
        Err(_) => std::str::from_utf8(&body)
            .ok()
            .map(|id| id.trim().to_owned()),
    };
    id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(OperationId::from)
        .ok_or(ConnectorError::Unreadable { status })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<Member<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<&'a TeamId>,
    tenant_id: &'a TenantId,
    activity: PreparedActivity,
}

impl<'a> Body<'a> {
    fn new(tenant: &'a TenantId, activity: PreparedActivity) -> Self {
        Self {
            members: None,
            team_id: None,
            tenant_id: tenant,
            activity,
        }
    }
}

impl From<String> for BatchState {
    fn from(state: String) -> Self {
        match state.to_ascii_lowercase().as_str() {
            "provisioning" => Self::Provisioning,
            "ongoing" => Self::Ongoing,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            _ => Self::Other(state),
        }
    }
}

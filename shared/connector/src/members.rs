use activity::{ActivityId, ConversationId, ServiceUrl};
use http_client::Method;
use serde::Deserialize;

use crate::account::{MemberKey, TeamsChannelAccount};
use crate::connector::Connector;
use crate::error::ConnectorError;
use crate::operation::Operation;

/// The Connector takes smaller and larger pages for these.
const SMALLEST_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

/// A page of a roster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagedMembers {
    /// Who, the bot perhaps among them.
    pub members: Vec<TeamsChannelAccount>,
    /// What to ask for the next page with; the last page has none.
    pub continuation_token: Option<String>,
}

impl Connector {
    /// Reads a page of the roster of a conversation, the first one without a token.
    ///
    /// The roster of a team is that of its General channel. A thread has none:
    /// it is the channel's that is read. A page has 50 to 500 members, 500
    /// unless asked otherwise.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Bot Connector, Get Conversation Paged Members (protocol reference §4.6).
    pub async fn paged_members(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        page_size: Option<u32>,
        continuation_token: Option<&str>,
    ) -> Result<PagedMembers, ConnectorError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            members: Option<Vec<TeamsChannelAccount>>,
            continuation_token: Option<String>,
        }
        let page_size = page_size.unwrap_or(LARGEST_PAGE);
        let page_size = page_size.clamp(SMALLEST_PAGE, LARGEST_PAGE).to_string();
        let mut address = self
            .at(service_url)?
            .path("/v3/conversations")
            .id(conversation.without_thread().as_str())?
            .path("/pagedmembers")
            .query("pageSize", &page_size);
        if let Some(token) = continuation_token {
            address = address.query("continuationToken", token);
        }
        let answer = self.call(Operation::ReadMembers, Method::GET, address);
        let page: Page = answer.await?.json()?;
        Ok(PagedMembers {
            members: page.members.unwrap_or_default(),
            continuation_token: page.continuation_token.filter(|token| !token.is_empty()),
        })
    }

    /// The whole roster, page by page: see [`MemberPages::next`].
    #[must_use]
    pub fn member_pages<'a>(
        &'a self,
        service_url: &'a ServiceUrl,
        conversation: &'a ConversationId,
    ) -> MemberPages<'a> {
        MemberPages {
            connector: self,
            service_url,
            conversation,
            next: Next::First,
        }
    }

    /// Looks somebody up in a roster.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. The end [`NotFound`](crate::retry::End::NotFound)
    /// means that they are not in it.
    ///
    /// Bot Connector, Get Conversation Member (protocol reference §4.6).
    pub async fn member<'a>(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        member: impl Into<MemberKey<'a>>,
    ) -> Result<TeamsChannelAccount, ConnectorError> {
        let address = self
            .at(service_url)?
            .path("/v3/conversations")
            .id(conversation.without_thread().as_str())?
            .path("/members")
            .id(member.into().as_str())?;
        let answer = self.call(Operation::ReadMembers, Method::GET, address);
        answer.await?.json()
    }

    /// Who can see a message.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Bot Connector, Get Activity Members (protocol reference §4.6).
    pub async fn activity_members(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
    ) -> Result<Vec<TeamsChannelAccount>, ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        let address = address.path("/members");
        let answer = self.call(Operation::ReadMembers, Method::GET, address);
        answer.await?.json()
    }
}

/// A roster, page by page, in constant memory.
pub struct MemberPages<'a> {
    connector: &'a Connector,
    service_url: &'a ServiceUrl,
    conversation: &'a ConversationId,
    next: Next,
}

enum Next {
    First,
    After(String),
    Nothing,
}

impl MemberPages<'_> {
    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. The page is not lost: call again to try again.
    pub async fn next(&mut self) -> Result<Option<Vec<TeamsChannelAccount>>, ConnectorError> {
        let token = match &self.next {
            Next::First => None,
            Next::After(token) => Some(token.as_str()),
            Next::Nothing => return Ok(None),
        };
        let page = self
            .connector
            .paged_members(self.service_url, self.conversation, None, token)
            .await?;
        // A token that leads to itself would never end.
        self.next = match page.continuation_token {
            Some(next) if Some(next.as_str()) != token => Next::After(next),
            _ => Next::Nothing,
        };
        Ok(Some(page.members))
    }
}

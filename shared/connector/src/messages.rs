use activity::{ActivityId, ActivityInput, ConversationId, ReactionType, ServiceUrl};
use http_client::Method;
use serde::Deserialize;

use crate::address::Address;
use crate::connector::Connector;
use crate::error::ConnectorError;
use crate::exchange::Answer;
use crate::operation::Operation;
use crate::prepared::Sendable;

/// What the Connector says of an activity that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentActivity {
    /// Keep it to update or delete the message. Teams names none for a typing
    /// sign, for a text with an attachment, and when the answer broke off.
    pub id: Option<ActivityId>,
}

impl Connector {
    /// Posts to the end of a conversation.
    ///
    /// In a channel, an id with `;messageid=` answers in that thread, one
    /// without starts a new thread.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. There is no idempotency key: what is
    /// [`Unanswered`](ConnectorError::Unanswered) may have arrived.
    ///
    /// Bot Connector, Send to Conversation (protocol reference §4.2).
    pub async fn send(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        activity: &impl Sendable,
    ) -> Result<SentActivity, ConnectorError> {
        let address = self.activities(service_url, conversation)?;
        self.post(Operation::Send, Method::POST, address, activity)
            .await
    }

    /// Answers a message. Personal and group chats have no threads: there the
    /// answer stands at the end.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// Bot Connector, Reply to Activity (protocol reference §4.3).
    pub async fn reply_to(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
        activity: &impl Sendable,
    ) -> Result<SentActivity, ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        self.post(Operation::Reply, Method::POST, address, activity)
            .await
    }

    /// Replaces a message of the bot's own by another.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`]. It may be repeated. The end
    /// [`ActivityGone`](crate::retry::End::ActivityGone) means that somebody
    /// deleted the message.
    ///
    /// Bot Connector, Update Activity (protocol reference §4.4).
    pub async fn update(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
        activity: &impl Sendable,
    ) -> Result<SentActivity, ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        self.post(Operation::Update, Method::PUT, address, activity)
            .await
    }

    /// Deletes a message of the bot's own.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update).
    ///
    /// Bot Connector, Delete Activity (protocol reference §4.5).
    pub async fn delete(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
    ) -> Result<(), ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        self.call(Operation::Delete, Method::DELETE, address)
            .await?;
        Ok(())
    }

    /// Posts a message that only its `recipient` can see, for 24 hours.
    ///
    /// In group chats, channels and meetings only, to one of the members; for
    /// an error, the personal conversation is the way out. A preview of
    /// Microsoft's.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send), and [`ConnectorError::BadId`] when the
    /// activity has no recipient: everybody would see it.
    ///
    /// Send and receive targeted messages; protocol reference §4.9.
    pub async fn send_targeted(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        activity: &ActivityInput,
    ) -> Result<SentActivity, ConnectorError> {
        let address = self.activities(service_url, conversation)?;
        let address = targeted(address, activity)?;
        self.post(Operation::Send, Method::POST, address, activity)
            .await
    }

    /// Replaces a targeted message. One that its 24 hours have taken cannot be.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update) and [`send_targeted`](Self::send_targeted).
    pub async fn update_targeted(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
        activity: &ActivityInput,
    ) -> Result<SentActivity, ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        let address = targeted(address, activity)?;
        self.post(Operation::Update, Method::PUT, address, activity)
            .await
    }

    /// Deletes a targeted message.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update).
    pub async fn delete_targeted(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
    ) -> Result<(), ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        let address = address.query(TARGETED, "true");
        self.call(Operation::Delete, Method::DELETE, address)
            .await?;
        Ok(())
    }

    /// Puts the bot's reaction on a message.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update).
    pub async fn add_reaction(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
        reaction: &ReactionType,
    ) -> Result<(), ConnectorError> {
        self.react(Method::PUT, service_url, conversation, message, reaction)
            .await
    }

    /// Takes the bot's reaction away.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update).
    pub async fn remove_reaction(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
        reaction: &ReactionType,
    ) -> Result<(), ConnectorError> {
        self.react(Method::DELETE, service_url, conversation, message, reaction)
            .await
    }

    async fn react(
        &self,
        method: Method,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
        reaction: &ReactionType,
    ) -> Result<(), ConnectorError> {
        let address = self.activity(service_url, conversation, message)?;
        let address = address.path("/reactions").id(reaction.as_str())?;
        self.call(Operation::React, method, address).await?;
        Ok(())
    }

    async fn post(
        &self,
        operation: Operation,
        method: Method,
        address: Address,
        activity: &impl Sendable,
    ) -> Result<SentActivity, ConnectorError> {
        let body = activity.prepare()?.body();
        let answer = self.write(operation, method, address, body).await?;
        Ok(sent(answer))
    }

    /// `{serviceUrl}/v3/conversations/{conversation}/activities`
    fn activities(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
    ) -> Result<Address, ConnectorError> {
        let address = self.at(service_url)?.path("/v3/conversations");
        Ok(address.id(conversation.as_str())?.path("/activities"))
    }

    /// `…/activities/{message}`
    pub(crate) fn activity(
        &self,
        service_url: &ServiceUrl,
        conversation: &ConversationId,
        message: &ActivityId,
    ) -> Result<Address, ConnectorError> {
        self.activities(service_url, conversation)?
            .id(message.as_str())
    }
}

const TARGETED: &str = "isTargetedActivity";

fn targeted(address: Address, activity: &ActivityInput) -> Result<Address, ConnectorError> {
    let recipient = activity.recipient.as_ref().and_then(|r| r.id.as_ref());
    match recipient {
        Some(id) if !id.as_str().is_empty() => Ok(address.query(TARGETED, "true")),
        _ => Err(ConnectorError::BadId),
    }
}

/// The status says that it was taken, whatever the body looks like.
fn sent(answer: Answer) -> SentActivity {
    #[derive(Deserialize)]
    struct Sent {
        id: Option<ActivityId>,
    }
    let sent: Option<Sent> = answer.json_if_any();
    let id = sent.and_then(|sent| sent.id);
    SentActivity {
        id: id.filter(|id| !id.as_str().is_empty()),
    }
}

//! What an end says about the recipient, beyond this one message.

use activity::ConversationKind;
use activity::ids::TenantId;
use connector::retry::End;
use jiff::Timestamp;
use notifications::{Recipient, RecipientKey};
use store::{Store, StoreError};

/// What is to be noted about a recipient to whom sending has ended so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: the end is about this message alone, or not about the recipient.
    Nothing,
    /// Nothing more is sent until they do something with the bot.
    Suspend,
    /// The bot is not there any more: the reference is forgotten until an install.
    Forget,
}

/// Decides what is to be noted.
#[must_use]
pub fn repair(end: End) -> Repair {
    match end {
        End::BlockedByUser | End::DisabledByAdmin => Repair::Suspend,
        End::BotRemoved | End::ForeignId | End::NotInstalled => Repair::Forget,
        // About one in a hundred of these is wrong: one alone forgets nobody, and is noted elsewhere.
        End::ConversationGone
        | End::ActivityGone
        | End::NotFound
        | End::WrongHost
        | End::NotPermitted
        | End::TooLarge
        | End::BadRequest
        | End::Unsupported
        | End::Misconfigured
        | End::UntrustedHost
        | End::ServiceFault
        | End::Unexpected
        | End::Ambiguous
        | End::Exhausted => Repair::Nothing,
    }
}

impl Repair {
    /// Notes it. What the recipient did later than `now` stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation on the table. The next send meets the same end and notes it then.
    pub async fn note(
        self,
        store: &Store,
        tenant: &TenantId,
        recipient: &RecipientKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match (self, recipient.recipient()) {
            (Self::Nothing, _) => Ok(()),
            (Self::Suspend, Recipient::Person(_) | Recipient::PersonByTeamsId(_)) => {
                store.people().blocked(tenant, recipient, now).await
            }
            // A channel blocks nobody, and what an admin disabled there an admin enables without telling.
            (Self::Suspend, Recipient::Conversation(_) | Recipient::Thread(_)) => Ok(()),
            (Self::Forget, Recipient::Person(_) | Recipient::PersonByTeamsId(_)) => store
                .people()
                .remove(tenant, recipient, now)
                .await
                .map(drop),
            (Self::Forget, Recipient::Conversation(id) | Recipient::Thread(id)) => {
                let kind = id.kind().unwrap_or(ConversationKind::Channel);
                let conversations = store.conversations();
                conversations.remove(tenant, &id, kind, now).await.map(drop)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_404_forgets_nobody_and_a_403_does_at_once() {
        assert_eq!(repair(End::ConversationGone), Repair::Nothing);
        assert_eq!(repair(End::BotRemoved), Repair::Forget);
        assert_eq!(repair(End::BlockedByUser), Repair::Suspend);
        let noted = End::ALL
            .into_iter()
            .filter(|end| repair(*end) != Repair::Nothing);
        assert_eq!(noted.count(), 5);
    }
}

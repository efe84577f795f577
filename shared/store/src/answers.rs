//! What Teams' answers to sending say about where recipients are.

use activity::ServiceUrl;
use activity::ids::{ConversationId, TenantId};
use jiff::{SignedDuration, Timestamp};
use notifications::{Recipient, RecipientKey};

use crate::change::Change;
use crate::error::StoreError;
use crate::item::{ms, s};
use crate::person::{AT, CONVERSATION};
use crate::reference::{SERVICE_URL, Service, VERIFIED};
use crate::{Store, keys, preferences};

/// When a conversation was not found for the first time; gone with every sign
/// that it is there.
pub(crate) const GONE: &str = "gone";

/// About one in a hundred answers of *not found* is wrong; two that lie so far
/// apart are not (protocol reference §5.4).
pub const GONE_FOR_GOOD: SignedDuration = SignedDuration::from_mins(5);

/// Operations that follow from Teams' answers.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    pub(crate) store: &'a Store,
}

impl Answers<'_> {
    /// Notes that Teams did not find a recipient's conversation.
    ///
    /// `first` is what was noted before. The reference is dropped only if that
    /// was minutes ago; a person can then be reached by a conversation that is
    /// created anew. What was learned of the recipient after `at` stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn not_found(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        conversation: &ConversationId,
        first: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let for_good = first.is_some_and(|first| at.duration_since(first) >= GONE_FOR_GOOD);
        let is_person = matches!(
            recipient.recipient(),
            Recipient::Person(_) | Recipient::PersonByTeamsId(_)
        );
        let mut change = Change::update(item(tenant, recipient)).value("at", ms(at));
        let mut still = format!("#{AT} <= :at");
        if is_person {
            still += &format!(" AND #{CONVERSATION} = :{CONVERSATION}");
            change = change.value(CONVERSATION, s(conversation.as_str()));
        } else {
            still += &format!(" AND attribute_exists(#{SERVICE_URL})");
        }
        change = change.only_if(still);
        match (for_good, is_person) {
            (false, _) => {
                let change = change.set(GONE, ms(first.unwrap_or(at)));
                change.write(self.store).await?;
            }
            (true, true) => {
                let everyone = Change::delete(keys::everyone(tenant, recipient));
                let person = change.remove(GONE).remove(CONVERSATION);
                self.store.transact(vec![person, everyone]).await?;
            }
            (true, false) => {
                let change = change.remove(GONE).remove(SERVICE_URL).remove(VERIFIED);
                change.write(self.store).await?;
            }
        }
        Ok(())
    }

    /// Notes that a recipient's conversation is there after all.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn found(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
    ) -> Result<(), StoreError> {
        Change::update(item(tenant, recipient))
            .remove(GONE)
            .only_if(format!("attribute_exists(#{GONE})"))
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Notes that a recipient's tenant is served at another address than the
    /// one that is known.
    ///
    /// It stands until a verified activity brings one.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn served_elsewhere(
        &self,
        tenant: &TenantId,
        recipient: &RecipientKey,
        from: &ServiceUrl,
        to: &Service,
    ) -> Result<(), StoreError> {
        Change::update(item(tenant, recipient))
            .set(SERVICE_URL, to.url_value())
            .set_or_remove(VERIFIED, to.verified_value())
            .only_if(format!("#{SERVICE_URL} = :from"))
            .value("from", s(from.as_str()))
            .write(self.store)
            .await?;
        Ok(())
    }
}

fn item(tenant: &TenantId, recipient: &RecipientKey) -> keys::Key {
    preferences::owner(tenant, recipient).1
}

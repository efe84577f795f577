//! Finding a notification by what an operator has of it.

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::{NotificationId, NotificationKey, Source};

use super::{Ledger, Recent};
use crate::error::StoreError;

/// How far back a notification is looked for: as far as the ledger goes.
const DAYS: u8 = 35;
/// The fewest digits of a key that are looked for.
const PREFIX: usize = 6;

impl Ledger<'_> {
    /// The notifications that `text` may mean, newest first, `limit` at most:
    /// by their key or the first six digits of it or more, or by the id that
    /// their sender gave them.
    ///
    /// A whole key, and an id of the notification queue or of an invocation,
    /// are looked up at once. For the rest the lists of the last days are read,
    /// half a read unit for about 25 notifications; what an older version
    /// listed there is found by its key alone.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn find(
        &self,
        tenant: &TenantId,
        text: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Recent>, StoreError> {
        if let Ok(key) = text.parse::<NotificationKey>() {
            let found = self.of_tenant(tenant, &key).await?;
            return Ok(found.into_iter().collect());
        }
        let id = NotificationId::new(text);
        let mut found = Vec::new();
        for source in [Source::Queue, Source::Invocation] {
            let key = NotificationKey::of(&source, &id);
            found.extend(self.of_tenant(tenant, &key).await?);
        }
        let is_prefix = text.len() >= PREFIX
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let matches = |recent: &Recent| {
            recent.id.as_ref() == Some(&id) || (is_prefix && recent.key.as_str().starts_with(text))
        };
        let listed = self.listed(tenant, now, DAYS, limit, matches).await?;
        for recent in listed {
            if found.iter().all(|known| known.key != recent.key) {
                found.push(recent);
            }
        }
        found.sort_by_key(|one| std::cmp::Reverse(one.accepted_at));
        found.truncate(limit);
        Ok(found)
    }

    async fn of_tenant(
        &self,
        tenant: &TenantId,
        key: &NotificationKey,
    ) -> Result<Option<Recent>, StoreError> {
        let frozen = self.notification(key).await?;
        Ok(frozen
            .filter(|frozen| frozen.tenant == *tenant)
            .map(|frozen| Recent {
                key: frozen.key,
                topic: frozen.topic.name,
                accepted_at: frozen.accepted_at,
                id: Some(frozen.id),
            }))
    }
}

//! Who installed the app in a team or a chat: as far as the table can tell, an
//! owner of it.

use activity::ids::{ConversationId, TeamId};
use notifications::RecipientKey;

use crate::change::Change;
use crate::error::StoreError;
use crate::item::s;
use crate::keys::Key;
use crate::person::REMOVED;
use crate::{Conversations, Store, Teams, keys};

pub(crate) const INSTALLER: &str = "installer";

impl Teams<'_> {
    /// Records who installed the app in a team; the last who did stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn set_installer(&self, team: &TeamId, by: &RecipientKey) -> Result<(), StoreError> {
        set_installer(self.store, keys::team(team), by).await
    }
}

impl Conversations<'_> {
    /// Records who installed the app in a chat; the last who did stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn set_installer(
        &self,
        id: &ConversationId,
        by: &RecipientKey,
    ) -> Result<(), StoreError> {
        set_installer(self.store, keys::conversation(&id.without_thread()), by).await
    }
}

async fn set_installer(store: &Store, key: Key, by: &RecipientKey) -> Result<(), StoreError> {
    Change::update(key)
        .set(INSTALLER, s(by.as_str()))
        .only_if(format!(
            "attribute_exists(#pk) AND attribute_not_exists(#{REMOVED})"
        ))
        .write(store)
        .await?;
    Ok(())
}

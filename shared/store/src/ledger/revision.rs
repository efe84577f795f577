//! New content for a notification that was sent.

use jiff::Timestamp;
use notifications::{Notification, NotificationKey};

use super::Ledger;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::keys;
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};

const ENTITY: &str = "revision";
const NOTIFICATION: &str = "notification";

impl Ledger<'_> {
    /// Puts new content for a notification on the ledger, under an id that the
    /// caller chooses; whoever has the message gets to see it when a
    /// `Task::Update` with this id is worked on. What the id says first stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; [`StoreError::TooLarge`] when it does not fit.
    pub async fn revise(
        &self,
        notification: &NotificationKey,
        id: &str,
        content: &Notification,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(content).map_err(|_| StoreError::Unreadable {
            entity: ENTITY,
            attribute: NOTIFICATION,
        })?;
        let item = Item::from([
            (NOTIFICATION.to_owned(), s(text)),
            (EXPIRES.to_owned(), expires(now, retention::LEDGER)),
        ]);
        Change::put(keys::revision(notification, id), item)
            .only_if("attribute_not_exists(#pk)")
            .write(self.store)
            .await?;
        Ok(())
    }

    /// The content of a revision.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn revision(
        &self,
        notification: &NotificationKey,
        id: &str,
    ) -> Result<Option<Notification>, StoreError> {
        let key = keys::revision(notification, id);
        let Some(item) = self.store.get(&key, Read::Consistent).await? else {
            return Ok(None);
        };
        let read = Attributes::of(ENTITY, &item);
        Notification::parse(read.need_text(NOTIFICATION)?.as_bytes())
            .map(Some)
            .map_err(|_| read.unreadable(NOTIFICATION))
    }
}

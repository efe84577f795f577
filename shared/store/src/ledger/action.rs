//! Clicks on a sender's verb.

use jiff::Timestamp;
use notifications::{NotificationKey, RecipientKey};

use super::Ledger;
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms};
use crate::keys;
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};

/// A click: who pressed which button of which notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The notification.
    pub notification: NotificationKey,
    /// The sender's word for it.
    pub verb: String,
    /// Who clicked.
    pub by: RecipientKey,
}

/// What the ledger says about a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionRecord {
    /// When it was first clicked.
    pub at: Timestamp,
    /// Whether this is that first click.
    pub first: bool,
    /// Whether its event is published.
    pub published: bool,
}

const ENTITY: &str = "action";
const AT: &str = "at";
const PUBLISHED: &str = "published";

impl Ledger<'_> {
    /// Records a click, once: a person who clicks twice, or whose click is
    /// delivered twice, has clicked at the first time.
    ///
    /// Its event is to be published until that is noted.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn record_action(
        &self,
        action: &Action,
        now: Timestamp,
    ) -> Result<ActionRecord, StoreError> {
        let written = Change::update(key(action))
            .set(AT, ms(now))
            .set(EXPIRES, expires(now, retention::LEDGER))
            .only_if("attribute_not_exists(#pk)")
            .write(self.store)
            .await?;
        match written {
            Written::Done(_) => Ok(ActionRecord {
                at: crate::people::millisecond(now),
                first: true,
                published: false,
            }),
            Written::Refused(item) => record(&item),
        }
    }

    /// A click that was recorded.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn action(&self, action: &Action) -> Result<Option<ActionRecord>, StoreError> {
        let item = self.store.get(&key(action), Read::Consistent).await?;
        item.as_ref().map(record).transpose()
    }

    /// Notes that a click's event is published.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn action_published(&self, action: &Action) -> Result<(), StoreError> {
        Change::update(key(action))
            .set(PUBLISHED, mark())
            .only_if("attribute_exists(#pk)")
            .write(self.store)
            .await?;
        Ok(())
    }
}

fn key(action: &Action) -> keys::Key {
    keys::action(&action.notification, &action.verb, &action.by)
}

fn record(item: &Item) -> Result<ActionRecord, StoreError> {
    let read = Attributes::of(ENTITY, item);
    Ok(ActionRecord {
        at: read.need_time(AT)?,
        first: false,
        published: read.has(PUBLISHED),
    })
}

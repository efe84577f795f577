//! The last good keys of those who sign tokens for us.

use jiff::Timestamp;

use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, ms, s};
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};
use crate::{Store, keys};

/// Operations on signing keys.
#[derive(Clone, Copy, Debug)]
pub struct SigningKeys<'a> {
    pub(crate) store: &'a Store,
}

/// A key set as it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKeys {
    /// The document, in whatever form its owner saved it.
    pub document: String,
    /// When it was fetched; how old is too old is for the reader to say.
    pub fetched_at: Timestamp,
}

const ENTITY: &str = "signing key set";

impl SigningKeys<'_> {
    /// The last key set saved for this issuer.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn load(&self, issuer: &str) -> Result<Option<StoredKeys>, StoreError> {
        let item = self
            .store
            .get(&keys::signing_keys(issuer), Read::Eventual)
            .await?;
        item.map(|item| {
            let read = Attributes::of(ENTITY, &item);
            Ok(StoredKeys {
                document: read.need_text("document")?.to_owned(),
                fetched_at: read.need_time("fetched_at")?,
            })
        })
        .transpose()
    }

    /// Saves a key set, unless a later one is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn save(&self, issuer: &str, saved: &StoredKeys) -> Result<(), StoreError> {
        Change::update(keys::signing_keys(issuer))
            .set("document", s(saved.document.as_str()))
            .set("fetched_at", ms(saved.fetched_at))
            .set(EXPIRES, expires(saved.fetched_at, retention::SIGNING_KEYS))
            .only_if("attribute_not_exists(#fetched_at) OR #fetched_at < :fetched_at")
            .write(self.store)
            .await?;
        Ok(())
    }
}

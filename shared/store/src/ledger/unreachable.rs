//! Addresses of a notification that lead to nobody.

use jiff::Timestamp;
use notifications::{Address, FailureCode, NotificationKey};

use super::Ledger;
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::keys;
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};

/// An address of `to` that is nobody's, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// The address, as the sender wrote it.
    pub address: Address,
    /// Why nobody is there.
    pub why: FailureCode,
}

const ENTITY: &str = "list of unreachable addresses";
const ADDRESSES: &str = "addresses";

impl Ledger<'_> {
    /// Records the addresses that lead to nobody, once, and returns those that
    /// are on record.
    ///
    /// The first record stands, so that an address does not fail and later, in
    /// the same planning, succeed. Record an empty list too.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn record_unreachable(
        &self,
        notification: &NotificationKey,
        unreachable: &[Unreachable],
        now: Timestamp,
    ) -> Result<Vec<Unreachable>, StoreError> {
        let pairs: Vec<(&Address, &FailureCode)> = unreachable
            .iter()
            .map(|one| (&one.address, &one.why))
            .collect();
        let text = serde_json::to_string(&pairs).map_err(|_| StoreError::Unreadable {
            entity: ENTITY,
            attribute: ADDRESSES,
        })?;
        let item = Item::from([
            (ADDRESSES.to_owned(), s(text)),
            (EXPIRES.to_owned(), expires(now, retention::LEDGER)),
        ]);
        let written = Change::put(keys::unreachable(notification), item)
            .only_if("attribute_not_exists(#pk)")
            .write(self.store)
            .await?;
        match written {
            Written::Done(_) => Ok(unreachable.to_vec()),
            Written::Refused(item) => read(&item),
        }
    }

    /// The addresses that lead to nobody; `None` before they were looked up.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn unreachable(
        &self,
        notification: &NotificationKey,
    ) -> Result<Option<Vec<Unreachable>>, StoreError> {
        let item = self
            .store
            .get(&keys::unreachable(notification), Read::Consistent)
            .await?;
        item.as_ref().map(read).transpose()
    }
}

pub(super) fn read(item: &Item) -> Result<Vec<Unreachable>, StoreError> {
    let read = Attributes::of(ENTITY, item);
    let pairs: Vec<(Address, FailureCode)> =
        serde_json::from_str(read.need_text(ADDRESSES)?).map_err(|_| read.unreadable(ADDRESSES))?;
    Ok(pairs
        .into_iter()
        .map(|(address, why)| Unreachable { address, why })
        .collect())
}

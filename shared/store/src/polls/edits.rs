//! When the card that many see is edited next.
//!
//! Many votes lead to one edit: whoever makes it due has it done, and everybody else leaves it at that.

use activity::ids::TenantId;
use jiff::{SignedDuration, Timestamp};
use polls::OccurrenceId;

use super::Polls;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, n, s};
use crate::keys::polls as at;
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};

/// Where the edits of an occurrence's card stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// When the next one is made, if one is due.
    pub due: Option<Timestamp>,
    /// How many were begun.
    pub number: u64,
    /// What whoever decides about the pace has noted.
    pub pace: Option<String>,
}

/// An edit that is to be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextEdit {
    /// Its number, from 1.
    pub number: u64,
}

const ENTITY: &str = "edits";
const DUE: &str = "due";
const NUMBER: &str = "number";
const PACE: &str = "pace";
/// Whoever had to see to an edit has died when it is overdue for so long.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2);

impl Polls<'_> {
    /// Where the edits stand.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn edits(&self, tenant: &TenantId, id: &OccurrenceId) -> Result<Edits, StoreError> {
        let item = self
            .store
            .get(&at::edits(tenant, id), Read::Consistent)
            .await?;
        item.as_ref().map_or_else(|| Ok(Edits::default()), read)
    }

    /// Makes an edit due. `true`: it falls to the asker to have it made at that time; `false`: one is due already.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: it may be due. Whoever votes later finds it overdue, and makes it due again.
    pub async fn edit_due(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let overdue = now.checked_sub(OVERDUE).unwrap_or(Timestamp::MIN);
        let written = Change::update(at::edits(tenant, id))
            .set(DUE, ms(due))
            .set(EXPIRES, expires(now, retention::LEDGER))
            .only_if(format!("attribute_not_exists(#{DUE}) OR #{DUE} < :overdue"))
            .value("overdue", ms(overdue))
            .write(self.store)
            .await?;
        Ok(written.is_done())
    }

    /// Begins the edit that is due: votes that come from now on make another one due. `None` when nothing is due, or
    /// somebody else has begun.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: it may have begun.
    pub async fn begin_edit(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
        read: &Edits,
        pace: &str,
        now: Timestamp,
    ) -> Result<Option<NextEdit>, StoreError> {
        let Some(due) = read.due else {
            return Ok(None);
        };
        let number = read.number + 1;
        let written = Change::update(at::edits(tenant, id))
            .set(NUMBER, n(number))
            .set(PACE, s(pace))
            .set(EXPIRES, expires(now, retention::LEDGER))
            .remove(DUE)
            .only_if(format!("#{DUE} = :read"))
            .value("read", ms(due))
            .write(self.store)
            .await?;
        Ok(written.is_done().then_some(NextEdit { number }))
    }
}

fn read(item: &Item) -> Result<Edits, StoreError> {
    let read = Attributes::of(ENTITY, item);
    let number = read.number(NUMBER).unwrap_or_default();
    Ok(Edits {
        due: read.time(DUE),
        number: u64::try_from(number).map_err(|_| read.unreadable(NUMBER))?,
        pace: read.text(PACE).map(str::to_owned),
    })
}

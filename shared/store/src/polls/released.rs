//! What an open poll shows of its results.
//!
//! It lies where the ballots lie, and goes with them: an older copy beside an older list of who had voted would say who
//! voted what.

use activity::ids::TenantId;

use super::home::Home;
use super::{Occurrence, Polls};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, n, s};
use crate::requests::Read;
use crate::retention::EXPIRES;

/// What may be shown, as whoever decides wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// What was written; `None` while nothing was.
    pub text: Option<String>,
    number: i64,
}

const ENTITY: &str = "released result";
const TEXT: &str = "text";
const NUMBER: &str = "number";

impl Polls<'_> {
    /// What may be shown now.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn released(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<Released, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let item = home.store().get(&home.released(), Read::Consistent).await?;
        let Some(item) = item else {
            return Ok(Released::default());
        };
        let read = Attributes::of(ENTITY, &item);
        Ok(Released {
            text: Some(read.need_text(TEXT)?.to_owned()),
            number: read.need_number(NUMBER)?,
        })
    }

    /// Releases more, in the place of what was read; `false` when somebody else has done so since. Nothing is released
    /// of what is sealed: its result will be shown.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: it may be released.
    pub async fn release(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        read: &Released,
        text: &str,
    ) -> Result<bool, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let change = Change::update(home.released())
            .set(TEXT, s(text))
            .set(NUMBER, n(read.number + 1))
            .set(EXPIRES, occurrence.kept());
        let change = match read.text {
            None => change.only_if("attribute_not_exists(#pk)"),
            Some(_) => change
                .only_if(format!("#{NUMBER} = :read"))
                .value("read", n(read.number)),
        };
        // Nothing is left behind by whoever comes after the destruction.
        let open = super::shards::count(home.tally(0), &super::Delta::new());
        let done = home.store().transact(vec![change, open]).await?;
        Ok(matches!(done, crate::requests::Transacted::Done))
    }
}

//! Names that stand for conversations: `alias:release-crew`.

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::RecipientKey;

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, s};
use crate::requests::Read;
use crate::{Store, keys};

/// Operations on aliases.
#[derive(Clone, Copy, Debug)]
pub struct Aliases<'a> {
    pub(crate) store: &'a Store,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The channel, chat, thread or person.
    pub target: RecipientKey,
    /// The person who may move it.
    pub owner: RecipientKey,
    /// When it was last put.
    pub since: Timestamp,
}

/// What became of putting an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutAlias {
    /// The name stands for the target now.
    Put {
        /// What it stood for before, if it was there.
        before: Option<RecipientKey>,
    },
    /// Somebody else owns the name; nothing changed.
    Owned {
        /// Who.
        by: RecipientKey,
    },
}

const ENTITY: &str = "alias";

impl Aliases<'_> {
    /// Makes a name stand for `target`, unless somebody else owns it.
    ///
    /// Two owners at once: one wins, the other is told.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn put(
        &self,
        tenant: &TenantId,
        name: &str,
        target: &RecipientKey,
        owner: &RecipientKey,
        now: Timestamp,
    ) -> Result<PutAlias, StoreError> {
        let written = Change::update(keys::alias(tenant, name))
            .set("target", s(target.as_str()))
            .set("owner", s(owner.as_str()))
            .set("since", ms(now))
            .only_if("attribute_not_exists(#pk) OR #owner = :owner")
            .write_returning(self.store, aws::dynamodb::ReturnValue::AllOld)
            .await?;
        match written {
            Written::Done(before) => Ok(PutAlias::Put {
                before: Attributes::of(ENTITY, &before).parsed("target")?,
            }),
            Written::Refused(item) => Ok(PutAlias::Owned {
                by: alias(&item)?.owner,
            }),
        }
    }

    /// What a name stands for.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(&self, tenant: &TenantId, name: &str) -> Result<Option<Alias>, StoreError> {
        let item = self
            .store
            .get(&keys::alias(tenant, name), Read::Consistent)
            .await?;
        item.as_ref().map(alias).transpose()
    }
}

fn alias(item: &Item) -> Result<Alias, StoreError> {
    let read = Attributes::of(ENTITY, item);
    let need = |name| read.parsed(name)?.ok_or_else(|| read.unreadable(name));
    Ok(Alias {
        target: need("target")?,
        owner: need("owner")?,
        since: read.need_time("since")?,
    })
}

//! Destroying what must not stay.

use activity::ids::TenantId;

use super::home::Home;
use super::{Occurrence, Phase, Polls};
use crate::Store;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::Attributes;
use crate::keys::{self, Key, polls as at};
use crate::requests::{Range, Read};

/// Items that are deleted together.
const PAGE: i32 = 50;

impl Polls<'_> {
    /// Destroys what joins voters with votes, when an anonymous poll is closed: first the key, without which nobody can
    /// say whose a ballot was, then the ballots and their counters. `false`, and nothing is destroyed, while it is not
    /// closed, when the result does not stand yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: some may be left. Destroy again.
    pub async fn destroy(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<bool, StoreError> {
        let now = self.occurrence(tenant, &occurrence.id).await?;
        if now.is_none_or(|now| now.phase != Phase::Closed || !now.anonymous) {
            return Ok(false);
        }
        self.destroy_ballots(tenant, occurrence).await?;
        Ok(true)
    }

    async fn destroy_ballots(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<(), StoreError> {
        let ballots = &self.store.ballots()?;
        let secret = at::secret(tenant, &occurrence.id);
        Change::delete(secret).write(ballots).await?;
        for shard in 0..at::SHARDS {
            let partition = at::ballots_partition(tenant, &occurrence.id, shard);
            empty(ballots, &partition).await?;
        }
        // What voters added.
        empty(ballots, &at::voting(tenant, &occurrence.id)).await
    }

    /// Erases an occurrence: its votes, its result, everything. That it was, last: whoever dies is followed by anybody.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: some may be left. Erase again.
    pub async fn erase(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<(), StoreError> {
        let id = &occurrence.id;
        if occurrence.anonymous {
            self.destroy_ballots(tenant, occurrence).await?;
        }
        let home = Home::of(self.store, tenant, id, false)?;
        for shard in 0..at::SHARDS {
            empty(self.store, &home.partition(shard)).await?;
        }
        let state = at::occurrence(tenant, id);
        empty_but(self.store, &at::voting(tenant, id), &state.sort).await?;
        let last = vec![
            Change::delete(state),
            Change::delete(at::listed_occurrence(tenant, id)),
        ];
        self.store.transact(last).await?;
        Ok(())
    }
}

/// Deletes every item of a partition.
async fn empty(store: &Store, partition: &str) -> Result<(), StoreError> {
    empty_but(store, partition, "").await
}

/// Deletes every item of a partition but one.
async fn empty_but(store: &Store, partition: &str, but: &str) -> Result<(), StoreError> {
    loop {
        let (items, _) = store
            .range(Range {
                partition: partition.to_owned(),
                low: " ".to_owned(),
                high: "~".to_owned(),
                descending: false,
                limit: PAGE,
                read: Read::Consistent,
            })
            .await?;
        let sorts = items
            .iter()
            .map(|item| Attributes::of("item", item).need_text(keys::SORT));
        let sorts = sorts.collect::<Result<Vec<_>, _>>()?;
        let deletes: Vec<_> = sorts
            .into_iter()
            .filter(|sort| *sort != but)
            .map(|sort| Change::delete(Key::at(partition, sort)))
            .collect();
        if deletes.is_empty() {
            return Ok(());
        }
        store.transact(deletes).await?;
    }
}

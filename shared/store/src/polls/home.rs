//! Where the votes of an occurrence lie.

use activity::ids::TenantId;
use polls::OccurrenceId;

use crate::Store;
use crate::error::StoreError;
use crate::keys::{Key, polls as at};

/// The table and the partitions of an occurrence's votes and counters.
#[derive(Clone, Debug)]
pub(super) struct Home<'a> {
    store: Store,
    tenant: &'a TenantId,
    id: &'a OccurrenceId,
    anonymous: bool,
}

impl<'a> Home<'a> {
    pub(super) fn of(
        store: &Store,
        tenant: &'a TenantId,
        id: &'a OccurrenceId,
        anonymous: bool,
    ) -> Result<Self, StoreError> {
        let store = match anonymous {
            true => store.ballots()?,
            false => store.clone(),
        };
        Ok(Self {
            store,
            tenant,
            id,
            anonymous,
        })
    }

    /// The table.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn partition(&self, shard: u8) -> String {
        match self.anonymous {
            true => at::ballots_partition(self.tenant, self.id, shard),
            false => at::votes_partition(self.tenant, self.id, shard),
        }
    }

    /// What the sort keys of votes begin with.
    pub(super) fn prefix(&self) -> &'static str {
        match self.anonymous {
            true => at::BALLOTS,
            false => at::VOTERS,
        }
    }

    pub(super) fn tally(&self, shard: u8) -> Key {
        at::tally(self.partition(shard))
    }

    pub(super) fn tallies(&self) -> Vec<Key> {
        (0..at::SHARDS).map(|shard| self.tally(shard)).collect()
    }

    pub(super) fn released(&self) -> Key {
        at::released(self.tenant, self.id)
    }

    pub(super) fn choices(&self) -> Key {
        at::choices(self.tenant, self.id)
    }
}

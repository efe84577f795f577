//! Counters, spread over shards, and the seals that end the counting.

use std::collections::BTreeMap;

use activity::ids::TenantId;

use super::home::Home;
use super::occurrence::ROUND;
use super::{Delta, Occurrence, Polls};
use crate::Store;
use crate::backoff::Backoff;
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, n};
use crate::keys::{Key, polls as at};
use crate::requests::Read;

/// The counters of an occurrence, all shards together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// By name; none is zero.
    pub counters: Delta,
    /// Whether no vote can come any more: every shard is sealed.
    pub sealed: bool,
}

/// Whether an occurrence takes no votes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// Every shard is sealed: what is counted is final.
    Yes,
    /// It was opened again since, or erased: this round is over.
    Stale,
}

const ENTITY: &str = "tally";
const SEALED: &str = "sealed";
/// What counters' attributes begin with.
const COUNTER: char = '+';

impl Polls<'_> {
    /// The counters as they stand: exact when [sealed](Tallies::sealed), else at most some votes behind.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn tallies(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<Tallies, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let items = home
            .store()
            .get_many(home.tallies(), Read::Consistent)
            .await?;
        let mut counters: BTreeMap<String, i64> = BTreeMap::new();
        let mut sealed = 0;
        for item in &items {
            sealed += u8::from(Attributes::of(ENTITY, item).has(SEALED));
            for (name, count) in item {
                let Some(name) = name.strip_prefix(COUNTER) else {
                    continue;
                };
                let count = count.as_n().ok().and_then(|text| text.parse::<i64>().ok());
                let count = count.ok_or(StoreError::Unreadable {
                    entity: ENTITY,
                    attribute: "a counter",
                })?;
                *counters.entry(name.to_owned()).or_default() += count;
            }
        }
        counters.retain(|_, count| *count != 0);
        Ok(Tallies {
            counters,
            sealed: sealed == at::SHARDS,
        })
    }

    /// Ends the taking of votes in this round. Afterwards every vote that was recorded is in the
    /// [tallies](Self::tallies), and no other is recorded.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: some shards may be sealed. Seal again.
    pub async fn seal(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<Sealed, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let mut sealed = Sealed::Yes;
        for shard in 0..at::SHARDS {
            let change = Change::update(home.tally(shard))
                .set(SEALED, mark())
                .only_if(format!("attribute_exists(#pk) AND #{ROUND} = :{ROUND}"))
                .value(ROUND, n(occurrence.round));
            if !settled(home.store(), &change).await?.is_done() {
                sealed = Sealed::Stale;
            }
        }
        Ok(sealed)
    }

    /// Takes votes again, in the round that the occurrence is in. A seal of this round stays.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: some shards may be open. Unseal again.
    pub async fn unseal(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<(), StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        for shard in 0..at::SHARDS {
            let change = Change::update(home.tally(shard))
                .set(ROUND, n(occurrence.round))
                .remove(SEALED)
                .only_if(format!("attribute_exists(#pk) AND #{ROUND} < :{ROUND}"));
            settled(home.store(), &change).await?;
        }
        Ok(())
    }
}

/// Writes where votes are written all the time.
async fn settled(store: &Store, change: &Change) -> Result<Written, StoreError> {
    let mut backoff = Backoff::new(0);
    loop {
        match change.clone().write(store).await {
            Err(StoreError::Busy { code }) if code == "TransactionConflictException" => {
                backoff.wait(code).await?;
            }
            result => return result,
        }
    }
}

/// What a vote does with its shard: counts it, unless the shard is sealed or not there.
pub(super) fn count(tally: Key, delta: &Delta) -> Change {
    let mut change = Change::update(tally).only_if(format!(
        "attribute_exists(#pk) AND attribute_not_exists(#{SEALED})"
    ));
    // Short names: an expression has at most four kilobytes.
    for (index, (name, more)) in delta.iter().enumerate() {
        let alias = short(index);
        change = change
            .add_number(&alias, *more)
            .alias(&alias, &format!("{COUNTER}{name}"));
    }
    if delta.is_empty() {
        // An update has to change something.
        change = change.add_number("0", 0).alias("0", &format!("{COUNTER}0"));
    }
    change
}

/// Whether a shard takes votes.
pub(super) fn takes_votes(tally: Option<&Item>) -> bool {
    tally.is_some_and(|item| !Attributes::of(ENTITY, item).has(SEALED))
}

/// A number in letters and digits.
fn short(mut number: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut text = String::new();
    loop {
        text.push(char::from(DIGITS[number % 36]));
        number /= 36;
        if number == 0 {
            return text;
        }
    }
}

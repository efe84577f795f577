//! People who stand side by side, read as a run.
//!
//! Items that are read by key cost half a unit each, however small they are; a
//! run of them costs what they weigh, half a unit for some ten people.

use futures_util::future::try_join_all;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Attributes, Item};
use crate::keys::{Key, SORT};
use crate::requests::{Range, Read};

/// Fewer of a partition are read by key: a request more is dearer for the
/// function than what it saves.
const WORTH: usize = 8;
/// A run shows at most so many items for each that is wanted. By then reading
/// by key is the cheaper way.
const LOOK: usize = 6;

/// What the runs showed.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// The items, and maybe others that stand between them.
    pub(crate) items: Vec<Item>,
    /// What is still to be read by key.
    pub(crate) left: Vec<Key>,
    /// A run was left half way: what is wanted stands too far apart.
    pub(crate) thin: bool,
}

impl Store {
    /// Reads those of these items that stand side by side.
    pub(crate) async fn get_runs(
        &self,
        mut keys: Vec<Key>,
        read: Read,
    ) -> Result<Runs, StoreError> {
        keys.sort_unstable_by(|a, b| (&a.partition, &a.sort).cmp(&(&b.partition, &b.sort)));
        let runs = keys.chunk_by(|a, b| a.partition == b.partition);
        let (runs, few): (Vec<_>, Vec<_>) = runs.partition(|run| run.len() >= WORTH);
        let mut found = Runs {
            left: few.into_iter().flatten().cloned().collect(),
            ..Runs::default()
        };
        let reading = runs.iter().map(|run| self.get_run(run, read));
        for ((items, more), run) in try_join_all(reading).await?.into_iter().zip(runs) {
            if more {
                found.thin = true;
                let last = items.last();
                let last = last.and_then(|item| Attributes::of("item", item).text(SORT));
                let unseen = |key: &&Key| last.is_none_or(|last| *key.sort > *last);
                found.left.extend(run.iter().filter(unseen).cloned());
            }
            found.items.extend(items);
        }
        Ok(found)
    }

    async fn get_run(&self, run: &[Key], read: Read) -> Result<(Vec<Item>, bool), StoreError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok((Vec::new(), false));
        };
        self.range(Range {
            partition: first.partition.clone(),
            low: first.sort.clone(),
            high: last.sort.clone(),
            descending: false,
            limit: i32::try_from(LOOK * run.len()).unwrap_or(i32::MAX),
            read,
        })
        .await
    }
}

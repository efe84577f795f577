//! Each time that a poll was asked.

use activity::ids::TenantId;
use polls::{OccurrenceId, PollId};

use super::{Occurrence, Polls, occurrence};
use crate::error::StoreError;
use crate::item::Attributes;
use crate::keys::{self, polls as at};
use crate::requests::{Range, Read};

/// Some occurrences, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OccurrencePage {
    /// The occurrences.
    pub occurrences: Vec<Occurrence>,
    /// Where the next page begins, if there may be more.
    pub more: Option<OccurrenceId>,
}

const ENTITY: &str = "occurrence";

impl Polls<'_> {
    /// A page of a poll's occurrences, the latest first; those before `before`, where a page ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn occurrences(
        &self,
        tenant: &TenantId,
        poll: &PollId,
        before: Option<&OccurrenceId>,
        limit: u16,
    ) -> Result<OccurrencePage, StoreError> {
        let prefix = at::OCCURRENCES;
        let high = match before {
            // Itself is left out below: there is no text right before another.
            Some(id) => format!("{prefix}{}", id.time()),
            None => format!("{prefix}~"),
        };
        let limit = usize::from(limit.max(1)).min(100);
        let (items, more) = self
            .store
            .range(Range {
                partition: at::poll_partition(tenant, poll),
                low: prefix.to_owned(),
                high,
                descending: true,
                limit: i32::try_from(limit + usize::from(before.is_some())).unwrap_or(i32::MAX),
                read: Read::Consistent,
            })
            .await?;
        let mut ids = Vec::with_capacity(items.len());
        for item in &items {
            let read = Attributes::of(ENTITY, item);
            let time = read.need_text(keys::SORT)?.strip_prefix(prefix);
            let id = time.and_then(|time| format!("{poll}@{time}").parse::<OccurrenceId>().ok());
            let id = id.ok_or_else(|| read.unreadable(keys::SORT))?;
            if Some(&id) != before {
                ids.push(id);
            }
        }
        let more = more || ids.len() > limit;
        ids.truncate(limit);
        let more = ids.last().filter(|_| more).cloned();
        let wanted = ids.iter().map(|id| at::occurrence(tenant, id)).collect();
        let found = self.store.get_many(wanted, Read::Consistent).await?;
        let mut occurrences = Vec::with_capacity(found.len());
        for id in &ids {
            let key = at::voting(tenant, id);
            let of_it = |item: &&crate::item::Item| {
                Attributes::of(ENTITY, item).text(keys::PARTITION) == Some(&*key)
            };
            if let Some(item) = found.iter().find(of_it) {
                occurrences.push(occurrence::read(id, item)?);
            }
        }
        Ok(OccurrencePage { occurrences, more })
    }
}

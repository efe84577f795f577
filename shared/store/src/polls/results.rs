//! What stays when an occurrence is closed.

use activity::ids::TenantId;
use aws::dynamodb::AttributeValue;
use polls::{AddedChoice, OccurrenceId};

use super::choices::{from_json, to_json};
use super::{Occurrence, Polls};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::keys::{self, polls as at};
use crate::requests::{Range, Read, Transacted};
use crate::retention::EXPIRES;

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedResult {
    /// The result, as whoever counted wrote it.
    pub result: String,
    /// The choices that voters had added.
    pub added: Vec<AddedChoice>,
}

/// Some of the texts that were written for a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextsPage {
    /// The texts.
    pub texts: Vec<String>,
    /// The number of the next page, if there is one.
    pub next: Option<u32>,
}

const ENTITY: &str = "poll's result";
const RESULT: &str = "result";
const ADDED: &str = "added";
const TEXTS: &str = "texts";
/// Far from what an item holds.
const PAGE_BYTES: usize = 64 * 1024;
const PAGE_TEXTS: usize = 1_000;

impl Polls<'_> {
    /// Writes the texts of a question, in this order, while the occurrence is as it was read. What is written stays: whoever
    /// writes again, perhaps while another destroys the ballots, changes nothing; and nothing is written of what somebody
    /// erases meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: some may be written. Write them again.
    pub async fn write_texts(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        question: &str,
        texts: &[String],
    ) -> Result<(), StoreError> {
        let mut rest = texts;
        for page in 0.. {
            let mut bytes = 0;
            let fits = rest.iter().take(PAGE_TEXTS).take_while(|text| {
                let first = bytes == 0;
                bytes += text.len() + 1;
                first || bytes <= PAGE_BYTES
            });
            let (these, others) = rest.split_at(fits.count());
            if these.is_empty() {
                return Ok(());
            }
            let list = these.iter().map(|text| s(&**text)).collect();
            let item = Item::from([
                (TEXTS.to_owned(), AttributeValue::L(list)),
                (EXPIRES.to_owned(), occurrence.kept()),
            ]);
            let key = at::texts_page(tenant, &occurrence.id, occurrence.round, question, page);
            let changes = vec![
                Change::put(key, item).only_if("attribute_not_exists(#pk)"),
                super::occurrence::unchanged(tenant, occurrence),
            ];
            match self.store.transact(changes).await? {
                Transacted::Done | Transacted::Refused => {}
            }
            rest = others;
        }
        Ok(())
    }

    /// A page of the texts of a question, from 0.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn texts(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        question: &str,
        page: u32,
    ) -> Result<TextsPage, StoreError> {
        let round = occurrence.round;
        let from = at::texts_page(tenant, &occurrence.id, round, question, page);
        let (partition, prefix) = at::texts(tenant, &occurrence.id, round, question);
        let (items, more) = self
            .store
            .range(Range {
                partition,
                low: from.sort.clone(),
                high: format!("{prefix}~"),
                descending: false,
                limit: 1,
                read: Read::Consistent,
            })
            .await?;
        let Some(item) = items.first() else {
            return Ok(TextsPage::default());
        };
        let read = Attributes::of(ENTITY, item);
        let number = read.need_text(keys::SORT)?.strip_prefix(&*prefix);
        let number = number.and_then(|number| number.parse::<u32>().ok());
        let number = number.ok_or_else(|| read.unreadable(keys::SORT))?;
        let texts = item.get(TEXTS).and_then(|list| list.as_l().ok());
        let texts = texts.ok_or_else(|| read.unreadable(TEXTS))?;
        let texts = texts.iter().map(|text| text.as_s().ok().cloned());
        let texts = texts.collect::<Option<Vec<_>>>();
        Ok(TextsPage {
            texts: texts.ok_or_else(|| read.unreadable(TEXTS))?,
            next: more.then_some(number + 1),
        })
    }

    /// The result of a round: the latest is [the occurrence's](Occurrence::round).
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn result(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
        round: u32,
    ) -> Result<Option<ClosedResult>, StoreError> {
        let key = at::result(tenant, id, round);
        let Some(item) = self.store.get(&key, Read::Consistent).await? else {
            return Ok(None);
        };
        let read = Attributes::of(ENTITY, &item);
        Ok(Some(ClosedResult {
            result: read.need_text(RESULT)?.to_owned(),
            added: from_json(read.need_text(ADDED)?).ok_or_else(|| read.unreadable(ADDED))?,
        }))
    }
}

/// The result of the round that an occurrence is in.
pub(super) fn written(tenant: &TenantId, occurrence: &Occurrence, result: &ClosedResult) -> Change {
    let item = Item::from([
        (RESULT.to_owned(), s(&*result.result)),
        (ADDED.to_owned(), s(to_json(&result.added))),
        (EXPIRES.to_owned(), occurrence.kept()),
    ]);
    Change::put(at::result(tenant, &occurrence.id, occurrence.round), item)
}

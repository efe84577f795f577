//! What polls have to do next, and when.
//!
//! Schedules wake the function that does it. A schedule can be lost, so what is to be done is noted here too, with the
//! change that makes it so; a sweep finds whatever is overdue.

use activity::ids::TenantId;
use jiff::Timestamp;
use polls::PollId;

use super::Polls;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, s};
use crate::keys::{self, polls as at};
use crate::requests::{Range, Read};

/// Something that is to be done for a poll.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// The poll's tenant.
    pub tenant: TenantId,
    /// The poll.
    pub poll: PollId,
    /// What is to be done: whoever does it knows the word. For the same time and poll the same word is the same thing.
    pub what: String,
}

/// A change of what is due, made together with another change or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DueChange {
    /// It is to be done. Noting it twice is noting it once.
    Note(Due),
    /// It is done, or need not be done any more.
    Remove(Due),
}

const ENTITY: &str = "due item";
const AT: &str = "at";
const TENANT: &str = "tenant";
const POLL: &str = "poll";
const WHAT: &str = "what";

impl Polls<'_> {
    /// Notes that something is to be done.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn note_due(&self, due: &Due) -> Result<(), StoreError> {
        note(due).write(self.store).await?;
        Ok(())
    }

    /// Takes it away, because it is done. Taking it away twice is taking it away once.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove_due(&self, due: &Due) -> Result<(), StoreError> {
        remove(due).write(self.store).await?;
        Ok(())
    }

    /// What is due before a time, of every tenant: the longest due first, `limit` at most. After `after`, where a page
    /// before ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn due(
        &self,
        before: Timestamp,
        after: Option<&Due>,
        limit: u16,
    ) -> Result<Vec<Due>, StoreError> {
        let low = after.map_or_else(
            || "0".to_owned(),
            // The least text behind that key.
            |due| format!("{}\u{1}", key(due).sort),
        );
        let high = at::due_time(before);
        if low > high {
            return Ok(Vec::new());
        }
        let (items, _) = self
            .store
            .range(Range {
                partition: at::DUES.to_owned(),
                low,
                high,
                descending: false,
                limit: i32::from(limit.max(1)),
                read: Read::Consistent,
            })
            .await?;
        items.iter().map(read).collect()
    }
}

impl DueChange {
    pub(super) fn change(&self) -> Change {
        match self {
            Self::Note(due) => note(due),
            Self::Remove(due) => remove(due),
        }
    }
}

fn note(due: &Due) -> Change {
    let item = Item::from([
        (AT.to_owned(), ms(due.at)),
        (TENANT.to_owned(), s(due.tenant.as_str())),
        (POLL.to_owned(), s(due.poll.as_str())),
        (WHAT.to_owned(), s(&*due.what)),
    ]);
    Change::put(key(due), item)
}

fn remove(due: &Due) -> Change {
    Change::delete(key(due))
}

fn key(due: &Due) -> keys::Key {
    at::due(due.at, &due.tenant, &due.poll, &due.what)
}

fn read(item: &Item) -> Result<Due, StoreError> {
    let read = Attributes::of(ENTITY, item);
    Ok(Due {
        at: read.need_time(AT)?,
        tenant: TenantId::new(read.need_text(TENANT)?),
        poll: read.parsed(POLL)?.ok_or_else(|| read.unreadable(POLL))?,
        what: read.need_text(WHAT)?.to_owned(),
    })
}

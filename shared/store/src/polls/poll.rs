//! What is asked, and when next.

use activity::ids::TenantId;
use jiff::Timestamp;
use polls::PollId;
use ring::digest::{self, SHA256};

use super::{DueChange, Polls};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms, n, s};
use crate::keys::{self, polls as at};
use crate::requests::{Range, Read, Transacted};

/// A poll to create.
#[derive(Clone, Copy, Debug)]
pub struct NewPoll<'a> {
    /// What it is called.
    pub id: &'a PollId,
    /// Its definition, as JSON that is the same whenever the definition is.
    pub definition: &'a str,
    /// When it is asked first.
    pub next: Option<Timestamp>,
}

/// A poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// What it is called.
    pub id: PollId,
    /// Its definition, as JSON.
    pub definition: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it is asked next; `None` when it is not asked any more.
    pub next: Option<Timestamp>,
    /// It is being deleted: nothing new begins.
    pub deleting: bool,
    /// Grows with every change.
    pub revision: u64,
}

/// How a creation went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is new.
    New(Poll),
    /// It was created before with the same definition; as it is now.
    AlreadyThere(Poll),
    /// Another poll is called so.
    Conflict,
}

/// Some polls, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollPage {
    /// The polls.
    pub polls: Vec<Poll>,
    /// Where the next page begins, if there may be more.
    pub more: Option<PollId>,
}

const ENTITY: &str = "poll";
const DEFINITION: &str = "definition";
const DIGEST: &str = "digest";
const CREATED: &str = "created_at";
const NEXT: &str = "next";
const DELETING: &str = "deleting";
const REVISION: &str = "revision";

impl Polls<'_> {
    /// Creates a poll, once, together with what is due for it.
    ///
    /// The same definition again is the same poll, although it may have been changed since.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn create(
        &self,
        tenant: &TenantId,
        new: &NewPoll<'_>,
        dues: &[DueChange],
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let digest = digest(new.definition);
        let poll = Poll {
            id: new.id.clone(),
            definition: new.definition.to_owned(),
            created_at: crate::people::millisecond(now),
            next: new.next.map(crate::people::millisecond),
            deleting: false,
            revision: 1,
        };
        let mut item = Item::from([
            (DEFINITION.to_owned(), s(&*poll.definition)),
            (DIGEST.to_owned(), s(&*digest)),
            (CREATED.to_owned(), ms(now)),
            (REVISION.to_owned(), n(poll.revision)),
        ]);
        if let Some(next) = poll.next {
            item.insert(NEXT.to_owned(), ms(next));
        }
        let mut changes = vec![
            Change::put(at::poll(tenant, new.id), item).only_if("attribute_not_exists(#pk)"),
            Change::put(at::listed_poll(tenant, new.id), Item::new()),
        ];
        changes.extend(dues.iter().map(DueChange::change));
        if matches!(self.store.transact(changes).await?, Transacted::Done) {
            return Ok(Created::New(poll));
        }
        let there = self.item(tenant, new.id).await?;
        // Deleted since: a poll of this name is not to be had at this moment.
        let Some(item) = there else {
            return Ok(Created::Conflict);
        };
        if Attributes::of(ENTITY, &item).need_text(DIGEST)? != digest {
            return Ok(Created::Conflict);
        }
        Ok(Created::AlreadyThere(read(new.id, &item)?))
    }

    /// A poll.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(&self, tenant: &TenantId, id: &PollId) -> Result<Option<Poll>, StoreError> {
        let item = self.item(tenant, id).await?;
        item.map(|item| read(id, &item)).transpose()
    }

    async fn item(&self, tenant: &TenantId, id: &PollId) -> Result<Option<Item>, StoreError> {
        let key = at::poll(tenant, id);
        self.store.get(&key, Read::Consistent).await
    }

    /// A page of a tenant's polls, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&PollId>,
        limit: u16,
    ) -> Result<PollPage, StoreError> {
        // No id has a character before `-`, so this is the least text behind an id.
        let low = after.map_or_else(|| " ".to_owned(), |id| format!("{id} "));
        let (items, more) = self
            .store
            .range(Range {
                partition: at::polls_partition(tenant),
                low,
                high: "~".to_owned(),
                descending: false,
                limit: i32::from(limit.max(1)),
                read: Read::Eventual,
            })
            .await?;
        let ids = items.iter().map(|item| {
            let read = Attributes::of(ENTITY, item);
            let id = read.parsed::<PollId>(keys::SORT)?;
            id.ok_or_else(|| read.unreadable(keys::SORT))
        });
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let more = ids.last().filter(|_| more).cloned();
        let wanted = ids.iter().map(|id| at::poll(tenant, id)).collect();
        let found = self.store.get_many(wanted, Read::Eventual).await?;
        let partition = |item: &Item| {
            let read = Attributes::of(ENTITY, item);
            read.text(keys::PARTITION).map(str::to_owned)
        };
        let mut polls = Vec::with_capacity(found.len());
        for id in &ids {
            let key = at::poll_partition(tenant, id);
            let item = found
                .iter()
                .find(|item| partition(item).as_ref() == Some(&key));
            if let Some(item) = item {
                polls.push(read(id, item)?);
            }
        }
        Ok(PollPage { polls, more })
    }

    /// Changes a poll from how it was read to `next`, together with what is due; `None` when somebody else has changed
    /// it since.
    ///
    /// Its id and the time of its creation stay.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn change(
        &self,
        tenant: &TenantId,
        read: &Poll,
        next: &Poll,
        dues: &[DueChange],
    ) -> Result<Option<Poll>, StoreError> {
        let changed = Poll {
            id: read.id.clone(),
            created_at: read.created_at,
            revision: read.revision + 1,
            ..next.clone()
        };
        let change = Change::update(at::poll(tenant, &read.id))
            .set(DEFINITION, s(&*changed.definition))
            .set_or_remove(NEXT, changed.next.map(ms))
            .set_or_remove(DELETING, changed.deleting.then(mark))
            .set(REVISION, n(changed.revision))
            .only_if(format!("#{REVISION} = :read"))
            .value("read", n(read.revision));
        let mut changes = vec![change];
        changes.extend(dues.iter().map(DueChange::change));
        let done = self.store.transact(changes).await?;
        Ok(matches!(done, Transacted::Done).then_some(changed))
    }

    /// Forgets a poll, whose occurrences [are erased](Self::erase) before.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn delete(&self, tenant: &TenantId, id: &PollId) -> Result<(), StoreError> {
        let changes = vec![
            Change::delete(at::poll(tenant, id)),
            Change::delete(at::listed_poll(tenant, id)),
        ];
        self.store.transact(changes).await?;
        Ok(())
    }
}

/// Changes nothing, if a poll is there and not being deleted.
pub(super) fn still_there(tenant: &TenantId, id: &PollId) -> Change {
    Change::update(at::poll(tenant, id))
        .add_number(REVISION, 0)
        .only_if(format!(
            "attribute_exists(#pk) AND attribute_not_exists(#{DELETING})"
        ))
}

fn digest(definition: &str) -> String {
    let hash = digest::digest(&SHA256, definition.as_bytes());
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A number that grows with changes.
pub(super) fn revision(read: Attributes<'_>, name: &'static str) -> Result<u64, StoreError> {
    let number = read.need_number(name)?;
    u64::try_from(number).map_err(|_| read.unreadable(name))
}

fn read(id: &PollId, item: &Item) -> Result<Poll, StoreError> {
    let read = Attributes::of(ENTITY, item);
    Ok(Poll {
        id: id.clone(),
        definition: read.need_text(DEFINITION)?.to_owned(),
        created_at: read.need_time(CREATED)?,
        next: read.time(NEXT),
        deleting: read.has(DELETING),
        revision: revision(read, REVISION)?,
    })
}

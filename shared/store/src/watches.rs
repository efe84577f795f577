//! Sources that are watched, and how far each was read.
//!
//! What a watch says and what is remembered of its source are texts here: their meaning is in `sources` and `watch`.

use activity::ids::TenantId;
use jiff::{SignedDuration, Timestamp};

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, n, s};
use crate::keys::watches as keys;
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES};
use crate::{Once, Store};

/// Operations on watches.
#[derive(Clone, Copy, Debug)]
pub struct Watches<'a> {
    pub(crate) store: &'a Store,
}

/// A watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWatch {
    /// Its id.
    pub id: String,
    /// What is watched, and for whom.
    pub definition: String,
    /// Since when.
    pub since: Timestamp,
}

/// What is remembered of a watch's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchState {
    /// Counts the writes.
    pub version: i64,
    /// What is remembered.
    pub state: String,
}

const ENTITY: &str = "watch";
const PAGE: i32 = 200;

/// How long an answer to a request is kept.
const ANSWER: SignedDuration = SignedDuration::from_hours(1);

impl Store {
    /// Sources that are watched.
    #[must_use]
    pub fn watches(&self) -> Watches<'_> {
        Watches { store: self }
    }
}

impl Watches<'_> {
    /// Defines a watch, or defines it anew; since when it is there stays.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn put(
        &self,
        tenant: &TenantId,
        id: &str,
        definition: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        Change::update(keys::watch(tenant, id))
            .set("id", s(id))
            .set("definition", s(definition))
            .set_to("#since = if_not_exists(#since, :since)")
            .value("since", ms(now))
            .write(self.store)
            .await?;
        Ok(())
    }

    /// A watch.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(
        &self,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Option<StoredWatch>, StoreError> {
        let key = keys::watch(tenant, id);
        let item = self.store.get(&key, Read::Consistent).await?;
        item.as_ref().map(watch).transpose()
    }

    /// Every watch, by id; all that were defined before are among them.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<StoredWatch>, StoreError> {
        let mut watches: Vec<StoredWatch> = Vec::new();
        let mut low = " ".to_owned();
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::watches(tenant),
                    low,
                    high: "~".to_owned(),
                    descending: false,
                    limit: PAGE,
                    read: Read::Consistent,
                })
                .await?;
            let last = watches.last().map(|watch| watch.id.clone());
            for item in &items {
                let watch = watch(item)?;
                if Some(&watch.id) != last.as_ref() {
                    watches.push(watch);
                }
            }
            match watches.last() {
                Some(watch) if more => low = watch.id.clone(),
                _ => return Ok(watches),
            }
        }
    }

    /// Takes a watch away, and what is remembered of its source; it is fine if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: perhaps the watch is gone and what is remembered is not. Do it again.
    pub async fn remove(&self, tenant: &TenantId, id: &str) -> Result<(), StoreError> {
        Change::delete(keys::watch(tenant, id))
            .write(self.store)
            .await?;
        self.forget(tenant, id).await
    }

    /// Forgets what is remembered of a source: the next look is the first.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn forget(&self, tenant: &TenantId, id: &str) -> Result<(), StoreError> {
        let key = keys::watch_state(tenant, id);
        Change::delete(key).write(self.store).await?;
        Ok(())
    }

    /// What is remembered of a source; nothing before the first look.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn state(
        &self,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Option<WatchState>, StoreError> {
        let key = keys::watch_state(tenant, id);
        let Some(item) = self.store.get(&key, Read::Consistent).await? else {
            return Ok(None);
        };
        let read = Attributes::of(ENTITY, &item);
        Ok(Some(WatchState {
            version: read.need_number("version")?,
            state: read.need_text("state")?.to_owned(),
        }))
    }

    /// Remembers this, if nobody wrote since the version `over` was read; without one, if nothing is remembered.
    ///
    /// Two looks at once: one writes, the other is told that it was taken.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remember(
        &self,
        tenant: &TenantId,
        id: &str,
        over: Option<i64>,
        state: &str,
    ) -> Result<Once, StoreError> {
        let change = Change::update(keys::watch_state(tenant, id))
            .set("state", s(state))
            .set("version", n(over.unwrap_or(0) + 1));
        let change = match over {
            Some(over) => change.only_if("#version = :over").value("over", n(over)),
            None => change.only_if("attribute_not_exists(#pk)"),
        };
        Ok(match change.write(self.store).await? {
            Written::Done(_) => Once::Yours,
            // An answer that was lost, and the write was made again.
            Written::Refused(item) => {
                let read = Attributes::of(ENTITY, &item);
                let same = read.text("state") == Some(state)
                    && read.number("version") == Some(over.unwrap_or(0) + 1);
                if same { Once::Yours } else { Once::Taken }
            }
        })
    }

    /// Answers whoever asked for something about watches.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn answer(
        &self,
        tenant: &TenantId,
        request: &str,
        answer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let item = Item::from([
            ("answer".to_owned(), s(answer)),
            (EXPIRES.to_owned(), retention::expires(now, ANSWER)),
        ]);
        Change::put(keys::watch_answer(tenant, request), item)
            .write(self.store)
            .await?;
        Ok(())
    }

    /// What a request was answered, if it was.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn answered(
        &self,
        tenant: &TenantId,
        request: &str,
    ) -> Result<Option<String>, StoreError> {
        let key = keys::watch_answer(tenant, request);
        let item = self.store.get(&key, Read::Consistent).await?;
        let answer = item.as_ref().map(|item| {
            let read = Attributes::of(ENTITY, item);
            read.need_text("answer").map(str::to_owned)
        });
        answer.transpose()
    }
}

fn watch(item: &Item) -> Result<StoredWatch, StoreError> {
    let read = Attributes::of(ENTITY, item);
    Ok(StoredWatch {
        id: read.need_text("id")?.to_owned(),
        definition: read.need_text("definition")?.to_owned(),
        since: read.need_time("since")?,
    })
}

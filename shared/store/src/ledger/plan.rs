//! Planning: an audience becomes frozen chunks, page by page.
//!
//! A page is one transaction: its chunks, and the place where the next page
//! starts. Of two planners at the same page one wins, so a chunk is never
//! planned twice with other people in it. Only then are the chunks queued;
//! until that is noted, a planner that comes later queues them again, which the
//! claims make harmless.

use notifications::{NotificationKey, RecipientKey};
use work_items::ChunkKey;

use super::{Chunk, Ledger, recipients};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, b, n, s};
use crate::keys;
use crate::requests::{Read, Transacted};
use crate::retention::{self, EXPIRES, expires};

use jiff::Timestamp;

/// Where planning stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanCursor {
    /// Nothing is planned.
    Start,
    /// Everyone up to this recipient is.
    After(RecipientKey),
    /// Everyone is.
    End,
}

/// How far the planning of a notification has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many pages are frozen; also the number of the next one.
    pub pages: u32,
    /// How many pages' chunks are known to be queued.
    pub queued: u32,
    /// Where the next page starts.
    pub cursor: PlanCursor,
    /// Where the last frozen page started.
    pub last_page_from: PlanCursor,
    /// How many chunks are frozen.
    pub chunks: u64,
    /// How many recipients are in them.
    pub recipients: u64,
}

/// What a page of planning asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanStep {
    /// Freeze this page, then queue it.
    Freeze,
    /// It is frozen: read its chunks and queue them.
    Queue,
    /// Nothing: it is frozen and queued.
    Nothing,
}

/// The most chunks that one page can have.
pub const CHUNKS_PER_PAGE: usize = 98;

const ENTITY: &str = "plan";
const PAGES: &str = "pages";
const QUEUED: &str = "queued";
const CURSOR: &str = "cursor";
const FROM: &str = "from";
const CHUNKS: &str = "chunks";
const RECIPIENTS: &str = "recipients";
pub(super) const KEYS: &str = "keys";

impl Plan {
    /// The plan of a notification that nobody planned.
    #[must_use]
    pub fn untouched() -> Self {
        Self {
            pages: 0,
            queued: 0,
            cursor: PlanCursor::Start,
            last_page_from: PlanCursor::Start,
            chunks: 0,
            recipients: 0,
        }
    }

    /// What is to be done about a page.
    #[must_use]
    pub fn step(&self, page: u32) -> PlanStep {
        if page < self.queued {
            PlanStep::Nothing
        } else if page < self.pages {
            PlanStep::Queue
        } else if self.cursor == PlanCursor::End {
            PlanStep::Nothing
        } else {
            PlanStep::Freeze
        }
    }

    /// Whether everyone is planned.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.cursor == PlanCursor::End
    }

    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        let read = Attributes::of(ENTITY, item);
        let count =
            |name| u32::try_from(read.need_number(name)?).map_err(|_| read.unreadable(name));
        let total =
            |name| u64::try_from(read.need_number(name)?).map_err(|_| read.unreadable(name));
        Ok(Self {
            pages: count(PAGES)?,
            queued: count(QUEUED)?,
            cursor: cursor(&read, CURSOR)?,
            last_page_from: cursor(&read, FROM)?,
            chunks: total(CHUNKS)?,
            recipients: total(RECIPIENTS)?,
        })
    }
}

impl PlanCursor {
    fn to_text(&self) -> String {
        match self {
            Self::Start => "start".to_owned(),
            Self::After(key) => format!("after#{key}"),
            Self::End => "end".to_owned(),
        }
    }

    /// The recipient after whom a walk goes on.
    #[must_use]
    pub fn after(&self) -> Option<&RecipientKey> {
        match self {
            Self::After(key) => Some(key),
            Self::Start | Self::End => None,
        }
    }
}

fn cursor(read: &Attributes<'_>, name: &'static str) -> Result<PlanCursor, StoreError> {
    match read.need_text(name)? {
        "start" => Ok(PlanCursor::Start),
        "end" => Ok(PlanCursor::End),
        text => text
            .strip_prefix("after#")
            .and_then(|key| key.parse().ok())
            .map(PlanCursor::After)
            .ok_or_else(|| read.unreadable(name)),
    }
}

impl Ledger<'_> {
    /// How far the planning of a notification has come.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn plan(&self, notification: &NotificationKey) -> Result<Plan, StoreError> {
        let item = self
            .store
            .get(&keys::plan(notification), Read::Consistent)
            .await?;
        item.map_or_else(|| Ok(Plan::untouched()), |item| Plan::read(&item))
    }

    /// Freezes the next page: its chunks, and where planning goes on.
    ///
    /// The recipients of every chunk are in the order of bucket and key, and
    /// come after those of the page before. At most [`CHUNKS_PER_PAGE`] chunks;
    /// none is fine, as when a page found nobody. Returns the plan as it is
    /// now; `None` when another planner froze this page.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn freeze_page(
        &self,
        notification: &NotificationKey,
        plan: &Plan,
        chunks: &[Vec<RecipientKey>],
        next: PlanCursor,
        now: Timestamp,
    ) -> Result<Option<Plan>, StoreError> {
        debug_assert!(
            chunks.len() <= CHUNKS_PER_PAGE,
            "a page has too many chunks"
        );
        let found: usize = chunks.iter().map(Vec::len).sum();
        let after = Plan {
            pages: plan.pages + 1,
            queued: plan.queued,
            cursor: next,
            last_page_from: plan.cursor.clone(),
            chunks: plan.chunks + chunks.len() as u64,
            recipients: plan.recipients + found as u64,
        };
        let mut progress = Change::update(keys::plan(notification))
            .set(PAGES, n(after.pages))
            .set(QUEUED, n(after.queued))
            .set(CURSOR, s(after.cursor.to_text()))
            .set(FROM, s(after.last_page_from.to_text()))
            .set(CHUNKS, n(after.chunks))
            .set(RECIPIENTS, n(after.recipients))
            .set(EXPIRES, expires(now, retention::LEDGER));
        progress = if plan.pages == 0 {
            progress.only_if("attribute_not_exists(#pk)")
        } else {
            progress
                .only_if(format!("#{PAGES} = :before"))
                .value("before", n(plan.pages))
        };
        let mut changes = vec![progress];
        for recipients in chunks {
            let Some(first) = recipients.first() else {
                continue;
            };
            let key = keys::chunk(notification, &ChunkKey::starting_with(first));
            let item = Item::from([
                (KEYS.to_owned(), b(recipients::encode(recipients))),
                (EXPIRES.to_owned(), expires(now, retention::LEDGER)),
            ]);
            changes.push(Change::put(key, item));
        }
        match self.store.transact(changes).await? {
            Transacted::Done => Ok(Some(after)),
            Transacted::Refused => Ok(None),
        }
    }

    /// The chunks of the last frozen page, to be queued (again).
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn last_page(
        &self,
        notification: &NotificationKey,
        plan: &Plan,
    ) -> Result<Vec<Chunk>, StoreError> {
        if plan.pages == 0 {
            return Ok(Vec::new());
        }
        self.chunks_between(notification, &plan.last_page_from, &plan.cursor)
            .await
    }

    /// Notes that the chunks of the page before `pages`, and the message that
    /// asks for the next page, are queued.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn page_queued(
        &self,
        notification: &NotificationKey,
        plan: &Plan,
    ) -> Result<(), StoreError> {
        Change::update(keys::plan(notification))
            .set(QUEUED, n(plan.pages))
            .only_if(format!("#{QUEUED} < :{QUEUED}"))
            .write(self.store)
            .await?;
        Ok(())
    }
}

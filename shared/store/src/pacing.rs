//! What all workers share to stay within Teams' limits: the tenant's book, and the windows of busy conversations.
//!
//! Each item has a version. Whoever writes says which version was read; so a decision that stands on an old item is
//! refused, with the item as it is now, and is made again.

use activity::ids::{ConversationId, TenantId};
use jiff::Timestamp;
use pacing::{Book, Line, LineState, Pace, Share, Window};

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, b, n, s};
use crate::keys::Key;
use crate::requests::Read;
use crate::retention::{self, EXPIRES, expires};
use crate::{Store, keys};

/// Operations on what paces sending.
#[derive(Clone, Copy, Debug)]
pub struct Pacing<'a> {
    pub(crate) store: &'a Store,
}

/// Something that is replaced only by who has read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// Which version it is.
    pub version: i64,
    /// What it says.
    pub value: T,
}

/// How a replacement went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced<T> {
    /// It stands, as this version.
    Done {
        /// To replace it with the next one.
        version: i64,
    },
    /// Somebody else was faster. This is what stands.
    Refused(Versioned<T>),
}

const BOOK: &str = "pacing book";
const WINDOW: &str = "pacing window";
/// The names of the lines' attributes, in the order of [`Line::ALL`].
const LINES: [&str; 3] = ["main", "alarm", "other"];

impl Pacing<'_> {
    /// The tenant's book, as of now. Without one nothing is sold.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn book(&self, tenant: &TenantId) -> Result<Option<Versioned<Book>>, StoreError> {
        let item = self
            .store
            .get(&keys::book(tenant), Read::Consistent)
            .await?;
        item.as_ref().map(read_book).transpose()
    }

    /// Replaces the tenant's book.
    ///
    /// `read` is the version that was read; none if it is not known what is there. Then it is replaced only if it is
    /// settled, which says no more than an empty one.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation. After [`StoreError::Unreachable`] it may have been written: what was sold by it
    /// is nobody's.
    pub async fn replace_book(
        &self,
        tenant: &TenantId,
        read: Option<i64>,
        book: &Book,
        now: Timestamp,
    ) -> Result<Replaced<Book>, StoreError> {
        let version = next_version(read, now);
        let mut item = Item::from([
            ("version".to_owned(), n(version)),
            ("settled".to_owned(), n(book.settled().as_microsecond())),
            ("share".to_owned(), n(book.pace.share.get())),
            ("resume".to_owned(), n(book.pace.resume.as_microsecond())),
            (EXPIRES.to_owned(), expires(now, retention::PACING)),
        ]);
        for line in Line::ALL {
            if let Some(state) = book.lines[line as usize] {
                let name = LINES[line as usize].to_owned();
                item.insert(name, s(line_text(state)));
            }
        }
        let free = "attribute_not_exists(#version) OR #settled <= :now";
        let change = Change::put(keys::book(tenant), item).value("now", n(now.as_microsecond()));
        self.replace(change, keys::book(tenant), read, free, version, read_book)
            .await
    }

    /// What a conversation had lately. Without a window it had nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn window(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<Versioned<Window>>, StoreError> {
        let key = keys::window(tenant, conversation);
        let item = self.store.get(&key, Read::Consistent).await?;
        item.as_ref().map(read_window).transpose()
    }

    /// Replaces what a conversation had lately; `read` is the version that was read, none if there was nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation. After [`StoreError::Unreachable`] it may have been written.
    pub async fn replace_window(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        read: Option<i64>,
        window: &Window,
        now: Timestamp,
    ) -> Result<Replaced<Window>, StoreError> {
        let version = next_version(read, now);
        let item = Item::from([
            ("version".to_owned(), n(version)),
            ("window".to_owned(), b(window.to_bytes())),
            (EXPIRES.to_owned(), expires(now, retention::PACING)),
        ]);
        let key = keys::window(tenant, conversation);
        let change = Change::put(key.clone(), item);
        let free = "attribute_not_exists(#version)";
        self.replace(change, key, read, free, version, read_window)
            .await
    }

    /// Writes if the version is the one that was read, or if what is there is free to be replaced.
    async fn replace<T>(
        &self,
        change: Change,
        key: Key,
        read: Option<i64>,
        free: &str,
        version: i64,
        parse: impl Fn(&Item) -> Result<Versioned<T>, StoreError>,
    ) -> Result<Replaced<T>, StoreError> {
        let change = match read {
            Some(read) => change
                .only_if(format!("{free} OR #version = :read"))
                .value("read", n(read)),
            None => change.only_if(free),
        };
        match change.write(self.store).await? {
            Written::Done(_) => Ok(Replaced::Done { version }),
            Written::Refused(item) if item.is_empty() => Err(StoreError::Busy {
                code: format!("{} is being deleted", key.sort),
            }),
            Written::Refused(item) => Ok(Replaced::Refused(parse(&item)?)),
        }
    }
}

/// No item ever has a version twice, though it was deleted in between.
fn next_version(read: Option<i64>, now: Timestamp) -> i64 {
    let after = read.map_or(0, |read| read.saturating_add(1));
    after.max(now.as_microsecond())
}

fn line_text(state: LineState) -> String {
    let frame = state.frame.as_microsecond();
    format!("{frame} {} {}", state.number, state.used)
}

fn line_of(text: &str) -> Option<LineState> {
    let mut parts = text.split(' ');
    let state = LineState {
        frame: Timestamp::from_microsecond(parts.next()?.parse().ok()?).ok()?,
        number: parts.next()?.parse().ok()?,
        used: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(state)
}

fn read_book(item: &Item) -> Result<Versioned<Book>, StoreError> {
    let read = Attributes::of(BOOK, item);
    let share = u32::try_from(read.need_number("share")?);
    let resume = Timestamp::from_microsecond(read.need_number("resume")?);
    let mut book = Book {
        pace: Pace {
            share: Share::millionths(share.map_err(|_| read.unreadable("share"))?),
            resume: resume.map_err(|_| read.unreadable("resume"))?,
        },
        ..Book::default()
    };
    for line in Line::ALL {
        let name = LINES[line as usize];
        if let Some(text) = read.text(name) {
            let state = line_of(text).ok_or_else(|| read.unreadable(name))?;
            book.lines[line as usize] = Some(state);
        }
    }
    Ok(Versioned {
        version: read.need_number("version")?,
        value: book,
    })
}

fn read_window(item: &Item) -> Result<Versioned<Window>, StoreError> {
    let read = Attributes::of(WINDOW, item);
    let window = read.bytes("window").and_then(Window::from_bytes);
    Ok(Versioned {
        version: read.need_number("version")?,
        value: window.ok_or_else(|| read.unreadable("window"))?,
    })
}

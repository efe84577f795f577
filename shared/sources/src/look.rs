//! What is new.

use std::collections::HashSet;

use activity::ids::TenantId;
use notifications::Notification;

use crate::cursor::{self, Cursor};
use crate::entry::{Content, Entry};
use crate::hash;
use crate::news::{self, Told};
use crate::read::{Document, NotASource, read};
use crate::text;
use crate::watch::Watch;

/// How much of a value is remembered, to tell what it was.
const VALUE: usize = 200;

/// What came of a look at a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What is told, the oldest first.
    pub news: Vec<Notification>,
    /// What the next look needs.
    pub cursor: Cursor,
    /// Whether more is new than may be told at once: the rest is still new to the next look, which must see the document
    /// again even if it has not changed.
    pub is_partial: bool,
    /// How many entries the document holds; one for a value.
    pub entries: usize,
}

/// Looks at a document.
///
/// Without a cursor it is the first look, and nothing is new. At most `most` things are told; what is left is new to the next
/// look. Entries that come in another order, go, or come back are not new; one that changed under its id is not either. Each
/// notification's id names the watch and the entry, so that telling it again is known by the ledger.
///
/// # Errors
///
/// [`NotASource`] when the document is not what the watch says; the cursor stays as it is.
pub fn look(
    watch: &Watch,
    tenant: &TenantId,
    cursor: Option<&Cursor>,
    document: &Document<'_>,
    most: usize,
) -> Result<Look, NotASource> {
    match read(watch, document)? {
        Content::Entries { title, entries } => {
            let told = Told {
                watch,
                tenant,
                title: title.as_deref(),
            };
            Ok(of_entries(&told, cursor, entries, most))
        }
        Content::Value(value) => {
            let told = Told {
                watch,
                tenant,
                title: None,
            };
            Ok(of_value(&told, cursor, &value, most))
        }
    }
}

fn of_entries(
    told: &Told<'_>,
    cursor: Option<&Cursor>,
    mut entries: Vec<Entry>,
    most: usize,
) -> Look {
    let count = entries.len();
    // Only where all have a time is it an order.
    if entries.iter().all(|entry| entry.at.is_some()) {
        entries.sort_by_key(|entry| entry.at);
    }
    let hashed = |entry: &Entry| cursor::short(&hash::of(&[&entry.id]));
    let mut next = cursor.cloned().unwrap_or_default();
    let Some(cursor) = cursor else {
        let all: Vec<_> = entries.iter().rev().map(hashed).collect();
        next.note(&all);
        return Look {
            news: Vec::new(),
            cursor: next,
            is_partial: false,
            entries: count,
        };
    };
    let mut known: HashSet<_> = cursor.seen().into_iter().collect();
    let mut there: Vec<_> = entries
        .iter()
        .map(hashed)
        .filter(|hash| known.contains(hash))
        .collect();
    let new: Vec<_> = entries
        .into_iter()
        .filter(|entry| known.insert(hashed(entry)))
        .collect();
    let is_partial = new.len() > most;
    if !new.is_empty() {
        there.extend(new.iter().take(most).map(hashed));
        next.note(&there);
    }
    let news = new
        .into_iter()
        .take(most)
        .map(|entry| news::of_entry(told, entry));
    Look {
        news: news.collect(),
        cursor: next,
        is_partial,
        entries: count,
    }
}

fn of_value(told: &Told<'_>, cursor: Option<&Cursor>, value: &str, most: usize) -> Look {
    let value_hash = hash::hex(&hash::of(&[value]), 32);
    let unchanged = cursor.is_some_and(|cursor| cursor.value_hash == value_hash);
    if unchanged || most == 0 {
        let is_partial = !unchanged && cursor.is_some();
        let cursor = cursor.cloned().unwrap_or_default();
        return Look {
            news: Vec::new(),
            cursor,
            is_partial,
            entries: 1,
        };
    }
    let shown = text::line(value, VALUE);
    let before = cursor.and_then(|cursor| cursor.value.clone());
    let mut next = cursor.cloned().unwrap_or_default();
    next.value = Some(shown.clone());
    next.value_hash = value_hash;
    let mut news = Vec::new();
    // A watch that was of entries before has no value to have changed.
    if let Some(before) = before {
        next.changes += 1;
        news.push(news::of_change(told, &before, &shown, next.changes));
    }
    Look {
        news,
        cursor: next,
        is_partial: false,
        entries: 1,
    }
}

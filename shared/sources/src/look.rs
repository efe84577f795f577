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
/// look. Entries that come in another order, go, or come back are not new; one that changed under its id is not either, nor
/// one that got another id and is the same in all that a reader sees, its time among it. Each notification's id names the watch and the entry, so that telling it again is known by the ledger.
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
        next.note_looks(entries.iter().rev().filter_map(looks));
        return Look {
            news: Vec::new(),
            cursor: next,
            is_partial: false,
            entries: count,
        };
    };
    let mut known: HashSet<_> = cursor.seen().into_iter().collect();
    let known_looks: HashSet<_> = cursor.looks().into_iter().collect();
    let is_known = |entry: &Entry| looks(entry).is_some_and(|looks| known_looks.contains(&looks));
    let (mut there, mut new) = (Vec::new(), Vec::new());
    for entry in &entries {
        let hash = hashed(entry);
        if known.contains(&hash) || is_known(entry) {
            there.push((hash, entry));
        } else if known.insert(hash) {
            new.push((hash, entry));
        }
    }
    let is_partial = new.len() > most;
    new.truncate(most);
    if !new.is_empty() {
        let now: Vec<_> = there.iter().chain(&new).collect();
        let hashes: Vec<_> = now.iter().map(|(hash, _)| *hash).collect();
        next.note(&hashes);
        next.note_looks(now.iter().rev().filter_map(|(_, entry)| looks(entry)));
    }
    let news = new
        .into_iter()
        .map(|(_, entry)| news::of_entry(told, entry));
    Look {
        news: news.collect(),
        cursor: next,
        is_partial,
        entries: count,
    }
}

/// What a reader can tell an entry by, whatever its id. Without a time two things may well look the same. The scheme of a link
/// is no part of it: pages move from `http` to `https`.
fn looks(entry: &Entry) -> Option<cursor::Seen> {
    let at = entry.at?.to_string();
    let link = entry.url.as_deref().unwrap_or_default();
    let link = link.split_once("://").map_or(link, |(_, link)| link);
    let text = entry.text.as_deref().unwrap_or_default();
    let looks = hash::of(&[&entry.title, &at, link, text]);
    (!entry.title.is_empty()).then(|| cursor::short(&looks))
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

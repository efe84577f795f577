//! What was said in one conversation, and the store of bodies behind it.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Weak};

use jiff::Timestamp;

/// The messages of one conversation, oldest first.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) messages: Vec<Stored>,
}

/// One message.
pub(crate) struct Stored {
    pub(crate) id: u64,
    /// The root of its thread, in a channel; else 0.
    pub(crate) root: u64,
    pub(crate) writer: Writer,
    pub(crate) at: Timestamp,
    /// The activity; `None` when only counts are recorded.
    pub(crate) body: Option<Arc<str>>,
    /// What tells the content from another, also when the body is not kept.
    pub(crate) content: u64,
    pub(crate) edits: u32,
    pub(crate) deleted: bool,
    /// Whether whoever watches the simulator has seen it.
    pub(crate) read: bool,
    /// What few messages have.
    pub(crate) rare: Option<Box<Rare>>,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Bot,
    Person(u32),
}

/// Who reacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reactor {
    Bot,
    Person(u32),
}

/// What few messages have.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) reply_to: Option<u64>,
    pub(crate) targeted_to: Option<u32>,
    pub(crate) reactions: Vec<(Reactor, String)>,
    /// The card that a person sees instead, after they answered it.
    pub(crate) replaced_for: Vec<(u32, Arc<str>)>,
}

impl Stored {
    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}

impl Log {
    pub(crate) fn get(&self, id: u64) -> Option<&Stored> {
        let at = self.messages.binary_search_by_key(&id, |m| m.id).ok()?;
        self.messages.get(at)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Stored> {
        let at = self.messages.binary_search_by_key(&id, |m| m.id).ok()?;
        self.messages.get_mut(at)
    }

    /// How many messages of the bot there are, and how many of those have the
    /// content of an earlier one. Deleted messages are among them.
    pub(crate) fn count(&self) -> (usize, usize) {
        let posted = self.messages.iter().filter(|m| m.writer == Writer::Bot);
        let contents: Vec<u64> = posted.map(|m| m.content).collect();
        let distinct: HashSet<u64> = contents.iter().copied().collect();
        (contents.len(), contents.len() - distinct.len())
    }

    /// The bot's messages that nobody has looked at yet.
    pub(crate) fn unread(&self) -> impl Iterator<Item = &Stored> {
        self.messages.iter().filter(|m| !m.read)
    }
}

/// Keeps equal bodies once: a broadcast posts the same one many times.
#[derive(Default)]
pub(crate) struct Bodies {
    known: HashMap<u64, Vec<Weak<str>>>,
    since_sweep: usize,
}

impl Bodies {
    pub(crate) fn keep(&mut self, body: &str) -> Arc<str> {
        let same_hash = self.known.entry(hash(body)).or_default();
        if let Some(known) = same_hash
            .iter()
            .filter_map(Weak::upgrade)
            .find(|known| known.as_ref() == body)
        {
            return known;
        }
        let new: Arc<str> = body.into();
        same_hash.push(Arc::downgrade(&new));
        self.since_sweep += 1;
        if self.since_sweep > 10_000 {
            self.since_sweep = 0;
            self.known.retain(|_, bodies| {
                bodies.retain(|body| body.strong_count() > 0);
                !bodies.is_empty()
            });
        }
        new
    }
}

/// A number for a content.
pub(crate) fn hash(body: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bodies_are_kept_once() {
        let mut bodies = Bodies::default();
        let first = bodies.keep("{\"text\":\"hello\"}");
        let second = bodies.keep("{\"text\":\"hello\"}");
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &bodies.keep("{}")));
    }
}

//! Writing into conversations.

use std::sync::Arc;

use crate::Recording;
use crate::model::log::hash;
use crate::model::{Model, Place, Stored, Writer};
use jiff::Timestamp;

/// What a new message is like, apart from its content.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances {
    /// The thread it goes to. In a channel, `None` begins a new one.
    pub(crate) root: Option<u64>,
    pub(crate) reply_to: Option<u64>,
    pub(crate) targeted_to: Option<u32>,
}

impl Model {
    /// Writes a message and returns its id and its thread.
    pub(crate) fn post(
        &mut self,
        place: Place,
        writer: Writer,
        circumstances: Circumstances,
        activity: &str,
        now: Timestamp,
    ) -> (u64, Option<u64>) {
        let id = self.next_id(now);
        let root = match place {
            Place::Channel(..) => circumstances.root.unwrap_or(id),
            Place::Personal(_) | Place::Chat(_) => 0,
        };
        let body = self.keep_body(activity);
        let mut stored = Stored {
            id,
            root,
            writer,
            at: now,
            body,
            content: hash(activity),
            edits: 0,
            deleted: false,
            read: writer != Writer::Bot,
            rare: None,
        };
        if circumstances.reply_to.is_some() || circumstances.targeted_to.is_some() {
            let rare = stored.rare();
            rare.reply_to = circumstances.reply_to;
            rare.targeted_to = circumstances.targeted_to;
        }
        self.log_mut(place).messages.push(stored);
        (id, (root != 0).then_some(root))
    }

    /// Keeps the content of a message, if contents are kept at all.
    pub(crate) fn keep_body(&mut self, activity: &str) -> Option<Arc<str>> {
        match self.recording {
            Recording::Bodies => Some(self.bodies.keep(activity)),
            Recording::Counts => None,
        }
    }

    /// Works off what is due of the bulk operations; returns what was posted.
    pub(crate) fn advance_batches(&mut self, now: Timestamp) -> Vec<(Place, u64)> {
        let mut posted = Vec::new();
        let running: Vec<String> = self
            .batches
            .iter()
            .filter(|(_, batch)| !batch.is_over() && batch.due(now) > batch.done)
            .map(|(id, _)| id.clone())
            .collect();
        for id in running {
            let Some(mut batch) = self.batches.remove(&id) else {
                continue;
            };
            while batch.done < batch.due(now) {
                let entry = &mut batch.entries[batch.done];
                match self.batch_target(&entry.id) {
                    Ok(place) => {
                        let (plain, activity) = (Circumstances::default(), &batch.activity);
                        let (id, _) = self.post(place, Writer::Bot, plain, activity, now);
                        posted.push((place, id));
                        entry.status = Some(201);
                    }
                    Err(refusal) => {
                        entry.status = Some(refusal.status);
                        entry.error = refusal.code();
                    }
                }
                batch.done += 1;
            }
            self.batches.insert(id, batch);
        }
        posted
    }
}

//! What was said, over a restart.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Simulator;
use crate::model::{Model, Place, Stored, Writer, hash};

/// What was said in one conversation.
#[derive(Serialize, Deserialize)]
struct Said {
    conversation: String,
    messages: Vec<Kept>,
}

/// One message, as far as a later run needs it. Reactions are left behind.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: u64,
    root: u64,
    /// The person who wrote it, by number; absent, the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<u32>,
    at: Timestamp,
    body: String,
    edits: u32,
    deleted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    targeted_to: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaced_for: Vec<(u32, String)>,
}

/// What was kept is nothing that this simulator wrote.
#[derive(Debug, thiserror::Error)]
#[error("not what a simulator remembered")]
pub struct NotAMemory(#[source] serde_json::Error);

impl Simulator {
    /// What was said so far and what cards show to whom, as JSON for [`Simulator::remember`].
    #[must_use]
    pub fn memory(&self) -> Vec<u8> {
        let model = self.shared.model();
        let places = model.all_places();
        let said: Vec<Said> = places.map(|place| said(&model, place)).collect();
        serde_json::to_vec(&said).expect("texts and numbers are JSON")
    }

    /// Takes up what was said before: cards of an earlier run can be pressed, and the bot can edit them. Nothing of it is
    /// news to whoever watches. A conversation that is not there, or in which something was said already, is left as it is.
    ///
    /// # Errors
    ///
    /// [`NotAMemory`]; nothing is taken up then.
    pub fn remember(&self, memory: &[u8]) -> Result<(), NotAMemory> {
        let all: Vec<Said> = serde_json::from_slice(memory).map_err(NotAMemory)?;
        let mut model = self.shared.model();
        for said in all {
            let Some(place) = model.place(&said.conversation) else {
                continue;
            };
            if !model.log(place).messages.is_empty() {
                continue;
            }
            for kept in said.messages {
                let message = stored(&mut model, kept);
                model.log_mut(place).messages.push(message);
            }
        }
        Ok(())
    }
}

fn said(model: &Model, place: Place) -> Said {
    let messages = model.log(place).messages.iter();
    Said {
        conversation: model.conversation_id(place, None),
        messages: messages.filter_map(kept).collect(),
    }
}

/// `None` for a message of which only the number was kept.
fn kept(message: &Stored) -> Option<Kept> {
    let rare = message.rare.as_deref();
    let replaced = rare.into_iter().flat_map(|rare| &rare.replaced_for);
    Some(Kept {
        id: message.id,
        root: message.root,
        by: match message.writer {
            Writer::Bot => None,
            Writer::Person(person) => Some(person),
        },
        at: message.at,
        body: message.body.as_deref()?.to_owned(),
        edits: message.edits,
        deleted: message.deleted,
        reply_to: rare.and_then(|rare| rare.reply_to),
        targeted_to: rare.and_then(|rare| rare.targeted_to),
        replaced_for: replaced
            .map(|(person, card)| (*person, card.to_string()))
            .collect(),
    })
}

fn stored(model: &mut Model, kept: Kept) -> Stored {
    model.last_id = model.last_id.max(kept.id);
    let mut message = Stored {
        id: kept.id,
        root: kept.root,
        writer: kept.by.map_or(Writer::Bot, Writer::Person),
        at: kept.at,
        body: model.keep_body(&kept.body),
        content: hash(&kept.body),
        edits: kept.edits,
        deleted: kept.deleted,
        read: true,
        rare: None,
    };
    let is_rare = kept.reply_to.is_some() || kept.targeted_to.is_some();
    if is_rare || !kept.replaced_for.is_empty() {
        let rare = message.rare();
        rare.reply_to = kept.reply_to;
        rare.targeted_to = kept.targeted_to;
        let replaced = kept.replaced_for.into_iter();
        rare.replaced_for = replaced
            .map(|(person, card)| (person, Arc::from(card)))
            .collect();
    }
    message
}

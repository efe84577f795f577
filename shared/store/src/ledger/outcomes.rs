//! What became of a notification for everybody, page by page: what a report
//! goes through.

use std::collections::HashMap;

use notifications::{NotificationKey, RecipientKey};
use work_items::ChunkKey;

use super::claim::{ATTEMPT, ENTITY, PROGRESS};
use super::{Ledger, RecipientProgress, RecipientState, Track, progress};
use crate::error::StoreError;
use crate::item::{Attributes, Item};
use crate::keys;
use crate::requests::Read;

/// What became of it for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientOutcome {
    /// Who.
    pub recipient: RecipientKey,
    /// How far it has come, and after how many tries.
    pub progress: RecipientProgress,
    /// How many times their chunk was claimed.
    pub attempts: u32,
    /// What became of deleting the message again, if that was asked for:
    /// `Sent` means that it is gone.
    pub recall: Option<RecipientState>,
}

/// Some recipients of a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomesPage {
    /// They, in the order of bucket and key.
    pub recipients: Vec<RecipientOutcome>,
    /// Where the next page begins: give it back. `None` at the end.
    pub next: Option<ChunkKey>,
}

/// Chunks of a page: with their states and recalls they fit into two reads.
const CHUNKS: u16 = 50;

impl Ledger<'_> {
    /// What became of a notification for its recipients, a page of up to 50
    /// chunks (some 1,000 recipients) after `cursor`; from the beginning without
    /// one. Whoever is planned is there, with or without an outcome.
    ///
    /// Some 20 read units a page, whatever the size of the audience.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn outcomes(
        &self,
        notification: &NotificationKey,
        cursor: Option<&ChunkKey>,
    ) -> Result<OutcomesPage, StoreError> {
        let chunks = self.chunks(notification, cursor, CHUNKS).await?;
        let mut wanted = Vec::with_capacity(2 * chunks.len());
        for chunk in &chunks {
            for track in [Track::Delivery, Track::Recall] {
                wanted.push(track.state(notification, &chunk.key));
            }
        }
        let mut states: HashMap<String, Item> = HashMap::with_capacity(wanted.len());
        for item in self.store.get_many(wanted, Read::Consistent).await? {
            let sort = Attributes::of(ENTITY, &item).need_text(keys::SORT)?;
            states.insert(sort.to_owned(), item);
        }
        let mut page = OutcomesPage::default();
        for chunk in chunks {
            let size = chunk.recipients.len();
            let mut state = |track: Track| {
                let item = states.remove(&track.state(notification, &chunk.key).sort);
                item.map(|item| read(&item, size)).transpose()
            };
            let (sent, attempts) = state(Track::Delivery)?.unwrap_or_else(|| untouched(size));
            let recalls = state(Track::Recall)?;
            let mut recalls = recalls.map(|(recalls, _)| recalls.into_iter());
            for (recipient, progress) in chunk.recipients.into_iter().zip(sent) {
                page.recipients.push(RecipientOutcome {
                    recipient,
                    progress,
                    attempts,
                    recall: recalls
                        .as_mut()
                        .and_then(Iterator::next)
                        .map(|one| one.state),
                });
            }
            page.next = Some(chunk.key);
        }
        Ok(page)
    }
}

fn read(item: &Item, size: usize) -> Result<(Vec<RecipientProgress>, u32), StoreError> {
    let read = Attributes::of(ENTITY, item);
    let attempts = u32::try_from(read.number(ATTEMPT).unwrap_or(0)).unwrap_or(u32::MAX);
    let Some(bytes) = read.bytes(PROGRESS) else {
        return Ok((untouched(size).0, attempts));
    };
    let progress = progress::decode(bytes).map_err(|_| read.unreadable(PROGRESS))?;
    if progress.recipients().len() != size {
        return Err(read.unreadable(PROGRESS));
    }
    Ok((progress.recipients().to_vec(), attempts))
}

fn untouched(size: usize) -> (Vec<RecipientProgress>, u32) {
    let progress = super::ChunkProgress::untouched(size);
    (progress.recipients().to_vec(), 0)
}

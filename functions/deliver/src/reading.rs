//! What a batch of chunks needs, read at once.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use activity::ids::TenantId;
use aws_lambda_events::event::sqs::SqsEvent;
use futures_util::future::FutureExt as _;
use notifications::NotificationKey;
use store::{DeliveryTargets, StoreError, Wanted};
use work_items::{DeliveryChunk, Lane};

use crate::error::DeliverError;
use crate::handler::Deliver;
use crate::letter::Letter;

/// The notifications of some chunks, and where their recipients are.
#[derive(Debug)]
pub(crate) struct Reading {
    letters: HashMap<NotificationKey, Arc<Letter>>,
    targets: HashMap<TenantId, DeliveryTargets>,
}

impl Reading {
    /// The notification of a chunk.
    ///
    /// # Errors
    ///
    /// [`DeliverError::NotOnLedger`].
    pub(crate) fn letter(&self, chunk: &DeliveryChunk) -> Result<&Arc<Letter>, DeliverError> {
        let letter = self.letters.get(&chunk.notification);
        letter.ok_or(DeliverError::NotOnLedger)
    }

    /// What the table knows of the recipients of a chunk, and of others.
    pub(crate) fn targets(&self, chunk: &DeliveryChunk) -> Option<&DeliveryTargets> {
        self.targets.get(&chunk.tenant)
    }
}

impl Deliver {
    /// Reads what all chunks of a batch need: one request for up to a hundred recipients and notifications, one or two a chunk
    /// of a broadcast to everyone, or to many of them.
    ///
    /// `None` when something cannot be read (or the code fails over it) that one of them needs: then each reads for itself,
    /// and that one fails alone.
    ///
    /// # Errors
    ///
    /// [`DeliverError::Store`]: the table is away, for all of them.
    pub(crate) async fn read_batch(
        &self,
        batch: &SqsEvent,
    ) -> Result<Option<Reading>, DeliverError> {
        let bodies = batch
            .records
            .iter()
            .filter_map(|record| record.body.as_deref());
        // What is no chunk says so when its turn comes.
        let chunks: Vec<DeliveryChunk> = bodies
            .filter_map(|body| DeliveryChunk::parse(body).ok())
            .collect();
        let reading = AssertUnwindSafe(self.read(&chunks)).catch_unwind();
        match reading.await {
            Ok(Err(DeliverError::Store(StoreError::Unreadable { .. }))) | Err(_) => Ok(None),
            Ok(reading) => reading.map(Some),
        }
    }

    /// Reads what these chunks need.
    ///
    /// # Errors
    ///
    /// [`DeliverError::Store`].
    pub(crate) async fn read(&self, chunks: &[DeliveryChunk]) -> Result<Reading, DeliverError> {
        let mut letters = HashMap::new();
        for chunk in chunks {
            if let Some(letter) = self.letters.get(&chunk.notification)
                && letter.is_current(self.clock.now())
            {
                letters.insert(chunk.notification.clone(), letter);
            }
        }
        let recipients: Vec<Wanted<'_>> = chunks
            .iter()
            .map(|chunk| Wanted {
                tenant: &chunk.tenant,
                recipients: &chunk.recipients,
                close: chunk.lane == Lane::Broadcast
                    && letters
                        .get(&chunk.notification)
                        .is_some_and(|letter| letter.stands_close()),
            })
            .collect();
        let unread = chunks
            .iter()
            .map(|chunk| &chunk.notification)
            .filter(|key| !letters.contains_key(*key));
        let now = self.clock.now();
        let is_old = |letter: &Letter| !letter.cancellation.is_fresh(now);
        let known: Vec<NotificationKey> = letters
            .iter()
            .filter(|(_, letter)| is_old(letter))
            .map(|(key, _)| key.clone())
            .collect();
        let read = self
            .store
            .read_for_delivery(recipients, unread, &known)
            .await?;
        if read.thin {
            // Which of them it was is not worth telling apart: chunks of one broadcast come together.
            letters.values().for_each(|letter| letter.stands_apart());
        }
        for letter in known.iter().filter_map(|key| letters.get(key)) {
            let cancelled = read.cancelled.contains(&letter.frozen.key);
            letter.cancellation.note(cancelled, now);
        }
        for (key, frozen) in read.notifications {
            let letter = Arc::new(Letter::open(&self.store, frozen, now).await?);
            letter.cancellation.note(read.cancelled.contains(&key), now);
            self.letters.keep(&letter);
            letters.insert(key, letter);
        }
        Ok(Reading {
            letters,
            targets: read.targets,
        })
    }
}

//! What the chunks of a batch came to: counted together, told together.
//!
//! Comes after everything is recorded, and before the messages are acknowledged. A worker that is killed in between leaves
//! messages that the queue shows again: their chunks are found done, and then somebody looks whether the notification has
//! ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws::BusEvent;
use delivery_events::Level;
use jiff::SignedDuration;
use notifications::{Address, NotificationKey};
use startup::logging::chain;
use store::{ChunkProgress, Claim, Counts, Settled, StoreError, Tally};
use work_items::{DeliveryChunk, HeldFor, HeldItem, QueueName, Settle, Task};

use crate::handler::Deliver;
use crate::letter::Letter;

/// When it is looked whether a notification has ended whose counts may be short.
const SETTLE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What the chunks of a batch came to.
#[derive(Debug, Default)]
pub(crate) struct Account(Mutex<Vec<(String, Entry)>>);

/// What one chunk came to.
#[derive(Debug)]
struct Entry {
    letter: Arc<Letter>,
    /// Whether it is the only chunk of its notification.
    alone: bool,
    of: Option<u64>,
    /// 1 when everybody in it is dealt with for the first time.
    done: u64,
    /// Whoever ended now.
    tally: Tally,
    /// Whether everybody in it has an outcome.
    ended: bool,
    /// Whether a worker may have died before it could count the chunk.
    uncertain: bool,
    events: Vec<BusEvent>,
}

/// Where one message's chunk is entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    pub(crate) account: &'a Account,
    /// The id of the message.
    pub(crate) message: &'a str,
}

/// A chunk whose outcomes are on the ledger.
pub(crate) struct Recorded<'a> {
    pub(crate) letter: &'a Arc<Letter>,
    pub(crate) chunk: &'a DeliveryChunk,
    pub(crate) claim: &'a Claim,
    /// Who had no outcome before this claim.
    pub(crate) open: &'a [usize],
    pub(crate) progress: &'a ChunkProgress,
}

impl Page<'_> {
    /// Enters a chunk that was found done.
    pub(crate) fn found_done(&self, letter: &Arc<Letter>, chunk: &DeliveryChunk) {
        self.enter(Entry {
            letter: Arc::clone(letter),
            alone: chunk.is_all(),
            of: chunk.of,
            done: 0,
            tally: Tally::default(),
            ended: true,
            uncertain: true,
            events: Vec::new(),
        });
    }

    /// Enters a chunk whose outcomes were recorded.
    pub(crate) fn recorded(&self, deliver: &Deliver, recorded: &Recorded<'_>) {
        let Recorded {
            letter,
            chunk,
            claim,
            open,
            progress,
        } = *recorded;
        let mut new = Tally::default();
        for one in open.iter().filter_map(|index| progress.get(*index)) {
            new.count(one);
        }
        let events = deliver.events_of(recorded, &new);
        // Counted when it is complete for the first time, with all that came of it; then, whatever is new.
        let (done, tally) = match (claim.again, progress.is_complete()) {
            (true, _) => (0, new),
            (false, true) => (1, Tally::of(progress)),
            (false, false) => (0, Tally::default()),
        };
        let ended = progress.is_complete() && progress.waiting().next().is_none();
        if done > 0 || claim.again || !events.is_empty() {
            self.enter(Entry {
                letter: Arc::clone(letter),
                alone: chunk.is_all(),
                of: chunk.of,
                done,
                tally,
                ended,
                uncertain: claim.again,
                events,
            });
        }
    }

    fn enter(&self, entry: Entry) {
        let mut entries = self
            .account
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        entries.push((self.message.to_owned(), entry));
    }
}

impl Deliver {
    /// Counts and tells what a batch came to. Returns the messages that the queue has to show again, because that did not
    /// work: their chunks are done, so nothing is sent again.
    pub(crate) async fn close(&self, account: Account) -> Vec<String> {
        let entries = account.0.into_inner();
        let entries = entries.unwrap_or_else(PoisonError::into_inner);
        let mut by_notification: BTreeMap<NotificationKey, Vec<(String, Entry)>> = BTreeMap::new();
        for (message, entry) in entries {
            let key = entry.letter.frozen.key.clone();
            by_notification
                .entry(key)
                .or_default()
                .push((message, entry));
        }
        let (mut again, mut events, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (_, mut entries) in by_notification {
            for (_, entry) in &mut entries {
                events.append(&mut entry.events);
            }
            match self.settle(&entries).await {
                Ok(None) => {}
                Ok(Some((letter, counts))) => {
                    events.extend(delivery_events::ended(&letter.frozen, &counts));
                    ends.push((entries, counts));
                }
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        "chunks could not be counted, their messages will be shown again"
                    );
                    again.extend(entries.into_iter().map(|(message, _)| message));
                }
            }
        }
        let told = self.tell(events).await;
        for (entries, counts) in ends {
            if let Err(error) = self.note_told(&entries, &counts, told).await {
                tracing::warn!(
                    error = chain(&error),
                    "that the end of a notification is to be told could not be noted"
                );
                again.extend(entries.into_iter().map(|(message, _)| message));
            }
        }
        again
    }

    /// Counts the chunks of one notification; its letter and numbers if it has ended and that is to be told.
    async fn settle(
        &self,
        entries: &[(String, Entry)],
    ) -> Result<Option<(Arc<Letter>, Counts)>, StoreError> {
        let Some((_, first)) = entries.first() else {
            return Ok(None);
        };
        let letter = &first.letter;
        let key = &letter.frozen.key;
        let tells = self.level >= Level::Notification;
        if first.alone {
            // Its chunk is its account: nothing to count.
            if !tells || !first.ended {
                return Ok(None);
            }
            let counts = match first.uncertain || letter.cancellation.is_noted() {
                true => self.store.ledger().counts(key).await?,
                false => Some(self.counts_of(letter, first).await?),
            };
            let counts = counts.filter(|counts| counts.ended.is_some());
            return Ok(counts.map(|counts| (Arc::clone(letter), counts)));
        }
        let (mut done, mut tally) = (0, Tally::default());
        for (_, entry) in entries {
            done += entry.done;
            tally.add(&entry.tally);
        }
        let ledger = self.store.ledger();
        let now = self.clock.now();
        let mut look = false;
        if done > 0 || tally.ended() > 0 {
            let of = entries.iter().find_map(|(_, entry)| entry.of);
            let counted = ledger.count(key, done, &tally, of, now).await?;
            look = counted.may_be_all();
        }
        if look && let Settled::Ended { counts, told, .. } = ledger.settle(key, now).await? {
            let tell = tells && !told;
            return Ok(tell.then(|| (Arc::clone(letter), *counts)));
        }
        if entries.iter().any(|(_, entry)| entry.uncertain) {
            self.look_later(key).await?;
        }
        Ok(None)
    }

    /// The numbers of a notification with a single chunk, which ended just now.
    async fn counts_of(&self, letter: &Letter, entry: &Entry) -> Result<Counts, StoreError> {
        let frozen = &letter.frozen;
        let audience = frozen.notification.audience();
        let may_be_nobody = |address: &Address| {
            !matches!(
                address,
                Address::Aad(_)
                    | Address::User(_)
                    | Address::Channel(_)
                    | Address::Chat(_)
                    | Address::Thread(_)
                    | Address::Everyone
                    | Address::Topic(_)
            )
        };
        let nobodies = match audience.include.iter().any(may_be_nobody) {
            true => self.store.ledger().unreachable(&frozen.key).await?,
            false => None,
        };
        let planned = entry.of.unwrap_or_default();
        Ok(Counts {
            accepted_at: frozen.accepted_at,
            planned_all: true,
            planned,
            chunks: 1,
            chunks_done: 1,
            tally: entry.tally.clone(),
            waiting: 0,
            waiting_for_install: 0,
            unreachable: nobodies.map_or(0, |nobodies| nobodies.len() as u64),
            cancelled: None,
            ended: entry.tally.last.or(Some(frozen.accepted_at)),
            round: 0,
            exact: true,
        })
    }

    /// The events of one chunk and its recipients, as far as they are wanted.
    fn events_of(&self, recorded: &Recorded<'_>, new: &Tally) -> Vec<BusEvent> {
        let mut events = Vec::new();
        if self.level < Level::Chunk || new.ended() == 0 {
            return events;
        }
        let frozen = &recorded.letter.frozen;
        let (key, attempt) = (&recorded.chunk.chunk, recorded.claim.attempt);
        let now = self.clock.now();
        events.push(delivery_events::chunk(frozen, key, attempt, new, now));
        if self.level >= Level::Recipient {
            let told = recorded.open.iter().filter_map(|index| {
                let recipient = recorded.chunk.recipients.get(*index)?;
                delivery_events::recipient(frozen, recipient, recorded.progress.get(*index)?)
            });
            events.extend(told);
        }
        events
    }

    /// Publishes events; whether that worked. That it did not is nobody's reason to send anything again.
    async fn tell(&self, events: Vec<BusEvent>) -> bool {
        if events.is_empty() {
            return true;
        }
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        match self.events.publish_all(events).await {
            Ok(()) => true,
            Err(error) => {
                self.metrics.count("EventsNotPublished", count);
                tracing::warn!(error = chain(&error), "events were not published");
                false
            }
        }
    }

    /// Notes that the end of a notification was told, or sees to it that it will be.
    async fn note_told(
        &self,
        entries: &[(String, Entry)],
        counts: &Counts,
        told: bool,
    ) -> Result<(), StoreError> {
        let Some((_, first)) = entries.first() else {
            return Ok(());
        };
        let key = &first.letter.frozen.key;
        match (told, first.alone) {
            (true, true) => Ok(()),
            (true, false) => self.store.ledger().end_told(key, counts.round).await,
            (false, _) => self.look_later(key).await,
        }
    }

    /// Has it looked, in some minutes, whether a notification has ended, and told if it has. Asking for it again in the
    /// same minute is asking once.
    async fn look_later(&self, key: &NotificationKey) -> Result<(), StoreError> {
        let now = self.clock.now();
        let task = Task::Settle(Settle {
            notification: key.clone(),
            looks: 0,
        });
        let item = HeldItem {
            id: format!("settle#{key}"),
            until: now + SETTLE_AFTER,
            why: HeldFor::Schedule,
            queue: QueueName::Task,
            body: task.to_body(),
        };
        self.store.held().hold(&item, now).await?;
        Ok(())
    }
}

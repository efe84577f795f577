//! A queue in this process with the semantics of an SQS standard queue.
//!
//! What counts is what a function can notice: a received message is hidden for the visibility
//! timeout and comes back when nobody deletes it; every receive is counted; a message received
//! more often than the queue allows moves to its dead-letter queue under the same message id;
//! a delayed message is not visible before its delay is over; only the handle of the latest
//! receive deletes a message.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::journal::{Entry, Journal, JournalError};

/// The longest delay SQS accepts for one message.
pub const MAX_DELAY: Duration = Duration::from_secs(900);

/// The largest message SQS accepts: body and attributes together.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// How a queue treats what it holds.
#[derive(Clone)]
pub struct QueueSettings {
    /// The last part of the queue's URL.
    pub name: String,
    /// How long a received message stays hidden.
    pub visibility_timeout: Duration,
    /// Where a message goes that was received too often, and how often is too often.
    pub dead_letters: Option<(InProcessQueue, u32)>,
}

/// A message as the queue keeps it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct QueuedMessage {
    /// The id the queue gave it; it survives a move to the dead-letter queue.
    pub message_id: String,
    /// The body, as sent.
    pub body: String,
    /// The string message attributes, by name.
    pub attributes: BTreeMap<String, String>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// How often it was received.
    pub receive_count: u32,
    /// When it can be received (again).
    pub visible_at: Timestamp,
}

/// A message together with the handle that deletes it.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    /// The message, its receive count including this receive.
    pub message: QueuedMessage,
    /// Deletes the message, until it is received again.
    pub receipt_handle: String,
}

/// Why the queue refused a message.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// SQS would answer `InvalidParameterValue`.
    #[error("message is {found} bytes long, expected 1 to {MAX_MESSAGE_BYTES}")]
    Size {
        /// The size of body and attributes.
        found: usize,
    },
    /// SQS would answer `InvalidParameterValue`.
    #[error("delay is {} s, expected at most {} s", .found.as_secs(), MAX_DELAY.as_secs())]
    Delay {
        /// The delay asked for.
        found: Duration,
    },
    /// The file behind a queue that survives restarts could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A queue; clones are the same queue.
#[derive(Clone)]
pub struct InProcessQueue {
    shared: Arc<Shared>,
}

struct Shared {
    settings: QueueSettings,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    messages: BTreeMap<u64, QueuedMessage>,
    by_receipt: HashMap<String, u64>,
    next: u64,
    journal: Option<Journal>,
}

impl InProcessQueue {
    /// An empty queue that forgets everything with the process.
    pub fn new(settings: QueueSettings) -> Self {
        Self::with_state(settings, State::default())
    }

    /// A queue whose messages survive a restart, kept in the file of `journal`.
    ///
    /// What was in flight when the process ended is visible again when its visibility timeout
    /// is over, its receives counted, as it would be in SQS.
    pub fn restored(
        settings: QueueSettings,
        messages: Vec<QueuedMessage>,
        journal: Journal,
    ) -> Self {
        let messages: BTreeMap<u64, _> = (0..).zip(messages).collect();
        let next = messages.len() as u64;
        Self::with_state(
            settings,
            State {
                messages,
                next,
                journal: Some(journal),
                ..State::default()
            },
        )
    }

    fn with_state(settings: QueueSettings, state: State) -> Self {
        let shared = Shared {
            settings,
            state: Mutex::new(state),
            changed: Notify::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        &self.shared.settings.name
    }

    /// How long a received message stays hidden.
    pub fn visibility_timeout(&self) -> Duration {
        self.shared.settings.visibility_timeout
    }

    /// Puts a message into the queue and returns the id it got.
    ///
    /// # Errors
    ///
    /// [`SendError`] for what SQS refuses: an empty or too large message, too long a delay.
    pub fn send(
        &self,
        body: String,
        attributes: BTreeMap<String, String>,
        delay: Duration,
        now: Timestamp,
    ) -> Result<String, SendError> {
        let attribute_bytes: usize = attributes.iter().map(|(k, v)| k.len() + v.len()).sum();
        let found = body.len() + attribute_bytes;
        if body.is_empty() || found > MAX_MESSAGE_BYTES {
            return Err(SendError::Size { found });
        }
        if delay > MAX_DELAY {
            return Err(SendError::Delay { found: delay });
        }
        let message_id = uuid::Uuid::new_v4().to_string();
        self.insert(QueuedMessage {
            message_id: message_id.clone(),
            body,
            attributes,
            sent_at: now,
            receive_count: 0,
            visible_at: later(now, delay),
        })?;
        Ok(message_id)
    }

    fn insert(&self, message: QueuedMessage) -> Result<(), JournalError> {
        let mut state = self.state();
        state.record(&Entry::Put(&message))?;
        let place = state.next;
        state.next += 1;
        state.messages.insert(place, message);
        drop(state);
        self.shared.changed.notify_waiters();
        Ok(())
    }

    /// Receives up to `max` visible messages, oldest first, and hides them.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the file behind the queue cannot be written.
    pub fn receive(
        &self,
        max: usize,
        now: Timestamp,
    ) -> Result<Vec<ReceivedMessage>, JournalError> {
        let hidden_until = later(now, self.shared.settings.visibility_timeout);
        let mut received = Vec::new();
        let mut dead = Vec::new();
        let mut state = self.state();
        let visible: Vec<u64> = state
            .messages
            .iter()
            .filter(|(_, message)| message.visible_at <= now)
            .map(|(place, _)| *place)
            .collect();
        for place in visible {
            if received.len() == max {
                break;
            }
            let Some(message) = state.messages.get_mut(&place) else {
                continue;
            };
            if let Some((dead_letters, limit)) = &self.shared.settings.dead_letters
                && message.receive_count >= *limit
            {
                let moved = message.clone();
                state.record(&Entry::Remove(&moved.message_id))?;
                state.messages.remove(&place);
                state.by_receipt.retain(|_, at| *at != place);
                dead.push((dead_letters.clone(), moved));
                continue;
            }
            message.receive_count += 1;
            message.visible_at = hidden_until;
            let message = message.clone();
            state.record(&Entry::Put(&message))?;
            let receipt_handle = uuid::Uuid::new_v4().to_string();
            state.by_receipt.retain(|_, at| *at != place);
            state.by_receipt.insert(receipt_handle.clone(), place);
            received.push(ReceivedMessage {
                message,
                receipt_handle,
            });
        }
        drop(state);
        for (dead_letters, message) in dead {
            dead_letters.insert(QueuedMessage {
                receive_count: 0,
                visible_at: now,
                ..message
            })?;
        }
        Ok(received)
    }

    /// Deletes the message this handle was given for.
    ///
    /// Returns whether there was one: a handle of an earlier receive deletes nothing.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the file behind the queue cannot be written.
    pub fn delete(&self, receipt_handle: &str) -> Result<bool, JournalError> {
        let mut state = self.state();
        let Some(place) = state.by_receipt.remove(receipt_handle) else {
            return Ok(false);
        };
        if let Some(message) = state.messages.remove(&place) {
            state.record(&Entry::Remove(&message.message_id))?;
        }
        drop(state);
        self.shared.changed.notify_waiters();
        Ok(true)
    }

    /// Makes a received message visible again `after` this time, counted from now.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the file behind the queue cannot be written.
    pub fn change_visibility(
        &self,
        receipt_handle: &str,
        after: Duration,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        let mut state = self.state();
        let Some(place) = state.by_receipt.get(receipt_handle).copied() else {
            return Ok(false);
        };
        let Some(message) = state.messages.get_mut(&place) else {
            return Ok(false);
        };
        message.visible_at = later(now, after);
        let message = message.clone();
        state.record(&Entry::Put(&message))?;
        drop(state);
        self.shared.changed.notify_waiters();
        Ok(true)
    }

    /// How many messages are visible now, hidden by a receive, and delayed.
    pub fn depth(&self, now: Timestamp) -> Depth {
        let state = self.state();
        let mut depth = Depth::default();
        for message in state.messages.values() {
            match (message.visible_at <= now, message.receive_count) {
                (true, _) => depth.visible += 1,
                (false, 0) => depth.delayed += 1,
                (false, _) => depth.in_flight += 1,
            }
        }
        depth
    }

    /// When the next message becomes visible, if the queue holds any.
    pub fn next_visible(&self) -> Option<Timestamp> {
        self.state().messages.values().map(|m| m.visible_at).min()
    }

    /// What the queue holds, oldest first, without receiving it.
    pub fn peek(&self) -> Vec<QueuedMessage> {
        self.state().messages.values().cloned().collect()
    }

    /// Resolves at the next change of the queue after this call.
    pub fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.shared.changed.notified()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held can only come from an allocation; what the map holds
        // is consistent after every statement.
        self.shared.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl State {
    fn record(&mut self, entry: &Entry<'_>) -> Result<(), JournalError> {
        match &mut self.journal {
            Some(journal) => journal.append(entry),
            None => Ok(()),
        }
    }
}

/// How full a queue is, as `GetQueueAttributes` counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// `ApproximateNumberOfMessages`.
    pub visible: usize,
    /// `ApproximateNumberOfMessagesNotVisible`.
    pub in_flight: usize,
    /// `ApproximateNumberOfMessagesDelayed`.
    pub delayed: usize,
}

impl Depth {
    /// Whether the queue holds nothing at all.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| now.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn queue(name: &str, dead_letters: Option<(InProcessQueue, u32)>) -> InProcessQueue {
        InProcessQueue::new(QueueSettings {
            name: name.to_owned(),
            visibility_timeout: Duration::from_secs(30),
            dead_letters,
        })
    }

    fn send(queue: &InProcessQueue, body: &str, delay: u64, now: Timestamp) -> String {
        queue
            .send(
                body.to_owned(),
                BTreeMap::new(),
                Duration::from_secs(delay),
                now,
            )
            .unwrap()
    }

    #[test]
    fn a_received_message_is_hidden_and_comes_back_when_nobody_deletes_it() {
        let queue = queue("q", None);
        send(&queue, "a", 0, at(0));
        let first = queue.receive(10, at(0)).unwrap();
        assert_eq!(first.len(), 1);
        assert!(queue.receive(10, at(29)).unwrap().is_empty());
        let second = queue.receive(10, at(30)).unwrap();
        assert_eq!(second[0].message.receive_count, 2);
        assert_eq!(second[0].message.message_id, first[0].message.message_id);
    }

    #[test]
    fn only_the_handle_of_the_latest_receive_deletes() {
        let queue = queue("q", None);
        send(&queue, "a", 0, at(0));
        let old = queue.receive(1, at(0)).unwrap().remove(0);
        let new = queue.receive(1, at(30)).unwrap().remove(0);
        assert!(!queue.delete(&old.receipt_handle).unwrap());
        assert!(queue.delete(&new.receipt_handle).unwrap());
        assert!(queue.depth(at(100)).is_empty());
    }

    #[test]
    fn a_delayed_message_waits_its_delay() {
        let queue = queue("q", None);
        send(&queue, "a", 60, at(0));
        assert_eq!(queue.depth(at(1)).delayed, 1);
        assert!(queue.receive(1, at(59)).unwrap().is_empty());
        assert_eq!(queue.receive(1, at(60)).unwrap().len(), 1);
    }

    #[test]
    fn a_message_received_too_often_moves_to_the_dead_letters_under_its_id() {
        let dead = queue("dead", None);
        let queue = queue("q", Some((dead.clone(), 2)));
        let id = send(&queue, "poison", 0, at(0));
        queue.receive(1, at(0)).unwrap();
        queue.receive(1, at(30)).unwrap();
        assert!(queue.receive(1, at(60)).unwrap().is_empty());
        let moved = dead.receive(1, at(60)).unwrap().remove(0);
        assert_eq!(moved.message.message_id, id);
        assert_eq!(moved.message.body, "poison");
        assert!(queue.depth(at(60)).is_empty());
    }

    #[test]
    fn what_sqs_refuses_is_refused() {
        let queue = queue("q", None);
        let none = BTreeMap::new;
        let zero = Duration::ZERO;
        assert!(queue.send(String::new(), none(), zero, at(0)).is_err());
        let large = "x".repeat(MAX_MESSAGE_BYTES + 1);
        assert!(queue.send(large, none(), zero, at(0)).is_err());
        let long = Duration::from_secs(901);
        assert!(queue.send("a".into(), none(), long, at(0)).is_err());
    }

    #[test]
    fn a_visibility_change_counts_from_now_and_keeps_the_receive_count() {
        let queue = queue("q", None);
        send(&queue, "a", 0, at(0));
        let handle = queue.receive(1, at(0)).unwrap().remove(0).receipt_handle;
        assert!(
            queue
                .change_visibility(&handle, Duration::ZERO, at(5))
                .unwrap()
        );
        assert_eq!(queue.receive(1, at(5)).unwrap()[0].message.receive_count, 2);
    }
}

//! A queue in memory and in simulated time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws::{OutgoingMessage, Queue, QueueError};
use jiff::{SignedDuration, Timestamp};
use startup::Clock as _;
use tokio::sync::Notify;

use crate::SimulatedClock;

/// How long a message is hidden while somebody works on it, as in the template.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(360);

/// A queue like those of SQS: a message is hidden for its delay and while somebody works on it, and is there until it
/// is deleted.
#[derive(Clone, Debug)]
pub struct SimulatedQueue {
    clock: SimulatedClock,
    name: &'static str,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    sent: Notify,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    number: u64,
    /// Messages that were sent with a delay.
    delayed: u64,
}

/// A message of a [`SimulatedQueue`].
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: u64,
    pub(crate) body: String,
    pub(crate) received: u32,
    visible: Timestamp,
}

impl SimulatedQueue {
    /// An empty queue.
    #[must_use]
    pub fn new(name: &'static str, clock: SimulatedClock) -> Self {
        Self {
            clock,
            name,
            inner: Arc::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many messages there are, hidden ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().messages.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages were sent for later.
    #[must_use]
    pub fn delayed(&self) -> u64 {
        self.state().delayed
    }

    /// The next messages, at most so many; waits until there is one.
    pub(crate) async fn receive(&self, most: usize) -> Vec<Message> {
        loop {
            let sent = self.inner.sent.notified();
            let (received, next) = self.take(most);
            if !received.is_empty() {
                return received;
            }
            let wait = next.map(|at| at.duration_since(self.clock.now()));
            let wait = wait.and_then(|wait| Duration::try_from(wait).ok());
            match wait {
                None => sent.await,
                Some(wait) => tokio::select! {
                    () = sent => {}
                    () = self.clock.sleep(wait) => {}
                },
            }
        }
    }

    fn take(&self, most: usize) -> (Vec<Message>, Option<Timestamp>) {
        let now = self.clock.now();
        let mut state = self.state();
        let due = state.messages.iter_mut().filter(|m| m.visible <= now);
        let received: Vec<Message> = due
            .take(most)
            .map(|message| {
                message.visible = now.saturating_add(VISIBILITY).unwrap_or(Timestamp::MAX);
                message.received += 1;
                message.clone()
            })
            .collect();
        let next = state.messages.iter().map(|m| m.visible).min();
        (received, next)
    }

    /// Deletes what was worked off.
    pub(crate) fn delete(&self, id: u64) {
        self.clock.stir();
        self.state().messages.retain(|message| message.id != id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for SimulatedQueue {
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        self.clock.stir();
        let now = self.clock.now();
        let mut state = self.state();
        for message in messages {
            state.number += 1;
            state.delayed += u64::from(!message.delay.is_zero());
            let delay = SignedDuration::try_from(message.delay).unwrap_or(SignedDuration::MAX);
            let message = Message {
                id: state.number,
                body: message.body,
                received: 0,
                visible: now.saturating_add(delay).unwrap_or(Timestamp::MAX),
            };
            state.messages.push_back(message);
        }
        drop(state);
        self.inner.sent.notify_waiters();
        Ok(())
    }
}

//! A queue in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws::{OutgoingMessage, Queue, QueueError};
use jiff::{SignedDuration, Timestamp};
use startup::{Clock as _, ManualClock};

/// A queue in memory: what was sent, until it is taken.
#[derive(Debug)]
pub(crate) struct Mailbox {
    clock: ManualClock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<(Timestamp, OutgoingMessage)>,
    missing: bool,
}

impl Mailbox {
    pub(crate) fn new(clock: &ManualClock) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            state: Mutex::default(),
        })
    }

    /// From now on every message is refused, as by a queue that does not exist.
    pub(crate) fn goes_missing(&self, missing: bool) {
        self.lock().missing = missing;
    }

    /// Everything in it, taken out.
    pub(crate) fn take_messages(&self) -> Vec<OutgoingMessage> {
        self.lock()
            .messages
            .drain(..)
            .map(|(_, message)| message)
            .collect()
    }

    /// The bodies of everything in it, taken out.
    pub(crate) fn take_all(&self) -> Vec<String> {
        self.take_messages()
            .into_iter()
            .map(|message| message.body)
            .collect()
    }

    /// The bodies of what is visible by now, taken out.
    pub(crate) fn take_due(&self) -> Vec<String> {
        let now = self.clock.now();
        let mut state = self.lock();
        let (due, later) = state
            .messages
            .drain(..)
            .partition(|(visible, _)| *visible <= now);
        state.messages = later;
        let due: Vec<(Timestamp, OutgoingMessage)> = due;
        due.into_iter().map(|(_, message)| message.body).collect()
    }

    /// When the next message becomes visible.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.lock()
            .messages
            .iter()
            .map(|(visible, _)| *visible)
            .min()
    }

    fn take_in(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        let now = self.clock.now();
        let mut state = self.lock();
        if state.missing {
            return Err(QueueError::Refused {
                code: "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
            });
        }
        for message in messages {
            assert!(
                message.delay <= Duration::from_secs(900),
                "SQS refuses such a delay"
            );
            let delay = SignedDuration::try_from(message.delay).expect("a short delay");
            state.messages.push((now + delay, message));
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with it locked")
    }
}

#[async_trait]
impl Queue for Mailbox {
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        // A real queue is asked over the network: here a function can be killed.
        tokio::task::yield_now().await;
        self.take_in(messages)?;
        tokio::task::yield_now().await;
        Ok(())
    }
}

//! Reading a dead-letter queue without taking from it, and moving letters out of it.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context as _, anyhow};
use aws::{BusEvent, EventBus};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::event::{self, Of};
use super::letter::{Back, Letter};

/// How long a letter that was looked at stays hidden from others who look.
const HIDDEN_SECONDS: i32 = 300;
/// How long a receive waits: one that waits asks all of the queue's servers, one that does not asks some.
const WAIT_SECONDS: i32 = 1;
const BATCH: i32 = 10;
const AT_ONCE: usize = 8;

/// Dead letters, and where they go back to.
#[derive(Clone, Debug)]
pub(super) struct DeadLetterQueue {
    pub(super) sqs: Client,
    /// Where the dead letters are.
    pub(super) url: String,
    /// Where they came from.
    pub(super) home: Home,
}

/// Where dead letters go back to.
#[derive(Clone, Debug)]
pub(super) enum Home {
    /// The queue with this URL.
    Queue(String),
    /// The event bus, by whose events this function is invoked.
    Bus(EventBus, Of),
}

/// A letter, and the handle by which it is hidden now.
pub(super) struct Held {
    pub(super) letter: Letter,
    pub(super) handle: String,
}

/// A reading of the whole queue, page by page. What was read is hidden until [`release`](DeadLetterQueue::release).
pub(super) struct Reading<'a> {
    from: &'a DeadLetterQueue,
    seen: HashSet<String>,
}

impl Reading<'_> {
    /// The next letters; none at the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Vec<Held>> {
        let answer = self
            .from
            .sqs
            .receive_message()
            .queue_url(&self.from.url)
            .max_number_of_messages(BATCH)
            .visibility_timeout(HIDDEN_SECONDS)
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .with_context(|| format!("failed to read {}", self.from.url))?;
        let mut held = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            let Some(one) = read(message) else { continue };
            // One that comes again was hidden for too long a time: it was counted already.
            if self.seen.insert(one.letter.id.clone()) {
                held.push(one);
            }
        }
        Ok(held)
    }
}

impl DeadLetterQueue {
    /// About how many letters there are, those included that somebody looks at.
    pub(super) async fn depth(&self) -> anyhow::Result<u64> {
        use aws_sdk_sqs::types::QueueAttributeName::{
            ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible,
        };
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(ApproximateNumberOfMessages)
            .attribute_names(ApproximateNumberOfMessagesNotVisible)
            .send()
            .await
            .with_context(|| format!("failed to ask for the depth of {}", self.url))?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).and_then(|text| text.parse().ok());
        let (visible, hidden): (Option<u64>, Option<u64>) = (
            count(ApproximateNumberOfMessages),
            count(ApproximateNumberOfMessagesNotVisible),
        );
        Ok(visible.unwrap_or(0) + hidden.unwrap_or(0))
    }

    /// Begins a reading.
    pub(super) fn read(&self) -> Reading<'_> {
        Reading {
            from: self,
            seen: HashSet::new(),
        }
    }

    /// Shows letters again that were only looked at.
    pub(super) async fn release(&self, handles: Vec<String>) -> anyhow::Result<()> {
        stream::iter(handles)
            .map(|handle| async move {
                self.sqs
                    .change_message_visibility()
                    .queue_url(&self.url)
                    .receipt_handle(handle)
                    .visibility_timeout(0)
                    .send()
                    .await
                    .map(drop)
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
            .with_context(|| {
                format!(
                    "failed to show letters of {} again, they show in five minutes",
                    self.url
                )
            })
    }

    /// What becomes of a letter that is moved back.
    pub(super) fn back(&self, letter: &Letter) -> Back {
        match &self.home {
            Home::Queue(_) => letter.back(),
            Home::Bus(_, of) => event::back(letter, *of),
        }
    }

    /// Puts an event on the bus again, and only then deletes the letter: stopped in between, it is put there once more, and its
    /// receiver knows it for the same.
    pub(super) async fn publish(&self, held: &Held, event: BusEvent) -> anyhow::Result<()> {
        let Home::Bus(bus, _) = &self.home else {
            return Err(anyhow!("{} came from no event bus", held.letter.id));
        };
        bus.put(vec![event]).await.with_context(|| {
            format!(
                "failed to put {} on the event bus; the letter stays",
                held.letter.id
            )
        })?;
        self.delete(held).await
    }

    /// Puts a copy into the queue, and only then deletes the letter: stopped in between, it is moved again, and its
    /// receiver knows it for the same message.
    pub(super) async fn replace(
        &self,
        held: &Held,
        body: String,
        attributes: BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        let Home::Queue(queue) = &self.home else {
            return Err(anyhow!("{} came from no queue", held.letter.id));
        };
        let mut send = self.sqs.send_message().queue_url(queue).message_body(body);
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()?;
            send = send.message_attributes(name, value);
        }
        send.send().await.with_context(|| {
            format!(
                "failed to queue a copy of {}; the letter stays",
                held.letter.id
            )
        })?;
        self.delete(held).await
    }

    /// Deletes a letter.
    pub(super) async fn delete(&self, held: &Held) -> anyhow::Result<()> {
        self.sqs
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(&held.handle)
            .send()
            .await
            .map_err(|error| {
                anyhow!(error).context(format!(
                    "failed to delete the letter {}; its copy is queued, to move it again changes nothing",
                    held.letter.id
                ))
            })?;
        Ok(())
    }
}

fn read(message: Message) -> Option<Held> {
    let sent_at = message
        .attributes
        .as_ref()
        .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
        .and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok());
    let attributes = message
        .message_attributes
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.string_value?)))
        .collect();
    Some(Held {
        handle: message.receipt_handle?,
        letter: Letter {
            id: message.message_id?,
            sent_at,
            body: message.body.unwrap_or_default(),
            attributes,
        },
    })
}

//! What can never succeed, told to whoever looks on: on AWS it waits for an operator, unseen here
//! otherwise.

use std::collections::BTreeSet;

use futures_util::future::select_all;

use super::queue::{InProcessQueue, QueuedMessage};

/// The dead-letter queues, and which of their messages were told already.
pub struct DeadLetters {
    queues: Vec<InProcessQueue>,
    told: BTreeSet<String>,
}

impl DeadLetters {
    /// Watches `queues`, of which there is at least one; nothing in them was told yet.
    pub fn new(queues: Vec<InProcessQueue>) -> Self {
        Self {
            queues,
            told: BTreeSet::new(),
        }
    }

    /// What nobody was told yet, in words.
    pub fn untold(&mut self) -> Vec<String> {
        std::iter::from_fn(|| untold(&self.queues, &mut self.told)).collect()
    }

    /// Resolves with the next message that nobody was told yet. Dropped before that, it tells none.
    pub async fn next(&mut self) -> String {
        loop {
            // Made before looking, so that what comes in between is not missed.
            let changed = select_all(self.queues.iter().map(|queue| Box::pin(queue.changed())));
            if let Some(letter) = untold(&self.queues, &mut self.told) {
                return letter;
            }
            changed.await;
        }
    }
}

fn untold(queues: &[InProcessQueue], told: &mut BTreeSet<String>) -> Option<String> {
    queues.iter().find_map(|queue| {
        let message = queue
            .peek()
            .into_iter()
            .find(|message| told.insert(message.message_id.clone()))?;
        Some(in_words(queue, &message))
    })
}

fn in_words(queue: &InProcessQueue, message: &QueuedMessage) -> String {
    let why = message
        .attributes
        .get("error-message")
        .map_or("it failed every time; RUST_LOG=info shows why", |why| why);
    format!("To {}: {why}", queue.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::queue::QueueSettings;
    use jiff::Timestamp;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn queue(name: &str) -> InProcessQueue {
        InProcessQueue::new(QueueSettings {
            name: name.to_owned(),
            visibility_timeout: Duration::from_secs(30),
            dead_letters: None,
        })
    }

    fn send(queue: &InProcessQueue, attributes: &[(&str, &str)]) {
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>();
        queue
            .send(
                "{}".to_owned(),
                attributes,
                Duration::ZERO,
                Timestamp::UNIX_EPOCH,
            )
            .unwrap();
    }

    #[tokio::test]
    async fn each_dead_letter_is_told_once_with_its_reason() {
        let (first, second) = (queue("a-dead-letters"), queue("b-dead-letters"));
        let mut letters = DeadLetters::new(vec![first.clone(), second.clone()]);
        assert_eq!(letters.untold(), Vec::<String>::new());
        send(&first, &[("error-message", "item: found nothing")]);
        assert_eq!(letters.untold(), ["To a-dead-letters: item: found nothing"]);
        assert_eq!(letters.untold(), Vec::<String>::new());
        let sent = async { send(&second, &[]) };
        let (letter, ()) = tokio::join!(letters.next(), sent);
        assert!(
            letter.starts_with("To b-dead-letters: it failed"),
            "{letter}"
        );
    }
}

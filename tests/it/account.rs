//! What the ledger accounts for: counts and ends, cancelling, recalling, replacing, sending again, and what is told of it.

mod cancelled;
mod ends;
mod recalled;
mod resent;
mod told;

use std::time::Duration;

use notifications::{NotificationKey, Policy, RecipientKey, Topic};
use serde_json::{Value, json};
use simulator::{Person, World};
use store::{Counts, Settled};
use work_items::Task;

use crate::bot::Bot;
use crate::notify::{key_of, notification};
use crate::stage::{batch, killed_after};

/// How long the queue hides a message that nobody acknowledged, as in the template.
const VISIBILITY: Duration = Duration::from_secs(360);

/// Many people, all of whom the table knows.
struct Crowd {
    bot: Bot,
    people: Vec<(Person, RecipientKey)>,
}

impl Crowd {
    async fn of(people: u32) -> Self {
        let bot = Bot::with(World::crowd(people)).await;
        let mut known = Vec::new();
        for person in bot.stage.teams.people() {
            let key = bot.stage.knows(&person).await;
            known.push((person, key));
        }
        Self { bot, people: known }
    }

    /// From now on there are five recipients to a chunk, and what may have arrived is not sent again.
    async fn in_small_chunks(&self) {
        let mut topic = Topic::undefined("deploys".parse().unwrap());
        topic.policy = Policy::AtMostOnce;
        let tenant = self.bot.stage.teams.tenant().into();
        let topics = self.bot.stage.store.topics();
        topics.put(&tenant, &topic).await.unwrap();
    }

    /// Plans a notification to everybody; its chunks wait in the queue.
    async fn planned(&self, id: &str) -> NotificationKey {
        let body = notification(id, &["everyone"]);
        self.bot.stage.accepts(&body).await;
        key_of(&body)
    }

    /// Sends a notification to everybody.
    async fn sent(&self, id: &str) -> NotificationKey {
        let key = self.planned(id).await;
        self.bot.stage.settle().await;
        key
    }

    async fn task(&self, task: Task) {
        let batch = batch("tasks", &[&task.to_body()]);
        let answer = self.bot.invoke_tasks(&batch).await.unwrap();
        assert_eq!(crate::stage::failed(&answer), [""; 0]);
        self.bot.work_off().await;
        self.bot.stage.settle().await;
    }

    /// A quarter of an hour passes, with its tick, and everything that it brings.
    async fn later(&self) {
        self.bot.stage.clock.advance(Duration::from_secs(900));
        let tick = json!({ "source": "tidings", "detail-type": "tidings.tick", "detail": {} });
        self.bot.invoke_tasks(&tick).await.unwrap();
        self.bot.work_off().await;
        self.bot.stage.settle().await;
    }

    /// Delivers everything that waits, each invocation in a new environment; `interrupt` may kill any of them, whose
    /// messages the queue shows again when the visibility timeout is over.
    async fn deliver(&mut self, mut interrupt: impl FnMut() -> Option<usize>) {
        let stage = &mut self.bot.stage;
        loop {
            let mail = &stage.mail;
            let bodies = [mail.delivery.take_all(), mail.broadcast.take_all()].concat();
            if bodies.is_empty() {
                return;
            }
            let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
            let mut waiting = batch("broadcasts", &bodies);
            loop {
                stage.deliver = stage.another_deliver();
                let invocation = stage.invoke_deliver(waiting.clone());
                let answer = match interrupt() {
                    Some(waits) => killed_after(waits, invocation).await,
                    None => Some(invocation.await),
                };
                let again: Option<Vec<String>> = answer.map(|answer| {
                    let failures = answer.unwrap().batch_item_failures.into_iter();
                    failures.map(|failure| failure.item_identifier).collect()
                });
                let records = waiting["Records"].as_array_mut().unwrap();
                records.retain(|record| {
                    let id = record["messageId"].as_str().unwrap();
                    again
                        .as_ref()
                        .is_none_or(|again| again.iter().any(|one| one == id))
                });
                if records.is_empty() {
                    break;
                }
                stage.clock.advance(VISIBILITY);
            }
            stage.clock.advance(Duration::from_secs(1_000));
        }
    }

    async fn counts(&self, key: &NotificationKey) -> Counts {
        let counts = self.bot.stage.store.ledger().counts(key).await;
        counts.unwrap().unwrap()
    }

    /// What the ledger says of everybody.
    async fn outcomes(&self, key: &NotificationKey) -> Vec<String> {
        let mut outcomes = Vec::new();
        for (_, recipient) in &self.people {
            outcomes.push(self.bot.stage.outcome(key, recipient).await);
        }
        outcomes
    }

    /// That it has ended, with numbers that are right. Nobody looks first.
    async fn has_ended(&self, key: &NotificationKey, case: &str) -> Counts {
        let counts = self.counts(key).await;
        assert!(counts.ended.is_some() && counts.exact, "{case}: {counts:?}");
        let outcomes = self.outcomes(key).await;
        let starting =
            |start: &str| outcomes.iter().filter(|one| one.starts_with(start)).count() as u64;
        assert_eq!(counts.planned, outcomes.len() as u64, "{case}");
        let tally = &counts.tally;
        assert_eq!(tally.sent, starting("s:") + starting("s+:"), "{case}");
        assert_eq!(tally.maybe_twice, starting("s+:"), "{case}");
        assert_eq!(tally.unknown, starting("u"), "{case}");
        assert_eq!(tally.all_skipped(), starting("k:"), "{case}");
        assert_eq!(tally.all_failed(), starting("f:"), "{case}");
        let ledger = self.bot.stage.store.ledger();
        let settled = ledger.settle(key, self.bot.stage.clock_now()).await;
        // A chunk alone is its own account: nobody has to find its end before.
        let alone = counts.chunks == 1;
        assert!(
            matches!(settled, Ok(Settled::Ended { first, .. }) if alone || !first),
            "{case}: {settled:?}"
        );
        counts
    }

    /// The details of what was told with this detail-type.
    fn told(&self, detail_type: &str) -> Vec<Value> {
        let events = self.bot.events.events().into_iter();
        events
            .filter(|event| event.detail_type == detail_type)
            .map(|event| serde_json::from_str(&event.detail).unwrap())
            .collect()
    }
}

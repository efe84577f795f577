//! What was once lost or doubled, and is no more.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deliver::Pacer;
use deliver::pace::{Turn, Wish};
use serde_json::json;
use simulator::Operation;
use startup::ManualClock;

use crate::bot::Bot;
use crate::notify::{key_of, notification};
use crate::stage::{Stage, batch};

/// Gives every turn, but only after this long.
#[derive(Debug)]
struct Slow(ManualClock, Duration);

#[async_trait]
impl Pacer for Slow {
    async fn turn(&self, _: Wish<'_>) -> Turn {
        self.0.advance(self.1);
        Turn::Now
    }

    fn throttled(&self, _: Wish<'_>, _: Option<Duration>) {}
}

#[tokio::test]
async fn whoever_gets_their_turn_too_late_to_be_recorded_is_sent_nothing_until_the_next_invocation()
{
    let mut stage = Stage::contoso().await;
    let (ana, ben) = (stage.teams.person("Ana"), stage.teams.person("Ben"));
    let keys = [stage.knows(&ana).await, stage.knows(&ben).await];
    let addresses = [&ana, &ben].map(|person| format!("aad:{}", person.object_id()));
    let body = notification("1", &addresses.each_ref().map(String::as_str));
    stage.accepts(&body).await;
    // One request at a time, and the second gets its turn 50 s into an invocation of 60 s.
    stage.deliver.slots = tokio::sync::Semaphore::new(1);
    stage.deliver.pacer = Arc::new(Slow(stage.clock.clone(), Duration::from_secs(25)));
    let chunks = stage.mail.delivery.take_all();
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    let answer = stage
        .invoke_deliver(batch("deliveries", &chunks))
        .await
        .unwrap();
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(stage.teams.count(Operation::Send), 1);
    let mut outcomes = Vec::new();
    for key in &keys {
        outcomes.push(stage.outcome(&key_of(&body), key).await);
    }
    outcomes.sort();
    assert_eq!(outcomes[0], "open", "{outcomes:?}");
    assert_eq!(stage.mail.delivery.len(), 1, "a copy comes back");
    stage.deliver = stage.another_deliver();
    stage.settle().await;
    assert_eq!(
        (ana.chat().unread().len(), ben.chat().unread().len()),
        (1, 1)
    );
}

#[tokio::test]
async fn one_message_that_the_queue_shows_to_two_invocations_at_once_is_worked_on_once() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    let bodies = bot.task_mail.take_all();
    let batch = batch("tasks", &[&bodies[0]]);
    let (one, other) = tokio::join!(bot.invoke_tasks(&batch), bot.invoke_tasks(&batch));
    one.unwrap();
    other.unwrap();
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn a_click_that_could_not_be_queued_is_queued_by_the_next_click_however_soon() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    bot.notified(&json!({
        "topic": "deploys",
        "to": [format!("aad:{}", ben.object_id())],
        "what": "Checkout v216 waits",
        "item": { "name": "checkout v216" },
        "actor": { "name": "Chloé Martin" },
        "actions": [{ "title": "Approve", "verb": "approve" }],
    }))
    .await;
    let message = ben.chat().next_message().await.unwrap();
    bot.task_mail.goes_missing(true);
    let failed = ben.press("Approve", &message).await.unwrap();
    assert_eq!(failed.body().unwrap()["statusCode"], 500);
    bot.task_mail.goes_missing(false);
    bot.later(Duration::from_secs(2));
    ben.press("Approve", &message).await.unwrap();
    bot.work_off().await;
    assert_eq!(bot.events.details().len(), 1);
}

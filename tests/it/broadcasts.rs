//! Broadcasts: asked for, tried out on a few, released; by `notify`, `deliver`, `tasks` and presses that Teams signs.

mod approval;
mod canary;
mod interrupted;
mod large;

use std::time::Duration;

use notifications::{NotificationKey, RecipientKey, Topic};
use notify::Broadcasts;
use serde_json::{Value, json};
use simulator::{Message, World};
use store::{Broadcast, BroadcastStage};

use crate::bot::Bot;
use crate::notify::{key_of, notification};

/// A bot that everybody has, among Ana, Ben, Chloé and so many others; Chloé and Ben answer for the topic.
pub(crate) async fn bot_among(others: u32, broadcasts: Broadcasts) -> Bot {
    let world = World::contoso().with_bot_everywhere().with_crowd(others);
    let mut bot = Bot::with(world).await;
    bot.stage.notify.broadcasts = broadcasts;
    bot.stage.knows_everybody().await;
    owned_by(&bot, &["Chloé", "Ben"]).await;
    // There was a tick before.
    after(&bot, Duration::ZERO).await;
    bot
}

/// The topic's owners are these people now.
pub(crate) async fn owned_by(bot: &Bot, owners: &[&str]) {
    let mut topic = Topic::undefined("deploys".parse().unwrap());
    topic.owners = owners
        .iter()
        .map(|who| format!("aad:{}", bot.stage.teams.person(who).object_id()))
        .map(|address| address.parse().unwrap())
        .collect();
    let tenant = bot.stage.teams.tenant().into();
    let topics = bot.stage.store.topics();
    topics.put(&tenant, &topic).await.unwrap();
}

/// Approval above 20, without a canary.
pub(crate) fn approved() -> Broadcasts {
    Broadcasts {
        approval_above: 20,
        ..Broadcasts::plain()
    }
}

/// What Ben wants to tell everyone.
pub(crate) fn news(bot: &Bot, id: &str) -> Value {
    let mut news = notification(id, &["everyone"]);
    news["actor"]["id"] = bot.stage.teams.person("Ben").object_id().into();
    news
}

/// Sends it, and works off all queues.
pub(crate) async fn sent(bot: &Bot, body: &Value) -> NotificationKey {
    bot.stage.accepts(body).await;
    settle(bot).await;
    key_of(body)
}

/// Works off all queues, whatever one leaves in another.
pub(crate) async fn settle(bot: &Bot) {
    for _ in 0..4 {
        bot.stage.settle().await;
        bot.work_off().await;
    }
    // Everybody reads what they have.
    for person in bot.stage.teams.people() {
        bot.stage.teams.messages_to(&person);
    }
}

/// Lets the time pass, and what was held for then happen.
pub(crate) async fn after(bot: &Bot, by: Duration) {
    bot.later(by);
    let tick = json!({ "source": "tidings", "detail-type": "tidings.tick", "detail": {} });
    bot.invoke_tasks(&tick).await.unwrap();
    settle(bot).await;
}

pub(crate) async fn broadcast(bot: &Bot, key: &NotificationKey) -> Broadcast {
    let ledger = bot.stage.store.ledger();
    ledger.broadcast(key).await.unwrap().expect("it is one")
}

pub(crate) async fn stage_of(bot: &Bot, key: &NotificationKey) -> BroadcastStage {
    broadcast(bot, key).await.stage
}

/// How many people have a message that says this.
pub(crate) fn told(bot: &Bot, what: &str) -> usize {
    let people = bot.stage.teams.people();
    let has = |messages: Vec<Message>| messages.iter().any(|message| message.says(what));
    people
        .iter()
        .filter(|person| has(bot.stage.teams.messages_to(person)))
        .count()
}

/// How everybody ended, each way with its number.
pub(crate) async fn ends(bot: &Bot, key: &NotificationKey) -> Vec<(String, usize)> {
    let mut ends = std::collections::BTreeMap::new();
    for person in bot.stage.teams.people() {
        let recipient = RecipientKey::person(&person.object_id().into());
        let outcome = bot.stage.outcome(key, &recipient).await;
        let outcome = match outcome.split_once(':') {
            Some(("s", _)) => "sent".to_owned(),
            _ => outcome,
        };
        *ends.entry(outcome).or_default() += 1;
    }
    ends.into_iter().collect()
}

/// The last message to somebody that says this.
pub(crate) fn message(bot: &Bot, who: &str, says: &str) -> Message {
    let person = bot.stage.teams.person(who);
    let messages = bot.stage.teams.messages_to(&person);
    let found = messages.into_iter().rfind(|message| message.says(says));
    found.unwrap_or_else(|| panic!("{who} has nothing that says {says:?}"))
}

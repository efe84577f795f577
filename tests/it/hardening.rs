//! What was once lost or doubled, and is no more.

use std::sync::Arc;
use std::time::Duration;

use activity::ConversationKind;
use async_trait::async_trait;
use deliver::Pacer;
use deliver::pace::{Turn, Wish};
use serde_json::json;
use simulator::{Fault, Operation};
use startup::{Clock as _, Deadline, ManualClock};
use store::SeenConversation;

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

    async fn throttled(&self, _: Wish<'_>, _: Option<Duration>) {}
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

/// Panics over one conversation.
#[derive(Debug)]
struct Panics(String);

#[async_trait]
impl Pacer for Panics {
    async fn turn(&self, wish: Wish<'_>) -> Turn {
        let conversation = wish.conversation.map(ToString::to_string);
        assert_ne!(
            conversation.as_deref(),
            Some(self.0.as_str()),
            "a bug of ours"
        );
        Turn::Now
    }

    async fn throttled(&self, _: Wish<'_>, _: Option<Duration>) {}
}

#[tokio::test]
async fn a_panic_over_one_recipient_doubles_no_message_to_the_others() {
    let mut stage = Stage::contoso().await;
    let (ana, ben) = (stage.teams.person("Ana"), stage.teams.person("Ben"));
    let (of_ana, of_ben) = (stage.knows(&ana).await, stage.knows(&ben).await);
    let addresses = [&ana, &ben].map(|person| format!("aad:{}", person.object_id()));
    let body = notification("1", &addresses.each_ref().map(String::as_str));
    stage.accepts(&body).await;
    stage.deliver.pacer = Arc::new(Panics(ana.conversation_id()));
    let chunks = stage.mail.delivery.take_all();
    let chunks = batch(
        "deliveries",
        &chunks.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    for _ in 0..3 {
        let answer = stage.invoke_deliver(chunks.clone()).await.unwrap();
        assert_eq!(answer.batch_item_failures.len(), 1, "the queue counts it");
        stage.clock.advance(Duration::from_secs(360));
    }
    let outcome = stage.outcome(&key_of(&body), &of_ben).await;
    assert!(outcome.starts_with("s:"), "{outcome}");
    assert_eq!(ben.chat().unread().len(), 1);
    assert_eq!(stage.outcome(&key_of(&body), &of_ana).await, "in doubt");
    stage.deliver = stage.another_deliver();
    assert!(
        stage
            .invoke_deliver(chunks)
            .await
            .unwrap()
            .batch_item_failures
            .is_empty()
    );
    assert_eq!(ana.chat().unread().len(), 1);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_leaves_time_to_record_the_others() {
    let stage = Stage::contoso().await;
    let (ana, ben) = (stage.teams.person("Ana"), stage.teams.person("Ben"));
    let (of_ana, of_ben) = (stage.knows(&ana).await, stage.knows(&ben).await);
    let addresses = [&ana, &ben].map(|person| format!("aad:{}", person.object_id()));
    let body = notification("1", &addresses.each_ref().map(String::as_str));
    stage.accepts(&body).await;
    let (conversation, late) = (ana.conversation_id(), Duration::from_secs(600));
    stage
        .teams
        .fail_next_in(&conversation, Operation::Send, Fault::Delay(late));
    let now = stage.clock.now();
    let deadline = Deadline::after(Duration::from_millis(1500), now);
    let [chunk] = &stage.mail.delivery.take_all()[..] else {
        panic!("one chunk")
    };
    let event = serde_json::from_value(batch("deliveries", &[chunk])).unwrap();
    let answer = stage.deliver.batch(event, deadline).await;
    assert!(answer.batch_item_failures.is_empty());
    let outcome = stage.outcome(&key_of(&body), &of_ben).await;
    assert!(outcome.starts_with("s:"), "{outcome}");
    assert_eq!(stage.outcome(&key_of(&body), &of_ana).await, "in doubt");
    assert_eq!(stage.mail.delivery.len(), 1, "a copy comes back");
    stage.settle().await;
    let outcome = stage.outcome(&key_of(&body), &of_ana).await;
    assert!(outcome.starts_with("s+"), "{outcome}");
    stage.teams.release_unread();
}

#[tokio::test]
async fn one_tenants_news_are_not_told_in_a_channel_of_another() {
    let stage = Stage::contoso().await;
    let channel = stage.teams.team("Platform").channel("Incidents").id();
    let mut seen = stage.reference(&channel, ConversationKind::Channel);
    seen.tenant = "fabrikam".into();
    let seen = SeenConversation {
        reference: seen,
        name: None,
        at: stage.clock.now(),
    };
    stage.store.conversations().remember(&seen).await.unwrap();
    let body = notification("1", &[&format!("channel:{channel}")]);
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(stage.teams.count(Operation::Send), 0);
    let recipient = format!("c:{channel}").parse().unwrap();
    let outcome = stage.outcome(&key_of(&body), &recipient).await;
    assert!(outcome.contains("other-tenant"), "{outcome}");
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

#[tokio::test]
async fn a_button_of_a_senders_own_card_works_whatever_its_verb_is_made_of_and_no_other_word_does()
{
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    bot.notified(&json!({
        "topic": "approvals",
        "to": [format!("aad:{}", ben.object_id())],
        "what": "Checkout v216 waits for your approval",
        "item": { "name": "checkout v216" },
        "actor": { "name": "Chloé Martin" },
        "data": { "build": 7 },
        "card": {
            "type": "AdaptiveCard", "version": "1.5",
            "body": [{ "type": "TextBlock", "text": "Build ${build}" }],
            "actions": [
                { "type": "Action.Execute", "title": "Approve", "verb": "approve-${build}", "data": { "build": "${build}" } },
                { "type": "Action.Execute", "title": "Anything", "data": { "any": "thing" } },
            ],
        },
    }))
    .await;
    let message = ben.chat().next_message().await.unwrap();
    let buttons = message.buttons();
    let data = |title: &str| {
        let button = buttons.iter().find(|button| button.title == title);
        button.unwrap().data.clone()
    };
    for (title, verb, shown) in [
        ("Approve", "AdaptiveCard", "too old"),
        ("Approve", "approve-7", "✔ You chose **Approve**"),
        ("Anything", "submit", "✔ You chose **Anything**"),
    ] {
        let action = json!({ "type": "Action.Execute", "verb": verb, "data": data(title) });
        let used = json!({ "action": action, "trigger": "manual" });
        let pressed = ben.invoke("adaptiveCard/action", used, &message).await;
        let card = pressed.card().unwrap().to_string();
        assert!(card.contains(shown), "{verb}: {card}");
        bot.later(Duration::from_secs(60));
    }
    bot.work_off().await;
    let details = bot.events.details();
    let said: Vec<_> = details
        .iter()
        .map(|detail| (&detail["verb"], &detail["data"]))
        .collect();
    assert_eq!(
        said,
        [
            (&json!("approve-7"), &json!({ "build": 7 })),
            (&json!("submit"), &json!({ "any": "thing" })),
        ]
    );
}

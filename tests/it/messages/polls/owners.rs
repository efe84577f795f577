use serde_json::json;
use store::Phase;

use super::{Booth, MINUTE, lunch, seen};
use crate::messages::aad;

/// A poll of Chloé's in the chat, and its message.
async fn asked(booth: &Booth, more: serde_json::Value) -> (store::Occurrence, simulator::Message) {
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let mut poll = json!({ "to": [format!("chat:{}", chat.id())] });
    for (name, value) in more.as_object().unwrap() {
        poll[name] = value.clone();
    }
    let open = booth.asks("lunch", lunch(), poll).await;
    (open, chat.messages().pop().unwrap())
}

/// Opens the owner's card, from whatever she sees there now.
async fn manages(owner: &simulator::Person, post: &simulator::Message) {
    if owner.press("Manage", post).await.is_err() {
        owner.press("Your poll", post).await.unwrap();
    }
    assert!(seen(owner, post).contains("Your poll, "));
}

#[tokio::test]
async fn an_owner_extends_closes_and_reopens_with_buttons() {
    let booth = Booth::open().await;
    let (open, post) = asked(&booth, json!({ "closes": { "after": "1h" } })).await;
    let chloe = booth.person("Chloé");
    chloe.press("Manage", &post).await.unwrap();
    assert!(
        seen(&chloe, &post).contains("Your poll, open"),
        "{}",
        seen(&chloe, &post)
    );
    let pressed = chloe.press("One more hour", &post).await.unwrap();
    assert!(seen(&chloe, &post).contains("The poll is open"));
    booth.bot.stage.teams.redeliver(&pressed).await;
    let told = booth.pass_on(0).await;
    assert_eq!(told.len(), 1, "however often it is delivered: {told:?}");
    let later = booth.occurrence("lunch").await.closes.unwrap();
    assert_eq!(later, open.closes.unwrap() + MINUTE * 60);

    let told = booth.bot.events.events().len();
    manages(&chloe, &post).await;
    chloe.press("Close now", &post).await.unwrap();
    booth.pass_on(told).await;
    assert_eq!(booth.occurrence("lunch").await.phase, Phase::Closed);
    let told = booth.bot.events.events().len();
    let result = booth.last(&chloe);
    chloe.press("Reopen", &result).await.unwrap();
    booth.pass_on(told).await;
    assert_eq!(booth.occurrence("lunch").await.phase, Phase::Open);
}

#[tokio::test]
async fn an_owner_who_is_asked_herself_manages_the_poll_in_her_own_chat() {
    let booth = Booth::open().await;
    let (chloe, ben) = (booth.person("Chloé"), booth.person("Ben"));
    let to = [aad(&ben), aad(&chloe)];
    booth.asks("lunch", lunch(), json!({ "to": to })).await;
    let card = booth.last(&chloe);
    assert!(seen(&chloe, &card).contains("Manage"));
    let vote = json!({ "answer.q1": "pizza" });
    chloe.press_with("Vote", &card, &vote).await.unwrap();
    manages(&chloe, &card).await;

    let bens = booth.last(&ben);
    assert!(!seen(&ben, &bens).contains("Manage"), "it is not his");
    ben.press_with("Vote", &bens, &vote).await.unwrap();
    assert!(!seen(&ben, &bens).contains("Manage"));

    let told = booth.bot.events.events().len();
    chloe.press("Close now", &card).await.unwrap();
    booth.pass_on(told).await;
    assert_eq!(booth.occurrence("lunch").await.phase, Phase::Closed);
    assert!(booth.last(&chloe).says("Result of the poll"));
    booth.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_copy_is_one_poll_and_a_deletion_asks_first() {
    let booth = Booth::open().await;
    let (open, post) = asked(&booth, json!({})).await;
    let chloe = booth.person("Chloé");
    chloe.press("Manage", &post).await.unwrap();
    let pressed = chloe.press("Ask it again", &post).await.unwrap();
    booth.bot.stage.teams.redeliver(&pressed).await;
    let told = booth.pass_on(0).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].detail_type, "tidings.poll");
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let lunches = chat
        .messages()
        .into_iter()
        .filter(|message| message.says("Lunch?"));
    assert_eq!(lunches.count(), 2);

    let told = booth.bot.events.events().len();
    manages(&chloe, &post).await;
    chloe.press("Delete…", &post).await.unwrap();
    assert!(seen(&chloe, &post).contains("Delete this poll?"));
    assert_eq!(
        booth.bot.events.events().len(),
        told,
        "nothing is deleted yet"
    );
    chloe.press("Delete for good", &post).await.unwrap();
    booth.pass_on(told).await;
    let tenant = booth.bot.stage.teams.tenant().into();
    let polls = booth.bot.stage.store.polls();
    assert_eq!(polls.occurrence(&tenant, &open.id).await.unwrap(), None);
    assert!(polls.get(&tenant, open.id.poll()).await.unwrap().is_none());
}

#[tokio::test]
async fn without_a_bus_owners_are_told_that_nothing_can_be_done_from_chat() {
    let booth = Booth::open().await;
    let (_, post) = asked(&booth, json!({})).await;
    booth.bot.starts(|messages| messages.events = None);
    let chloe = booth.person("Chloé");
    chloe.press("Manage", &post).await.unwrap();
    chloe.press("Close now", &post).await.unwrap();
    assert!(seen(&chloe, &post).contains("Polls are not set up here"));
    assert_eq!(booth.occurrence("lunch").await.phase, Phase::Open);
}

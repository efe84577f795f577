//! What was said, in a simulator that is started again.

use serde_json::json;
use simulator::{Config, Simulator, World};

use crate::support::{Api, Bot, card, start};

async fn another() -> (Simulator, Bot) {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    (simulator, bot)
}

#[tokio::test]
async fn a_card_of_an_earlier_run_is_pressed_and_edited_as_if_nothing_had_happened() {
    let (first, bot) = another().await;
    let ana = first.person("ana");
    let incidents = first.team("Platform").find_channel("Incidents").unwrap();
    let vote = json!([{"type": "Action.Execute", "title": "Vote", "verb": "vote"}]);
    let text = |text: &str| json!([{"type": "TextBlock", "text": text}]);
    let api = Api::of(&first);
    api.send(&ana.conversation_id(), card(text("Lunch?"), vote.clone()))
        .await;
    api.send(&incidents.id(), card(text("Disk is full"), json!([])))
        .await;
    ana.say("status").await;
    let asked = ana.chat().next_message().await.unwrap();
    let told = incidents.next_message().await.unwrap();
    let voted = json!({"type": "AdaptiveCard", "version": "1.5", "body": text("You voted"),
        "actions": vote});
    bot.answers(
        200,
        json!({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": voted}),
    );
    ana.press("Vote", &asked).await.unwrap();
    let memory = first.memory();
    first.stop().await;

    let (second, bot) = another().await;
    second.remember(&memory).unwrap();
    let ana = second.person("ana");
    let said: Vec<_> = ana.chat().messages().iter().map(|m| m.readable()).collect();
    assert_eq!(said.len(), 2);
    assert!(said[1].contains("status"));
    let asked = ana.chat().message(&asked.id).unwrap();
    assert!(asked.says("Lunch?"), "others see the old card");
    assert!(ana.sees(&asked).unwrap().says("You voted"));
    ana.press("Vote", &asked).await.unwrap();
    assert_eq!(bot.last().activity["replyToId"], asked.id);

    let edited = card(text("Closed"), json!([]));
    Api::of(&second)
        .update(&ana.conversation_id(), &asked.id, edited)
        .await;
    assert!(ana.chat().message(&asked.id).unwrap().says("Closed"));
    let incidents = second.team("Platform").find_channel("Incidents").unwrap();
    assert!(incidents.message(&told.id).unwrap().says("Disk is full"));

    // What comes now has an id of its own, and comes after.
    ana.say("topics").await;
    let ids: Vec<_> = ana.chat().messages().into_iter().map(|m| m.id).collect();
    assert!(ids.is_sorted() && ids.len() == 3, "{ids:?}");
}

#[tokio::test]
async fn what_is_no_memory_is_refused_and_nothing_is_said_twice() {
    let (simulator, _bot) = another().await;
    let ana = simulator.person("ana");
    ana.say("status").await;
    simulator.remember(b"nonsense").unwrap_err();
    let memory = simulator.memory();
    simulator.remember(&memory).unwrap();
    assert_eq!(ana.chat().messages().len(), 1);
    let elsewhere = json!([{"conversation": "19:gone@thread.v2", "messages": []}]);
    simulator
        .remember(elsewhere.to_string().as_bytes())
        .unwrap();
}

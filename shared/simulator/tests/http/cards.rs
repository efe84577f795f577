//! Pressing buttons.

use serde_json::{Value, json};
use simulator::{Config, Message, Person, PressError, Simulator, World};

use crate::support::{Api, Bot, card, start};

async fn with_card(actions: Value) -> (Simulator, Bot, Person, Message) {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    let ana = simulator.person("ana");
    let body = json!([
        {"type": "TextBlock", "text": "Disk is full"},
        {"type": "Input.Text", "id": "why", "isRequired": true},
        {"type": "Input.ChoiceSet", "id": "how", "value": "now", "choices": []},
    ]);
    Api::of(&simulator)
        .send(&ana.conversation_id(), card(body, actions))
        .await;
    let message = ana.chat().next_message().await.unwrap();
    (simulator, bot, ana, message)
}

#[tokio::test]
async fn execute_is_an_invoke_whose_answer_replaces_the_card_for_the_one_who_pressed() {
    let (_simulator, bot, ana, message) = with_card(json!([
        {"type": "Action.Execute", "title": "Mute", "verb": "mute", "data": {"topic": "disk"}},
    ]))
    .await;
    let new_card = json!({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Muted"}]});
    bot.answers(200, json!({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": new_card}));
    let delivery = ana
        .press_with("Mute", &message, &json!({"why": "noise"}))
        .await
        .unwrap();
    let invoke = bot.last().activity;
    assert_eq!(invoke["name"], "adaptiveCard/action");
    assert_eq!(invoke["replyToId"], message.id);
    assert_eq!(
        invoke["value"],
        json!({
            "trigger": "manual",
            "action": {"type": "Action.Execute", "title": "Mute", "verb": "mute",
                       "data": {"topic": "disk", "why": "noise", "how": "now"}},
        })
    );
    assert_eq!(delivery.card(), Some(&new_card));
    assert_eq!(ana.sees(&message).unwrap().readable(), "Muted");
    let for_others = ana.chat().message(&message.id).unwrap();
    assert!(for_others.says("Disk is full"), "others keep the old card");
}

#[tokio::test]
async fn an_edit_shows_the_new_message_to_everybody() {
    let (simulator, bot, ana, message) =
        with_card(json!([{"type": "Action.Execute", "title": "Mute", "associatedInputs": "none"}]))
            .await;
    let own = json!({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Muted"}]});
    bot.answers(
        200,
        json!({"type": "application/vnd.microsoft.card.adaptive", "value": own}),
    );
    ana.press("Mute", &message).await.unwrap();
    assert_eq!(
        bot.last().activity["value"]["action"]["data"],
        json!({}),
        "no inputs asked for"
    );
    let edited = card(json!([{"type": "TextBlock", "text": "Solved"}]), json!([]));
    Api::of(&simulator)
        .update(&ana.conversation_id(), &message.id, edited)
        .await;
    assert_eq!(ana.sees(&message).unwrap().readable(), "Solved");
}

#[tokio::test]
async fn an_answer_that_is_no_card_replaces_nothing() {
    let (_simulator, bot, ana, message) = with_card(json!([
        {"type": "Action.Execute", "title": "Mute", "associatedInputs": "none"},
    ]))
    .await;
    bot.answers(200, json!({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"}));
    let delivery = ana.press("Mute", &message).await.unwrap();
    assert_eq!((delivery.toast(), delivery.card()), (Some("Done"), None));
    bot.answers(
        200,
        json!({"statusCode": 400, "type": "application/vnd.microsoft.card.adaptive", "value": {}}),
    );
    assert_eq!(ana.press("Mute", &message).await.unwrap().card(), None);
    bot.answers(500, Value::Null);
    assert!(!ana.press("Mute", &message).await.unwrap().is_success());
    assert!(ana.sees(&message).unwrap().says("Disk is full"));
}

#[tokio::test]
async fn submit_is_a_message_with_a_value() {
    let (_simulator, bot, ana, message) = with_card(json!([
        {"type": "Action.Submit", "title": "Send", "data": {"vote": 1}},
        {"type": "Action.Submit", "title": "Back", "data": {"a": 1, "msteams": {"type": "messageBack", "text": "mute disk"}}},
        {"type": "Action.Submit", "title": "Ask", "data": {"msteams": {"type": "task/fetch"}}},
        {"type": "Action.Submit", "title": "Say", "data": {"msteams": {"type": "imBack", "value": "help"}}},
    ]))
    .await;
    let filled = json!({"why": "noise"});
    ana.press_with("Send", &message, &filled).await.unwrap();
    let submit = bot.last().activity;
    assert_eq!(submit["type"], "message");
    assert!(submit.get("text").is_none() && submit["id"].as_str().unwrap().starts_with("f:"));
    assert_eq!(
        submit["value"],
        json!({"vote": 1, "why": "noise", "how": "now"})
    );
    ana.press_with("Back", &message, &filled).await.unwrap();
    assert_eq!(bot.last().activity["text"], "mute disk");
    assert!(bot.last().activity["value"].get("msteams").is_none());
    ana.press_with("Ask", &message, &filled).await.unwrap();
    assert_eq!(bot.last().activity["name"], "task/fetch");
    ana.press_with("Say", &message, &filled).await.unwrap();
    assert_eq!(bot.last().activity["text"], "help");
}

#[tokio::test]
async fn what_cannot_be_pressed_says_why() {
    let (_simulator, bot, ana, message) = with_card(json!([
        {"type": "Action.Execute", "title": "Mute", "verb": "mute"},
        {"type": "Action.OpenUrl", "title": "Open", "url": "https://example.com"},
        {"type": "Action.ToggleVisibility", "title": "More"},
    ]))
    .await;
    let filled = json!({"why": "noise"});
    let press = async |title: &str, inputs: &Value| {
        ana.press_with(title, &message, inputs).await.unwrap_err()
    };
    assert_eq!(
        press("Nothing", &filled).await.to_string(),
        "no button is called Nothing; there are [\"Mute\", \"Open\", \"More\"]"
    );
    assert_eq!(
        press("Mute", &json!({})).await,
        PressError::InputRequired("why".to_owned())
    );
    assert_eq!(
        press("Open", &filled).await,
        PressError::OpensPage("https://example.com".to_owned())
    );
    assert!(matches!(
        press("More", &filled).await,
        PressError::NotHeard(_)
    ));
    assert!(bot.heard().is_empty());
    ana.press_with("mute", &message, &filled).await.unwrap();
    assert_eq!(bot.heard().len(), 1, "a button has a verb, too");
    let ben = _simulator.person("ben");
    assert_eq!(
        ben.press("Mute", &message).await.unwrap_err(),
        PressError::NotSeen
    );
}

#[tokio::test]
async fn a_refresh_asks_for_the_view_of_those_it_concerns() {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    let chat = simulator.chat("Release crew").conversation();
    let mut activity = card(json!([]), json!([]));
    activity["attachments"][0]["content"]["refresh"] = json!({
        "action": {"type": "Action.Execute", "verb": "view", "data": {}},
        "userIds": [ana.teams_id()],
    });
    Api::of(&simulator).send(&chat.id(), activity).await;
    let message = chat.next_message().await.unwrap();
    assert!(ben.look_at(&message).await.is_none());
    assert!(ana.look_at(&message).await.is_some());
    assert_eq!(bot.last().activity["value"]["trigger"], "automatic");
    assert_eq!(bot.last().activity["value"]["action"]["verb"], "view");
}

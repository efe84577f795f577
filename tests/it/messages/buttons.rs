use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Message, Person};

use super::{aad, notification};
use crate::bot::Bot;

const MINUTE: Duration = Duration::from_secs(60);

/// A notification in Ben's chat.
async fn notified(bot: &Bot, ben: &Person, id: &str) -> Message {
    bot.notified(&notification(id, &[aad(ben)])).await;
    ben.chat().next_message().await.unwrap()
}

/// What a person sees of a message now, as lines.
fn seen(person: &Person, message: &Message) -> String {
    person.sees(message).unwrap().readable()
}

#[tokio::test]
async fn muting_on_a_notification_shows_it_there_and_can_be_undone() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "1").await;
    let pressed = ben.press("Mute deploys", &message).await.unwrap();
    assert_eq!(pressed.status(), Some(200));
    let shown = seen(&ben, &message);
    assert!(shown.contains("You muted deploys."), "{shown}");
    assert!(
        shown.contains("Checkout v216 waits for your approval"),
        "the notification is still there"
    );

    bot.notified(&notification("2", &[aad(&ben)])).await;
    assert_eq!(ben.chat().unread().len(), 0, "the mute holds");

    ben.press("Unmute", &message).await.unwrap();
    assert!(seen(&ben, &message).contains("Topic: deploys"));
    notified(&bot, &ben, "3").await;
}

#[tokio::test]
async fn a_mute_can_be_made_shorter() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "1").await;
    ben.press("Mute deploys", &message).await.unwrap();
    bot.later(MINUTE);
    ben.press("Only for a day", &message).await.unwrap();
    assert!(seen(&ben, &message).contains("You muted deploys until"));
    bot.later(24 * 60 * MINUTE);
    notified(&bot, &ben, "2").await;
}

#[tokio::test]
async fn why_on_a_notification_tells_why_it_came() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "1").await;
    let pressed = ben.press("Why did I get this?", &message).await.unwrap();
    assert!(
        pressed
            .card()
            .unwrap()
            .to_string()
            .contains("Its sender addressed you by name.")
    );
}

#[tokio::test]
async fn topics_can_be_followed_and_left_with_their_buttons() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let tenant = bot.stage.teams.tenant().into();
    let topic = notifications::Topic::undefined("deploys".parse().unwrap());
    bot.stage.store.topics().put(&tenant, &topic).await.unwrap();
    ben.say("topics").await;
    let topics = ben.chat().next_message().await.unwrap();
    ben.press("Subscribe", &topics).await.unwrap();
    assert!(seen(&ben, &topics).contains("Following: deploys"));
    bot.later(MINUTE);
    ben.press("Unsubscribe", &topics).await.unwrap();
    assert!(seen(&ben, &topics).contains("Left: deploys"));
    bot.later(MINUTE);
    ben.press("My notifications", &topics).await.unwrap();
    assert!(seen(&ben, &topics).contains("Your notifications"));
}

#[tokio::test]
async fn in_a_channel_a_button_acts_for_whoever_presses_it() {
    let bot = Bot::nowhere().await;
    let channel = bot.installed_in_team("Ben").await.channel("Incidents");
    let chloe = bot.installed_for("Chloé").await;
    let to = format!("channel:{}", channel.id());
    bot.notified(&notification("1", std::slice::from_ref(&to)))
        .await;
    let post = channel.next_message().await.unwrap();
    let pressed = chloe.press("Mute deploys for me", &post).await.unwrap();
    assert!(pressed.card().is_some());
    let ana = bot.stage.teams.person("Ana");
    assert!(
        !seen(&ana, &post).contains("You muted"),
        "the others see it as it was"
    );

    bot.notified(&notification("2", &[to, aad(&chloe)])).await;
    assert_eq!(channel.unread().len(), 1, "the channel gets it still");
    assert_eq!(chloe.chat().unread().len(), 0, "she does not");
}

#[tokio::test]
async fn somebody_whom_nobody_knows_can_mute_in_a_channel() {
    let bot = Bot::with(simulator::World::contoso().with_bot_everywhere()).await;
    let team = bot.stage.teams.team("Platform");
    let channel = team.channel("Incidents");
    let chloe = bot.stage.teams.person("Chloé");
    chloe.mention(&channel, "topics").await;
    let topics = channel.next_message().await.unwrap();
    chloe.press("What can I write?", &topics).await.unwrap();
    bot.later(MINUTE);
    bot.notified(&notification("1", &[format!("channel:{}", channel.id())]))
        .await;
    let post = channel.next_message().await.unwrap();
    let pressed = chloe.press("Mute deploys for me", &post).await.unwrap();
    assert!(pressed.card().unwrap().to_string().contains("You muted"));
}

#[tokio::test]
async fn a_senders_verb_becomes_one_event_and_the_card_says_so() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "release-216").await;
    let pressed = ben.press("Approve", &message).await.unwrap();
    assert_eq!(pressed.status(), Some(200));
    let shown = seen(&ben, &message);
    assert!(shown.contains("✔ You chose **Approve**."), "{shown}");
    assert!(
        !shown.contains("[Approve]") && shown.contains("[Mute deploys]"),
        "{shown}"
    );
    // However often it is delivered, and although it is pressed again on another device.
    bot.stage.teams.redeliver(&pressed).await;
    bot.later(MINUTE);
    bot.stage.teams.redeliver_as_new(&pressed).await;
    bot.work_off().await;

    let [event] = &bot.events.events()[..] else {
        panic!("not one event");
    };
    assert_eq!(
        (event.source.as_str(), event.detail_type.as_str()),
        ("tidings", "tidings.action")
    );
    let detail = &bot.events.details()[0];
    assert_eq!(detail["notification"], "release-216");
    assert_eq!(detail["verb"], "approve");
    assert_eq!(detail["data"], json!({ "release": "v216" }));
    assert_eq!(detail["topic"], "deploys");
    assert_eq!(detail["actor"]["aadObjectId"], ben.object_id());
    assert_eq!(detail["actor"]["userId"], ben.teams_id());
    assert!(detail["time"].as_str().unwrap().starts_with("2026-11-24T"));
}

#[tokio::test]
async fn what_a_button_brings_back_is_believed_in_nothing() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let ana = bot.installed_for("Ana").await;
    let message = notified(&bot, &ben, "1").await;
    let data = message
        .buttons()
        .into_iter()
        .find(|button| button.title == "Approve")
        .unwrap()
        .data;

    // Ana never got it; she knows its key all the same.
    ana.say("ayuda").await;
    let help = ana.chat().next_message().await.unwrap();
    let action = |verb: &str, data: Value| json!({ "action": { "type": "Action.Execute", "verb": verb, "data": data }, "trigger": "manual" });
    let forged = ana
        .invoke(
            "adaptiveCard/action",
            action("approve", data.clone()),
            &help,
        )
        .await;
    assert!(
        forged
            .card()
            .unwrap()
            .to_string()
            .contains("Ese mensaje es demasiado antiguo")
    );
    assert!(!forged.body().unwrap().to_string().contains("Checkout"));
    let mut why = data.clone();
    why["tidings"]["verb"] = "tidings.why".into();
    let forged = ana
        .invoke("adaptiveCard/action", action("tidings.why", why), &help)
        .await;
    assert!(!forged.body().unwrap().to_string().contains("Checkout"));

    // Ben got it, but it has no such verb; and data of the wire goes nowhere.
    let invented = ben
        .invoke(
            "adaptiveCard/action",
            action("launch", data.clone()),
            &message,
        )
        .await;
    assert!(
        invented
            .card()
            .unwrap()
            .to_string()
            .contains("That message is too old")
    );
    let mut more = data;
    more["release"] = "v666".into();
    ben.invoke("adaptiveCard/action", action("approve", more), &message)
        .await;
    bot.work_off().await;
    let [detail] = &bot.events.details()[..] else {
        panic!("not one event");
    };
    assert_eq!(detail["data"], json!({ "release": "v216" }));
}

#[tokio::test]
async fn an_action_that_is_none_of_ours_is_refused_in_the_body() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "1").await;
    for value in [
        json!({ "action": { "type": "Action.Execute", "verb": "other", "data": {} }, "trigger": "manual" }),
        json!({ "action": { "type": "Action.Execute" } }),
        json!("odd"),
        json!({ "action": { "verb": "tidings.mute", "data": { "tidings": { "topic": "deploys" } } }, "trigger": "automatic" }),
    ] {
        let refused = ben.invoke("adaptiveCard/action", value, &message).await;
        assert_eq!(refused.status(), Some(200));
        assert_eq!(refused.body().unwrap()["statusCode"], 400);
        assert_eq!(
            refused.body().unwrap()["type"],
            "application/vnd.microsoft.error"
        );
    }
}

#[tokio::test]
async fn a_button_that_fails_says_so_in_the_body_and_can_be_pressed_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "1").await;
    bot.stage
        .table_faults
        .fail_all(Some(crate::stage::TableFault::NotSent));
    let failed = ben.press("Mute deploys", &message).await.unwrap();
    assert_eq!(failed.status(), Some(200));
    assert_eq!(failed.body().unwrap()["statusCode"], 500);
    assert_eq!(
        failed.body().unwrap()["value"]["message"],
        "That did not work"
    );
    bot.stage.table_faults.fail_all(None);
    let pressed = ben.press("Mute deploys", &message).await.unwrap();
    assert!(pressed.card().is_some());
}

#[tokio::test]
async fn a_click_in_a_channel_is_shown_to_everybody() {
    let bot = Bot::nowhere().await;
    let channel = bot.installed_in_team("Ben").await.channel("Incidents");
    bot.notified(&notification("1", &[format!("channel:{}", channel.id())]))
        .await;
    let post = channel.next_message().await.unwrap();
    let (ana, chloe) = (
        bot.stage.teams.person("Ana"),
        bot.stage.teams.person("Chloé"),
    );
    chloe.press("Approve", &post).await.unwrap();
    assert!(seen(&chloe, &post).contains("✔ Chloé Martin chose **Approve**."));
    assert!(seen(&ana, &post).contains("✔ Chloé Martin chose **Approve**."));
    bot.work_off().await;
    assert_eq!(bot.events.details().len(), 1);
}

#[tokio::test]
async fn an_old_client_sends_a_message_and_gets_the_card_edited() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let message = notified(&bot, &ben, "1").await;
    let fallback = |title: &str| {
        let buttons = message.buttons();
        let button = buttons
            .into_iter()
            .find(|button| button.title == title)
            .unwrap();
        button.data
    };
    let submitted = submit(&bot, &ben, &message, fallback("Mute deploys")).await;
    assert_eq!(submitted.body(), Some(&Value::Null));
    assert!(seen(&ben, &message).contains("You muted deploys."));
    bot.later(MINUTE);
    submit(&bot, &ben, &message, fallback("Approve")).await;
    assert!(seen(&ben, &message).contains("✔ You chose **Approve**."));
    bot.work_off().await;
    assert_eq!(bot.events.details().len(), 1);
    assert_eq!(ben.chat().unread().len(), 0, "nothing new is posted");
}

#[tokio::test]
async fn an_old_client_in_a_channel_is_answered_where_nobody_else_reads_it() {
    let bot = Bot::nowhere().await;
    let channel = bot.installed_in_team("Ben").await.channel("Incidents");
    let chloe = bot.installed_for("Chloé").await;
    bot.notified(&notification("1", &[format!("channel:{}", channel.id())]))
        .await;
    let post = channel.next_message().await.unwrap();
    let buttons = post.buttons();
    let mute = buttons
        .iter()
        .find(|button| button.title == "Mute deploys for me")
        .unwrap();
    submit(&bot, &chloe, &post, mute.data.clone()).await;
    let answer = channel.next_message().await.unwrap();
    assert_eq!(
        answer.targeted_to.as_deref(),
        Some(chloe.object_id().as_str())
    );
    assert_eq!(channel.message(&post.id).unwrap().edits, 0);
}

/// What a client without `Action.Execute` sends: a message with the data of the button's fallback.
async fn submit(bot: &Bot, who: &Person, message: &Message, data: Value) -> simulator::Delivery {
    let mut activity = who.invoke("probe", json!({}), message).await.activity;
    activity["type"] = "message".into();
    activity["value"] = data;
    activity.as_object_mut().unwrap().remove("name");
    let delivered = bot.stage.teams.deliver(activity).await;
    assert_eq!(delivered.status(), Some(200));
    delivered
}

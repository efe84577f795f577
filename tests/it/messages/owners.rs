use std::time::Duration;

use activity::ids::TenantId;
use messages::Admins;
use notifications::{RecipientKey, Subscription};
use simulator::Conversation;

use super::notification;
use crate::bot::Bot;

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody mentions the bot; the text of its answer.
async fn told(bot: &Bot, who: &str, place: &Conversation, text: &str) -> String {
    bot.later(MINUTE);
    let delivery = bot.stage.teams.person(who).mention(place, text).await;
    assert_eq!(delivery.status(), Some(200), "{text}");
    place.next_message().await.unwrap().readable()
}

#[tokio::test]
async fn what_concerns_a_whole_channel_needs_an_owner() {
    let bot = Bot::nowhere().await;
    let channel = bot.installed_in_team("Ben").await.channel("Incidents");
    for command in [
        "subscribe deploys",
        "unsubscribe deploys",
        "mute deploys",
        "unmute deploys",
        "alias ops",
    ] {
        let answer = told(&bot, "Chloé", &channel, command).await;
        assert!(
            answer.contains("That needs an owner"),
            "{command}: {answer}"
        );
    }
    for command in ["help", "topics", "status", "why"] {
        let answer = told(&bot, "Chloé", &channel, command).await;
        assert!(
            !answer.contains("That needs an owner"),
            "{command}: {answer}"
        );
    }
    let answer = told(&bot, "Ben", &channel, "subscribe deploys").await;
    assert!(
        answer.contains("This channel gets **deploys** now."),
        "{answer}"
    );
    let key = RecipientKey::conversation(&channel.id().as_str().into());
    let tenant = TenantId::from(bot.stage.teams.tenant());
    let wants = bot
        .stage
        .store
        .preferences()
        .list(&tenant, &key)
        .await
        .unwrap()
        .unwrap();
    let wants = wants.about(&"deploys".parse().unwrap());
    assert_eq!(wants.subscription, Some(Subscription::Subscribed));

    bot.notified(&notification("1", &["topic:deploys".to_owned()]))
        .await;
    assert!(
        channel
            .next_message()
            .await
            .unwrap()
            .says("Checkout v216 waits")
    );
    assert!(
        told(&bot, "Ben", &channel, "status")
            .await
            .contains("Notifications of this channel")
    );
}

#[tokio::test]
async fn a_listed_admin_decides_everywhere() {
    let bot = Bot::nowhere().await;
    let channel = bot.installed_in_team("Ben").await.channel("Incidents");
    let chloe = bot.stage.teams.person("Chloé").object_id();
    bot.starts(|messages| messages.admins = Admins::read(Some(&chloe)));
    let answer = told(&bot, "Chloé", &channel, "mute deploys").await;
    assert!(answer.contains("Muted: deploys"), "{answer}");
}

#[tokio::test]
async fn in_a_chat_whoever_added_the_bot_decides() {
    let bot = Bot::nowhere().await;
    let (chat, ben) = (
        bot.stage.teams.chat("Release crew"),
        bot.stage.teams.person("Ben"),
    );
    chat.install(&ben).await;
    bot.work_off().await;
    let place = chat.conversation();
    place.next_message().await.unwrap();
    let answer = told(&bot, "Chloé", &place, "subscribe deploys").await;
    assert!(answer.contains("That needs an owner"), "{answer}");
    let answer = told(&bot, "Ben", &place, "subscribe deploys").await;
    assert!(
        answer.contains("This chat gets **deploys** now."),
        "{answer}"
    );
}

#[tokio::test]
async fn a_bot_that_nobody_saw_installed_obeys_admins_alone() {
    let bot = Bot::with(simulator::World::contoso().with_bot_everywhere()).await;
    let channel = bot.stage.teams.team("Platform").channel("Incidents");
    let ben = bot.stage.teams.person("Ben").object_id();
    let answer = told(&bot, "Ben", &channel, "mute deploys").await;
    assert!(answer.contains("That needs an owner"), "{answer}");
    bot.starts(|messages| messages.admins = Admins::read(Some(&ben.to_uppercase())));
    let answer = told(&bot, "Ben", &channel, "mute deploys").await;
    assert!(answer.contains("Muted: deploys"), "{answer}");
}

#[tokio::test]
async fn an_alias_is_moved_by_its_owner_only() {
    let bot = Bot::nowhere().await;
    let channel = bot.installed_in_team("Ben").await.channel("Incidents");
    let chloe = bot.stage.teams.person("Chloé").object_id();
    bot.starts(|messages| messages.admins = Admins::read(Some(&chloe)));
    assert!(
        told(&bot, "Ben", &channel, "alias ops")
            .await
            .contains("This is alias:ops now")
    );
    assert!(
        told(&bot, "Chloé", &channel, "alias ops")
            .await
            .contains("That name is taken")
    );

    bot.notified(&notification("1", &["alias:ops".to_owned()]))
        .await;
    let sent = channel.next_message().await.unwrap();
    assert!(sent.says("Checkout v216 waits"));

    // Its owner takes it along to their own chat.
    let ben = bot.installed_for("Ben").await;
    ben.say("alias ops").await;
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("This is alias:ops now")
    );
    bot.notified(&notification("2", &["alias:ops".to_owned()]))
        .await;
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Checkout v216 waits")
    );
    assert_eq!(channel.unread().len(), 0);
}

use std::time::Duration;

use notifications::Topic;
use simulator::Message;

use super::{aad, notification};
use crate::bot::Bot;

const MINUTE: Duration = Duration::from_secs(60);

async fn said(bot: &Bot, who: &str, text: &str) -> Message {
    let person = bot.stage.teams.person(who);
    bot.later(MINUTE);
    let delivery = person.say(text).await;
    assert_eq!(delivery.status(), Some(200), "{text}");
    person.chat().next_message().await.unwrap()
}

async fn defined(bot: &Bot, name: &str, title: &str) {
    let mut topic = Topic::undefined(name.parse().unwrap());
    topic.title = Some(title.to_owned());
    let tenant = bot.stage.teams.tenant().into();
    bot.stage.store.topics().put(&tenant, &topic).await.unwrap();
}

#[tokio::test]
async fn every_personal_command_is_answered() {
    let bot = Bot::nowhere().await;
    bot.installed_for("Ben").await;
    defined(&bot, "deploys", "Deployments").await;
    for (text, answer) in [
        ("help", "mute deploys for 2h"),
        ("topics", "Deployments"),
        ("topics", "not followed"),
        ("subscribe deploys", "Following: Deployments"),
        ("status", "followed"),
        ("mute deploys for 2h", "Muted: Deployments"),
        ("status", "muted until"),
        ("unmute deploys", "No longer muted: Deployments"),
        ("mute deploys", "Nothing of it comes until you unmute it."),
        ("unsubscribe deploys", "Left: Deployments"),
        ("status", "left"),
        ("alias ben", "This is alias:ben now"),
        ("why", "Nothing to explain yet"),
        ("topcis", "Did you mean **topics**?"),
        ("mute", "Which topic?"),
        ("mute deploys for ever", "For how long?"),
        ("alias", "Which name?"),
        ("", "mute deploys for 2h"),
        ("quiet 22:00-07:00", "Sorry, I do not know that"),
    ] {
        let message = said(&bot, "Ben", text).await;
        assert!(message.says(answer), "{text}: {}", message.readable());
        assert!(
            message.summary().is_some(),
            "{text}: a toast says something"
        );
    }
}

#[tokio::test]
async fn commands_are_understood_and_answered_in_spanish() {
    let bot = Bot::nowhere().await;
    bot.installed_for("Ana").await;
    for (text, answer) in [
        ("ayuda", "silenciar deploys por 2h"),
        ("temas", "Todavía no hay temas."),
        ("suscribir deploys", "Siguiendo: deploys"),
        ("silencia deploys por 2 horas", "En silencio: deploys"),
        ("estado", "Tus notificaciones"),
        ("por qué", "Todavía no hay nada que explicar"),
    ] {
        let message = said(&bot, "Ana", text).await;
        assert!(message.says(answer), "{text}: {}", message.readable());
    }
}

#[tokio::test]
async fn a_mute_holds_when_a_notification_is_sent_and_ends_by_itself() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    said(&bot, "Ben", "mute deploys for 2h").await;
    bot.notified(&notification("muted", &[aad(&ben)])).await;
    assert_eq!(ben.chat().unread().len(), 0);
    bot.later(2 * 60 * MINUTE);
    bot.notified(&notification("heard", &[aad(&ben)])).await;
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn a_subscriber_gets_what_is_sent_to_the_topic_until_they_leave_it() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    said(&bot, "Ben", "subscribe deploys").await;
    bot.notified(&notification("1", &["topic:deploys".to_owned()]))
        .await;
    assert_eq!(ben.chat().unread().len(), 1);
    said(&bot, "Ben", "unsubscribe deploys").await;
    bot.notified(&notification("2", &["topic:deploys".to_owned()]))
        .await;
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn why_tells_through_which_address_the_last_notification_came() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    bot.installed_for("Ana").await;
    said(&bot, "Ben", "subscribe deploys").await;
    bot.notified(&notification("subscribed", &["topic:deploys".to_owned()]))
        .await;
    ben.chat().next_message().await.unwrap();
    let why = said(&bot, "Ben", "why").await;
    assert!(why.says("You follow **deploys**."), "{}", why.readable());
    assert!(why.says("Checkout v216 waits for your approval"));

    bot.notified(&notification("named", &[aad(&ben)])).await;
    ben.chat().next_message().await.unwrap();
    assert!(
        said(&bot, "Ben", "why did I get this?")
            .await
            .says("Its sender addressed you by name.")
    );

    bot.notified(&notification("all", &["everyone".to_owned()]))
        .await;
    ben.chat().next_message().await.unwrap();
    bot.stage
        .teams
        .person("Ana")
        .chat()
        .next_message()
        .await
        .unwrap();
    assert!(
        said(&bot, "Ben", "why")
            .await
            .says("It went to everyone who has Tidings.")
    );
}

#[tokio::test]
async fn why_tells_the_team_of_somebody_who_got_it_as_a_member() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let team = bot.installed_in_team("Ben").await;
    bot.notified(&notification("roster", &[format!("roster:{}", team.id())]))
        .await;
    let got = ben.chat().next_message().await.unwrap();
    assert!(got.says("Checkout v216 waits"));
    let why = said(&bot, "Ben", "why").await;
    assert!(
        why.says("It went to each member of the team Platform."),
        "{}",
        why.readable()
    );
    bot.stage.teams.release_unread();
}

#[tokio::test]
async fn in_a_channel_only_what_mentions_the_bot_is_answered_in_its_thread() {
    let world = simulator::World::contoso();
    let bot = Bot::with(world).await;
    let team = bot.installed_in_team("Ben").await;
    let (ben, channel) = (bot.stage.teams.person("Ben"), team.channel("Incidents"));
    let mentioned = ben.mention(&channel, "help").await;
    assert_eq!(mentioned.status(), Some(200));
    let answer = channel.next_message().await.unwrap();
    assert!(answer.says("Mention @Tidings and write one of these."));
    assert_eq!(answer.thread(), Some(mentioned.activity_id()));

    // An app may be allowed to read everything; that is no reason to answer everything.
    bot.later(MINUTE);
    let mut overheard = mentioned.activity.clone();
    overheard["id"] = "1791451800009".into();
    overheard["text"] = "help".into();
    overheard["entities"] = serde_json::json!([]);
    assert_eq!(bot.stage.teams.deliver(overheard).await.status(), Some(200));
    assert_eq!(channel.unread().len(), 0);
}

#[tokio::test]
async fn an_edited_message_is_done_anew() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let first = ben.say("statsu").await;
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Did you mean **status**?")
    );
    bot.later(Duration::from_secs(5));
    assert_eq!(ben.edit(&first, "status").await.status(), Some(200));
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Your notifications")
    );
    bot.later(Duration::from_secs(5));
    assert_eq!(ben.delete(&first).await.status(), Some(200));
    assert_eq!(ben.undelete(&first).await.status(), Some(200));
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn a_reaction_is_taken_note_of_and_not_answered() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let help = said(&bot, "Ben", "help").await;
    assert_eq!(ben.react("like", &help).await.status(), Some(200));
    assert_eq!(ben.unreact("like", &help).await.status(), Some(200));
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn an_answer_that_teams_throttles_comes_after_the_wait_that_it_asks_for() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let throttled = simulator::Fault::Answer(simulator::Reply::throttled(Some(2)));
    bot.stage
        .teams
        .fail_next(simulator::Operation::Send, throttled);
    assert!(said(&bot, "Ben", "help").await.says("mute deploys"));
    drop(ben);
}

#[tokio::test]
async fn an_answer_that_may_have_arrived_is_not_sent_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let lost = simulator::Fault::AcceptThenAnswer(simulator::Reply::gateway_error(502));
    bot.stage.teams.fail_next(simulator::Operation::Send, lost);
    let delivery = ben.say("help").await;
    assert_eq!(delivery.status(), Some(200));
    bot.stage.teams.redeliver(&delivery).await;
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn nobody_is_answered_who_blocks_the_bot_and_teams_is_not_asked_to_come_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let blocked = simulator::Fault::Answer(simulator::Reply::blocked_by_user());
    bot.stage
        .teams
        .fail_next(simulator::Operation::Send, blocked);
    assert_eq!(ben.say("help").await.status(), Some(200));
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn a_command_costs_few_calls_of_the_table_and_who_writes_again_fewer() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let mut costs = Vec::new();
    for text in ["help", "hello there", "help", "subscribe deploys", "status"] {
        bot.stage.table_faults.take_count();
        ben.say(text).await;
        costs.push(bot.stage.table_faults.take_count());
        ben.chat().next_message().await.unwrap();
        bot.later(Duration::from_secs(1));
    }
    // Begin and finish; the first time also who wrote. A cold start reads the signing keys.
    assert_eq!(costs, [3, 2, 2, 5, 4]);
}

//! Whom a message cannot reach as things are: what is mended at once, what waits, and what an activity of theirs sets right.

use std::sync::Arc;
use std::time::Duration;

use activity::ConversationKind;
use aws::{AwsClients, Settings};
use connector::Connector;
use deliver::Hosts;
use http_client::HttpClient;
use jiff::{SignedDuration, ToSpan as _};
use notifications::{NotificationKey, RecipientKey};
use registration::Registration;
use serde_json::Value;
use simulator::{Fault, Operation, Person, Reply};
use startup::{Clock as _, Environment};
use store::Repairs;

use crate::bot::Bot;
use crate::notify::{key_of, notification};
use crate::stage::Stage;

fn to(id: &str, person: &Person) -> Value {
    notification(id, &[&format!("aad:{}", person.object_id())])
}

fn key(person: &Person) -> RecipientKey {
    RecipientKey::person(&person.object_id().as_str().into())
}

/// Lets the held items that are due be released, as the tick would, and what follows happen.
async fn tick(stage: &Stage) {
    for item in stage.held(stage.clock.now()).await {
        stage.release(&item).await;
    }
    stage.settle().await;
}

async fn repairs(stage: &Stage, id: &NotificationKey, person: &Person) -> Repairs {
    let ledger = stage.store.ledger();
    let record = ledger.recipient(id, &key(person)).await.unwrap();
    record.expect("they are in a chunk").progress.repairs
}

#[tokio::test]
async fn what_waited_for_the_app_arrives_once_it_is_there() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let body = to("1", &ben);
    bot.notified(&body).await;
    let id = key_of(&body);
    assert_eq!(bot.stage.outcome(&id, &key(&ben)).await, "waiting");
    assert_eq!(bot.stage.teams.messages_to(&ben).len(), 0);

    bot.installed_for("Ben").await;
    bot.stage.settle().await;
    let message = ben.chat().next_message().await.expect("it arrives");
    let outcome = bot.stage.outcome(&id, &key(&ben)).await;
    assert_eq!(outcome, format!("s:{}", message.id));
    assert!(repairs(&bot.stage, &id, &ben).await.has(Repairs::WAITED));

    // However often they install it.
    ben.uninstall().await;
    bot.later(Duration::from_secs(60));
    ben.install().await;
    bot.work_off().await;
    bot.stage.settle().await;
    assert!(ben.chat().unread().is_empty());
}

#[tokio::test]
async fn what_has_expired_by_then_is_not_sent() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let mut body = to("1", &ben);
    body["expires"] = (bot.stage.clock.now() + 1.hour()).to_string().into();
    bot.notified(&body).await;
    let id = key_of(&body);
    assert_eq!(bot.stage.outcome(&id, &key(&ben)).await, "waiting");
    bot.later(Duration::from_secs(3_700));
    tick(&bot.stage).await;
    assert_eq!(bot.stage.outcome(&id, &key(&ben)).await, "k:expired");
    bot.installed_for("Ben").await;
    bot.stage.settle().await;
    assert!(ben.chat().unread().is_empty());
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_a_week() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let body = to("1", &ben);
    bot.notified(&body).await;
    let id = key_of(&body);
    bot.later(Duration::from_secs(7 * 24 * 3_600 + 60));
    tick(&bot.stage).await;
    assert_eq!(bot.stage.outcome(&id, &key(&ben)).await, "f:not-installed");
}

#[tokio::test]
async fn a_chat_that_somebody_deleted_is_opened_again_and_remembered() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    ben.delete_chat();
    let body = to("1", &ben);
    bot.notified(&body).await;
    ben.chat().next_message().await.expect("it arrives");
    let id = key_of(&body);
    assert!(bot.stage.outcome(&id, &key(&ben)).await.starts_with("s:"));
    assert!(repairs(&bot.stage, &id, &ben).await.has(Repairs::REOPENED));
    assert_eq!(bot.stage.teams.count(Operation::CreateConversation), 1);

    let next = to("2", &ben);
    bot.notified(&next).await;
    ben.chat().next_message().await.expect("it arrives");
    assert_eq!(bot.stage.teams.count(Operation::CreateConversation), 1);
    let id = key_of(&next);
    assert!(repairs(&bot.stage, &id, &ben).await.is_empty());
}

#[tokio::test]
async fn whoever_blocks_the_bot_is_left_alone_until_they_write_to_it() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    ben.block_bot();
    bot.later(store::UNBLOCKABLE.unsigned_abs());
    for id in ["1", "2"] {
        let body = to(id, &ben);
        bot.notified(&body).await;
        let outcome = bot.stage.outcome(&key_of(&body), &key(&ben)).await;
        assert_eq!(outcome, "f:blocked-by-user");
    }
    let asked = bot.stage.teams.count(Operation::Send);
    ben.unblock_bot();
    let said = ben.say("help").await;
    assert!(said.is_success());
    ben.chat().next_message().await.expect("help");
    bot.later(Duration::from_secs(60));
    let body = to("3", &ben);
    bot.notified(&body).await;
    ben.chat().next_message().await.expect("it arrives");
    // The welcome, and one try while they blocked: the second message was not tried.
    assert!(asked <= 2, "{asked}");
}

#[tokio::test]
async fn a_block_that_was_set_a_moment_after_somebody_wrote_is_lifted_by_their_next_word() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    ben.say("unmute deploys").await;
    ben.block_bot();
    let body = to("1", &ben);
    bot.notified(&body).await;
    let outcome = bot.stage.outcome(&key_of(&body), &key(&ben)).await;
    assert_eq!(outcome, "f:blocked-by-user");
    ben.unblock_bot();
    bot.later(Duration::from_secs(5));
    assert!(ben.say("unmute deploys").await.is_success());
    let body = to("2", &ben);
    bot.notified(&body).await;
    let outcome = bot.stage.outcome(&key_of(&body), &key(&ben)).await;
    assert!(outcome.starts_with("s:"), "{outcome}");
    bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_mention_or_a_reaction_anywhere_lifts_a_block() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let team = bot.installed_in_team("Ana").await;
    let channel = team.channel("Incidents");
    let body = to("0", &ben);
    bot.notified(&body).await;
    let first = ben.chat().next_message().await.expect("it arrives");
    for (round, does) in ["mention", "reaction"].into_iter().enumerate() {
        ben.block_bot();
        bot.later(Duration::from_secs(90));
        for (id, expected) in [("a", "f:blocked-by-user"), ("b", "s")] {
            let body = to(&format!("{round} {id}"), &ben);
            bot.notified(&body).await;
            let outcome = bot.stage.outcome(&key_of(&body), &key(&ben)).await;
            assert!(outcome.starts_with(expected), "{does}: {outcome}");
            ben.unblock_bot();
            bot.later(Duration::from_secs(5));
            match does {
                "mention" => ben.mention(&channel, "help").await,
                _ => ben.react("like", &first).await,
            };
        }
    }
    bot.stage.teams.release_unread();
}

#[tokio::test]
async fn who_mutes_a_topic_while_its_message_waits_does_not_get_it() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let answer = Fault::Answer(Reply::throttled(Some(600)));
    bot.stage.teams.fail_next(Operation::Send, answer);
    let body = to("in the queue", &ben);
    bot.stage.accepts(&body).await;
    let chunk = bot.stage.mail.delivery.take_all().remove(0);
    let first = crate::stage::batch("deliveries", &[&chunk]);
    bot.stage.invoke_deliver(first).await.unwrap();
    assert!(ben.say("mute deploys").await.is_success());
    bot.stage.settle().await;
    let outcome = bot.stage.outcome(&key_of(&body), &key(&ben)).await;
    assert_eq!(outcome, "k:muted");

    assert!(ben.say("unmute deploys").await.is_success());
    ben.uninstall().await;
    bot.later(Duration::from_secs(60));
    let body = to("for the app", &ben);
    bot.notified(&body).await;
    let id = key_of(&body);
    assert_eq!(bot.stage.outcome(&id, &key(&ben)).await, "waiting");
    let tenant = bot.stage.teams.tenant().into();
    let topic = "deploys".parse().unwrap();
    let preferences = bot.stage.store.preferences();
    let mute = store::PreferenceChange::Mute(notifications::Mute::Always);
    preferences
        .change(&tenant, &key(&ben), &topic, mute)
        .await
        .unwrap();
    ben.install().await;
    bot.work_off().await;
    bot.stage.settle().await;
    assert_eq!(bot.stage.outcome(&id, &key(&ben)).await, "k:muted");
    bot.stage.teams.release_unread();
}

#[tokio::test]
async fn an_installation_that_comes_while_the_wait_is_noted_is_not_missed() {
    for waits in 1.. {
        let bot = Bot::nowhere().await;
        let ben = bot.stage.teams.person("Ben");
        let body = to("1", &ben);
        bot.stage.accepts(&body).await;
        let chunk = bot.stage.mail.delivery.take_all().remove(0);
        let mut working = std::pin::pin!(
            bot.stage
                .invoke_deliver(crate::stage::batch("deliveries", &[&chunk]))
        );
        let done = crate::stage::killed_after(waits, working.as_mut()).await;
        ben.install().await;
        bot.work_off().await;
        let ended = done.is_some();
        if !ended {
            working.await.unwrap();
        }
        bot.work_off().await;
        bot.stage.settle().await;
        let outcome = bot.stage.outcome(&key_of(&body), &key(&ben)).await;
        assert!(outcome.starts_with("s:"), "after {waits} waits: {outcome}");
        bot.stage.teams.release_unread();
        if ended {
            assert!(waits > 10, "there was something to race");
            return;
        }
    }
}

#[tokio::test]
async fn a_tenant_that_is_served_elsewhere_is_found_there_and_remembered() {
    let mut stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let elsewhere = stage.teams.service_url().replace("127.0.0.1", "localhost");
    let elsewhere: activity::ServiceUrl = elsewhere.parse().unwrap();
    let (host, port) = elsewhere.host_port();
    stage.deliver.connector = trusting(&stage, &format!("{host}:{port}"));
    let other = elsewhere.clone();
    stage.deliver.hosts = Hosts::new(Box::new(move || vec![other]));
    let answer = Fault::Answer(Reply::wrong_host());
    stage.teams.fail_next(Operation::Send, answer);
    for id in ["1", "2"] {
        let body = to(id, &ben);
        stage.accepts(&body).await;
        stage.settle().await;
        ben.chat().next_message().await.expect("it arrives");
        let switched = repairs(&stage, &key_of(&body), &ben).await;
        assert_eq!(switched.has(Repairs::HOST_SWITCHED), id == "1");
    }
    assert_eq!(stage.teams.count(Operation::Send), 3);
    let tenant = stage.teams.tenant().into();
    let person = stage.store.people().get(&tenant, &key(&ben)).await.unwrap();
    let reference = person.unwrap().reference().cloned().unwrap();
    assert_eq!(reference.service_url, elsewhere);
}

/// A Connector that sends tokens to this host too.
fn trusting(stage: &Stage, host: &str) -> Connector {
    let mut pairs = stage.teams.environment();
    for (name, value) in &mut pairs {
        if *name == "TRUSTED_SERVICE_HOSTS" {
            *value = format!("{value},{host}");
        }
    }
    let mut env = Environment::from_pairs(pairs);
    let registration = Registration::from_environment(&mut env).unwrap();
    let http = HttpClient::new();
    let nobody = AwsClients::new(http.clone(), Settings::emulator("http://127.0.0.1:9"));
    let clock = Arc::new(stage.clock.clone());
    let tokens = registration.app_tokens(http.clone(), &nobody, clock);
    Connector::new(http, Arc::new(tokens), registration.hosts)
}

#[tokio::test]
async fn a_chat_that_is_not_found_is_forgotten_only_when_it_is_not_found_again_minutes_later() {
    let stage = Stage::contoso().await;
    let chat = "19:5b0c4e8release@thread.v2";
    stage
        .knows_conversation(chat, ConversationKind::GroupChat)
        .await;
    let known = async || {
        let conversations = stage.store.conversations();
        let known = conversations.get(&chat.into()).await.unwrap();
        known.is_some_and(|chat| chat.reference.is_some())
    };
    for (id, wait, remembered) in [("1", 0, true), ("2", 60, true), ("3", 300, false)] {
        stage.clock.advance(Duration::from_secs(wait));
        let answer = Fault::Answer(Reply::conversation_not_found());
        stage.teams.fail_next(Operation::Send, answer);
        let body = notification(id, &[&format!("chat:{chat}")]);
        stage.accepts(&body).await;
        stage.settle().await;
        let recipient = format!("c:{chat}").parse().unwrap();
        let outcome = stage.outcome(&key_of(&body), &recipient).await;
        assert_eq!(outcome, "f:conversation-gone");
        assert_eq!(known().await, remembered, "after {id}");
    }
    assert_eq!(SignedDuration::from_mins(5), store::GONE_FOR_GOOD);
}

#[tokio::test]
async fn a_chat_that_is_found_in_between_is_not_forgotten() {
    let stage = Stage::contoso().await;
    let chat = "19:5b0c4e8release@thread.v2";
    stage
        .knows_conversation(chat, ConversationKind::GroupChat)
        .await;
    for (id, found) in [("1", false), ("2", true), ("3", false)] {
        stage.clock.advance(Duration::from_secs(200));
        if !found {
            let answer = Fault::Answer(Reply::conversation_not_found());
            stage.teams.fail_next(Operation::Send, answer);
        }
        let body = notification(id, &[&format!("chat:{chat}")]);
        stage.accepts(&body).await;
        stage.settle().await;
    }
    let known = stage.store.conversations().get(&chat.into()).await.unwrap();
    assert!(known.unwrap().reference.is_some());
    assert_eq!(stage.teams.messages_in(chat).len(), 1);
}

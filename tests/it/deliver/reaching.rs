//! Getting to people, channels and chats.

use activity::ConversationKind;
use simulator::{Fault, Operation, Reply};

use super::queued;
use crate::stage::Stage;

#[tokio::test]
async fn a_conversation_is_opened_once_with_somebody_known_by_id_alone() {
    let stage = Stage::contoso().await;
    let [ana, ben] = ["ana", "ben"].map(|name| stage.teams.person(name));
    let (by_object_id, by_teams_id) = (format!("aad:{}", ana.object_id()), ben.teams_id());
    for id in ["first", "second"] {
        queued(&stage, id, &[&by_object_id, &by_teams_id]).await;
        stage.settle().await;
        ana.chat().next_message().await.expect("it arrives");
        ben.chat().next_message().await.expect("it arrives");
    }
    assert_eq!(
        stage.teams.count(Operation::CreateConversation),
        2,
        "once each"
    );
    let key = format!("p:{}", ana.object_id()).parse().expect("a key");
    let tenant = stage.teams.tenant().into();
    let person = stage
        .store
        .people()
        .get(&tenant, &key)
        .await
        .expect("the table works");
    let person = person.expect("she is remembered");
    let reference = person.reference().expect("her conversation is known");
    assert_eq!(reference.conversation.as_str(), ana.conversation_id());
}

#[tokio::test]
async fn a_member_of_a_team_is_written_to_though_only_the_team_has_the_app() {
    let stage = Stage::with(simulator::World {
        bot_installed_for_people: false,
        ..simulator::World::contoso().with_bot_everywhere()
    })
    .await;
    let chloe = stage.teams.person("chloe");
    let team = stage.teams.team("Platform").id();
    stage.knows_team(&team).await;
    let key = stage.knows_member(&team, &chloe).await;
    let notification = queued(&stage, "roster", &[&format!("roster:{team}")]).await;
    stage.settle().await;
    chloe.chat().next_message().await.expect("it arrives");
    assert!(stage.outcome(&notification, &key).await.starts_with("s:"));
}

#[tokio::test]
async fn what_is_for_somebody_without_the_app_waits_until_they_have_it() {
    let stage = Stage::with(simulator::World::contoso()).await;
    let ana = stage.teams.person("ana");
    let notification = queued(&stage, "1", &[&format!("aad:{}", ana.object_id())]).await;
    stage.settle().await;
    let key = format!("p:{}", ana.object_id()).parse().expect("a key");
    assert_eq!(stage.outcome(&notification, &key).await, "waiting");
}

#[tokio::test]
async fn channels_threads_and_chats_get_posts() {
    let stage = Stage::contoso().await;
    let channel = "19:9d2f6b1incidents@thread.tacv2";
    let chat = "19:5b0c4e8release@thread.v2";
    stage
        .knows_conversation(channel, ConversationKind::Channel)
        .await;
    // The table knows nothing of the chat: the cloud's own address has to do.
    let (to_channel, to_chat) = (format!("channel:{channel}"), format!("chat:{chat}"));
    queued(&stage, "posts", &[&to_channel, &to_chat]).await;
    stage.settle().await;
    let post = &stage.teams.messages_in(channel)[0];
    assert!(post.says("@Tidings mute deploys"), "{}", post.readable());
    assert_eq!(stage.teams.messages_in(chat).len(), 1);

    let thread = format!("thread:{channel};messageid={}", post.id);
    queued(&stage, "answer", &[&thread]).await;
    stage.settle().await;
    let messages = stage.teams.messages_in(channel);
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].thread(), Some(post.id.as_str()));
}

#[tokio::test]
async fn who_blocks_the_bot_is_left_alone_until_they_come_back() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    stage.clock.advance(store::UNBLOCKABLE.unsigned_abs());
    ben.block_bot();
    let first = queued(&stage, "first", &["upn:ben@contoso.example"]).await;
    stage.settle().await;
    assert_eq!(stage.outcome(&first, &b).await, "f:blocked-by-user");
    let second = queued(&stage, "second", &["upn:ben@contoso.example"]).await;
    stage.settle().await;
    assert_eq!(stage.outcome(&second, &b).await, "f:blocked-by-user");
    assert_eq!(
        stage.teams.count(Operation::Send),
        1,
        "Teams was not asked again"
    );
    // Ben unblocks the bot and writes to it.
    ben.unblock_bot();
    stage.clock.advance(std::time::Duration::from_secs(60));
    stage.knows(&ben).await;
    queued(&stage, "third", &["upn:ben@contoso.example"]).await;
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn a_bot_that_was_removed_forgets_where_it_was_and_asks_no_more() {
    let stage = Stage::contoso().await;
    let chat = "19:5b0c4e8release@thread.v2";
    stage
        .knows_conversation(chat, ConversationKind::GroupChat)
        .await;
    let answer = Fault::Answer(Reply::not_in_roster());
    stage.teams.fail_next(Operation::Send, answer);
    let to = format!("chat:{chat}");
    let first = queued(&stage, "first", &[&to]).await;
    stage.settle().await;
    let second = queued(&stage, "second", &[&to]).await;
    stage.settle().await;
    let key = format!("c:{chat}").parse().expect("a key");
    assert_eq!(stage.outcome(&first, &key).await, "waiting");
    assert_eq!(stage.outcome(&second, &key).await, "waiting");
    assert_eq!(stage.teams.count(Operation::Send), 1);
}

#[tokio::test]
async fn a_conversation_that_is_not_found_is_opened_again() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    let answer = Fault::Answer(Reply::conversation_not_found());
    stage.teams.fail_next(Operation::Send, answer);
    let first = queued(&stage, "first", &["upn:ben@contoso.example"]).await;
    stage.settle().await;
    let message = ben.chat().next_message().await.expect("it arrives");
    assert_eq!(stage.outcome(&first, &b).await, format!("s:{}", message.id));
    assert_eq!(stage.teams.count(Operation::CreateConversation), 1);
    queued(&stage, "second", &["upn:ben@contoso.example"]).await;
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

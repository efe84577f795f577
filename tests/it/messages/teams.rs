use std::time::Duration;

use activity::ids::{ConversationId, TeamId};
use simulator::{Delivery, Team};

use crate::bot::Bot;
use crate::tasks::roster;

const MINUTE: Duration = Duration::from_secs(60);

async fn known(bot: &Bot, team: &Team) -> store::Team {
    let id = TeamId::from(team.id());
    bot.stage.store.teams().get(&id).await.unwrap().unwrap()
}

async fn channel(bot: &Bot, id: &str) -> Option<store::Conversation> {
    let id = ConversationId::from(id);
    bot.stage.store.conversations().get(&id).await.unwrap()
}

fn fine(bot: &Bot, delivery: &Delivery) {
    assert_eq!(delivery.status(), Some(200));
    bot.later(MINUTE);
}

#[tokio::test]
async fn members_come_and_go_without_being_written_to() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let (ben, chloe) = (
        bot.stage.teams.person("Ben"),
        bot.stage.teams.person("Chloé"),
    );
    assert_eq!(roster(&bot, &team.id()).await.len(), 3);
    fine(&bot, &team.remove_member(&chloe, &ben).await);
    assert_eq!(roster(&bot, &team.id()).await.len(), 2);
    fine(&bot, &team.add_member(&chloe, &ben).await);
    assert_eq!(roster(&bot, &team.id()).await.len(), 3);
    bot.work_off().await;
    assert_eq!(chloe.chat().count(), 0);
    assert_eq!(team.channel("Incidents").unread().len(), 0);
}

#[tokio::test]
async fn many_who_join_at_once_are_read_from_the_roster() {
    let bot = Bot::with(simulator::World::contoso().with_crowd(30)).await;
    let team = bot.installed_in_team("Ben").await;
    let ben = bot.stage.teams.person("Ben");
    let mut joined = team.add_member(&ben, &ben).await.activity;
    bot.later(MINUTE);
    let many = (0..20).map(|number| serde_json::json!({ "id": format!("29:new-{number}") }));
    joined["membersAdded"] = many.collect();
    joined["id"] = "f:many".into();
    fine(&bot, &bot.stage.teams.deliver(joined).await);
    assert!(bot.task_mail.take_all()[0].contains("sync-roster"));
}

#[tokio::test]
async fn somebody_of_whom_only_the_teams_id_is_told_is_the_person_that_the_roster_knows() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let (ben, chloe) = (
        bot.stage.teams.person("Ben"),
        bot.stage.teams.person("Chloé"),
    );
    let mut left = team.remove_member(&chloe, &ben).await.activity;
    fine(&bot, &team.add_member(&chloe, &ben).await);
    left["membersRemoved"] = serde_json::json!([{ "id": chloe.teams_id() }]);
    left["id"] = "f:left".into();
    left["timestamp"] = "2026-11-24T23:00:00.000Z".into();
    fine(&bot, &bot.stage.teams.deliver(left).await);
    assert_eq!(roster(&bot, &team.id()).await.len(), 2);
}

#[tokio::test]
async fn channels_are_kept_as_they_change() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let ben = bot.stage.teams.person("Ben");
    let (releases, created) = team.create_channel("Releases", &ben).await;
    fine(&bot, &created);
    let id = releases.id();
    let now = channel(&bot, &id).await.unwrap();
    assert_eq!(now.name.as_deref(), Some("Releases"));
    assert_eq!(now.team, Some(TeamId::from(team.id())));
    fine(
        &bot,
        &team.rename_channel(&releases, "Launches", &ben).await,
    );
    assert_eq!(
        channel(&bot, &id).await.unwrap().name.as_deref(),
        Some("Launches")
    );
    fine(&bot, &team.delete_channel(&releases, &ben).await);
    assert_eq!(channel(&bot, &id).await.unwrap().reference, None);
    fine(&bot, &team.restore_channel(&releases, &ben).await);
    assert!(channel(&bot, &id).await.unwrap().reference.is_some());
}

#[tokio::test]
async fn a_team_is_kept_as_it_changes() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let ben = bot.stage.teams.person("Ben");
    fine(&bot, &team.rename("Cloud", &ben).await);
    assert_eq!(known(&bot, &team).await.name.as_deref(), Some("Cloud"));
    fine(&bot, &team.archive(&ben).await);
    assert!(known(&bot, &team).await.archived);
    fine(&bot, &team.unarchive(&ben).await);
    assert!(!known(&bot, &team).await.archived);
    fine(&bot, &team.delete(&ben).await);
    bot.work_off().await;
    assert!(!known(&bot, &team).await.has_the_app());
    assert_eq!(roster(&bot, &team.id()).await, Vec::<String>::new());
    fine(&bot, &team.restore(&ben).await);
    bot.work_off().await;
    assert!(known(&bot, &team).await.has_the_app());
    assert_eq!(roster(&bot, &team.id()).await.len(), 3);
    fine(&bot, &team.unknown_event("teamPainted", &ben).await);
    assert_eq!(
        team.channel("Incidents").unread().len(),
        0,
        "nobody is told of any of it"
    );
}

#[tokio::test]
async fn an_archived_team_gets_nothing_until_it_is_back() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let (ben, incidents) = (bot.stage.teams.person("Ben"), team.channel("Incidents"));
    let to = [format!("channel:{}", incidents.id())];
    fine(&bot, &team.archive(&ben).await);
    bot.notified(&super::notification("1", &to)).await;
    assert_eq!(incidents.unread().len(), 0);
    fine(&bot, &team.unarchive(&ben).await);
    bot.notified(&super::notification("2", &to)).await;
    assert_eq!(incidents.unread().len(), 1);
}

#[tokio::test]
async fn who_joins_a_chat_is_not_kept() {
    let bot = Bot::nowhere().await;
    let (chat, ben) = (
        bot.stage.teams.chat("Release crew"),
        bot.stage.teams.person("Ben"),
    );
    let chloe = bot.stage.teams.person("Chloé");
    chat.install(&ben).await;
    bot.work_off().await;
    chat.conversation().next_message().await.unwrap();
    fine(&bot, &chat.add_member(&chloe, &ben).await);
    fine(&bot, &chat.remove_member(&chloe, &ben).await);
    let key = notifications::RecipientKey::person(&chloe.object_id().into());
    let tenant = bot.stage.teams.tenant().into();
    assert!(
        bot.stage
            .store
            .people()
            .get(&tenant, &key)
            .await
            .unwrap()
            .is_none()
    );
    chat.uninstall(&ben).await;
    assert_eq!(channel(&bot, &chat.id()).await.unwrap().reference, None);
}

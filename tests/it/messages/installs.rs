use std::time::Duration;

use activity::ids::TenantId;
use notifications::RecipientKey;
use serde_json::json;
use simulator::{InstallOrder, Person};
use store::Reach;

use crate::bot::{Bot, ORDERS};

const MINUTE: Duration = Duration::from_secs(60);

async fn knows(bot: &Bot, person: &Person) -> Option<store::Person> {
    let tenant = TenantId::from(bot.stage.teams.tenant());
    let key = RecipientKey::person(&person.object_id().into());
    bot.stage.store.people().get(&tenant, &key).await.unwrap()
}

#[tokio::test]
async fn a_person_is_welcomed_once_whichever_activity_comes_first() {
    for order in ORDERS {
        let bot = Bot::nowhere().await;
        let ben = bot.stage.teams.person("Ben");
        let deliveries = ben.install_in_order(order).await;
        assert!(
            deliveries
                .iter()
                .all(|delivery| delivery.status() == Some(200))
        );
        bot.work_off().await;
        let [welcome] = &ben.chat().unread()[..] else {
            panic!("not one welcome with {order:?}");
        };
        assert!(welcome.says("You get this because you installed Tidings in Teams."));
        assert!(welcome.says("alarms, deployments, news"));
        let titles: Vec<_> = welcome
            .buttons()
            .into_iter()
            .map(|button| button.title)
            .collect();
        assert_eq!(
            titles,
            ["See the topics", "My notifications", "What can I write?"]
        );
        assert!(knows(&bot, &ben).await.unwrap().has_the_app());
    }
}

#[tokio::test]
async fn a_person_is_welcomed_once_however_often_teams_delivers_the_install() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let deliveries = ben.install_in_order(InstallOrder::Together).await;
    for delivery in &deliveries {
        bot.stage.teams.redeliver(delivery).await;
        bot.stage.teams.redeliver_as_new(delivery).await;
    }
    bot.work_off().await;
    for delivery in &deliveries {
        bot.stage.teams.redeliver_as_new(delivery).await;
    }
    bot.work_off().await;
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn the_welcome_is_in_the_readers_language_and_its_buttons_work() {
    let bot = Bot::nowhere().await;
    let ana = bot.stage.teams.person("Ana");
    ana.install().await;
    bot.work_off().await;
    let welcome = ana.chat().next_message().await.unwrap();
    assert!(welcome.says("Recibes esto porque has instalado Tidings en Teams."));
    for (button, shown) in [
        ("Ver los temas", "Temas"),
        ("Mis notificaciones", "Tus notificaciones"),
        ("¿Qué puedo escribir?", "silenciar deploys por 2h"),
    ] {
        bot.later(MINUTE);
        // Each answer replaces the card, so the buttons are those of the welcome as it came.
        let buttons = welcome.buttons();
        let pressed = buttons.iter().find(|own| own.title == button).unwrap();
        let action =
            json!({ "type": "Action.Execute", "verb": pressed.verb, "data": pressed.data });
        let value = json!({ "action": action, "trigger": "manual" });
        let answer = ana.invoke("adaptiveCard/action", value, &welcome).await;
        assert!(
            answer.card().unwrap().to_string().contains(shown),
            "{button}"
        );
    }
}

#[tokio::test]
async fn a_team_is_welcomed_once_in_the_channel_picked_and_its_members_never() {
    for order in ORDERS {
        let bot = Bot::nowhere().await;
        let (team, ana) = (
            bot.stage.teams.team("Platform"),
            bot.stage.teams.person("Ana"),
        );
        let picked = team.channel("Incidents");
        let deliveries = install_team(&bot, &team, &ana, order).await;
        assert!(deliveries.iter().all(simulator::Delivery::is_success));
        bot.work_off().await;
        let [welcome] = &picked.unread()[..] else {
            panic!("not one welcome with {order:?}");
        };
        assert!(welcome.says("Tidings se ha unido a Platform"));
        assert!(welcome.says("Ves esto porque Ana García ha añadido Tidings a este equipo."));
        assert_eq!(team.general().count(), 0);
        for person in bot.stage.teams.people() {
            assert_eq!(person.chat().count(), 0);
        }
        let known = bot
            .stage
            .store
            .teams()
            .get(&team.id().as_str().into())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(known.name.as_deref(), Some("Platform"));
        assert_eq!(known.group, Some(team.group_id()));
    }
}

/// Installs the bot in a team, and delivers both activities in this order.
async fn install_team(
    bot: &Bot,
    team: &simulator::Team,
    by: &Person,
    order: InstallOrder,
) -> Vec<simulator::Delivery> {
    let teams = &bot.stage.teams;
    // Nobody listens while the activities are made.
    let unheard =
        simulator::BotEndpoint::in_process(|_| async { http::Response::new(bytes::Bytes::new()) });
    teams.set_bot_endpoint(unheard);
    let made = team.install(by, &team.channel("Incidents")).await;
    bot.starts(|_| {});
    let [installation, twin] = &made[..] else {
        panic!("not two activities");
    };
    match order {
        InstallOrder::InstallationFirst => {
            let first = teams.redeliver(installation).await;
            vec![first, teams.redeliver(twin).await]
        }
        InstallOrder::ConversationFirst => {
            let first = teams.redeliver(twin).await;
            vec![first, teams.redeliver(installation).await]
        }
        InstallOrder::Together => {
            let both = tokio::join!(teams.redeliver(installation), teams.redeliver(twin));
            vec![both.0, both.1]
        }
    }
}

#[tokio::test]
async fn a_twin_that_does_not_know_the_channel_waits_for_the_one_that_does() {
    let bot = Bot::nowhere().await;
    let (team, ben) = (
        bot.stage.teams.team("Platform"),
        bot.stage.teams.person("Ben"),
    );
    let unheard =
        simulator::BotEndpoint::in_process(|_| async { http::Response::new(bytes::Bytes::new()) });
    bot.stage.teams.set_bot_endpoint(unheard);
    let made = team.install(&ben, &team.channel("Incidents")).await;
    bot.starts(|_| {});
    let mut twin = made[1].activity.clone();
    twin["channelData"]
        .as_object_mut()
        .unwrap()
        .remove("settings");
    twin["conversation"]["id"] = team.id().into();
    assert_eq!(bot.stage.teams.deliver(twin).await.status(), Some(200));
    bot.stage.teams.redeliver(&made[0]).await;
    bot.work_off().await;
    assert_eq!(team.channel("Incidents").unread().len(), 1);
    assert_eq!(team.general().count(), 0);
}

#[tokio::test]
async fn a_chat_is_welcomed_once() {
    let bot = Bot::nowhere().await;
    let (chat, ben) = (
        bot.stage.teams.chat("Release crew"),
        bot.stage.teams.person("Ben"),
    );
    chat.install(&ben).await;
    bot.work_off().await;
    let [welcome] = &chat.conversation().unread()[..] else {
        panic!("not one welcome");
    };
    assert!(welcome.says("You see this because Ben Okafor added Tidings to this chat."));
}

#[tokio::test]
async fn a_removed_bot_forgets_the_person_and_says_nothing() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let removed = ben.uninstall().await;
    assert!(
        removed
            .iter()
            .all(|delivery| delivery.status() == Some(200))
    );
    bot.work_off().await;
    assert_eq!(knows(&bot, &ben).await.unwrap().reach, Reach::Removed);
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn a_late_install_brings_nobody_back_and_welcomes_nobody() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let mut late = bot.stage.teams.deliveries()[0].activity.clone();
    ben.uninstall().await;
    bot.later(MINUTE);
    late["id"] = "f:late".into();
    assert_eq!(bot.stage.teams.deliver(late).await.status(), Some(200));
    assert_eq!(bot.task_mail.len(), 0);
    assert_eq!(knows(&bot, &ben).await.unwrap().reach, Reach::Removed);
}

#[tokio::test]
async fn an_upgrade_is_no_removal_unless_it_says_so() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    assert_eq!(ben.upgrade("add-upgrade").await.status(), Some(200));
    assert_eq!(
        bot.task_mail.len(),
        0,
        "who was welcomed is not welcomed again"
    );
    assert!(knows(&bot, &ben).await.unwrap().has_the_app());
    bot.later(MINUTE);
    ben.upgrade("remove-upgrade").await;
    assert_eq!(knows(&bot, &ben).await.unwrap().reach, Reach::Removed);
    bot.later(MINUTE);
    assert_eq!(ben.upgrade("moved").await.status(), Some(200));
}

#[tokio::test]
async fn a_removed_team_is_forgotten_with_its_channels_and_members() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let ben = bot.stage.teams.person("Ben");
    assert!(
        team.uninstall(&ben)
            .await
            .iter()
            .all(simulator::Delivery::is_success)
    );
    bot.work_off().await;
    let store = &bot.stage.store;
    let known = store
        .teams()
        .get(&team.id().as_str().into())
        .await
        .unwrap()
        .unwrap();
    assert!(!known.has_the_app());
    let (conversations, id) = (store.conversations(), team.channel("Incidents").id().into());
    assert_eq!(
        conversations.get(&id).await.unwrap().unwrap().reference,
        None
    );
    let members = crate::tasks::roster(&bot, &team.id()).await;
    assert_eq!(members, Vec::<String>::new());
}

#[tokio::test]
async fn somebody_who_wrote_before_the_table_was_there_is_remembered() {
    let bot = Bot::with(simulator::World::contoso().with_bot_everywhere()).await;
    let ben = bot.stage.teams.person("Ben");
    ben.say("status").await;
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Your notifications")
    );
    let known = knows(&bot, &ben).await.unwrap();
    assert_eq!(
        known.reference().unwrap().conversation.as_str(),
        ben.conversation_id()
    );
    assert_eq!(known.locale.unwrap().to_string(), "en-US");
}

//! What the bot hears, and when.

use serde_json::{Value, json};
use simulator::{Answer, Config, InstallOrder, Simulator, World};

use crate::support::{Api, Bot, start};

async fn with_bot(config: Config) -> (Simulator, Bot) {
    let simulator = start(config).await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    (simulator, bot)
}

async fn everywhere() -> (Simulator, Bot) {
    with_bot(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await
}

fn kinds(bot: &Bot) -> Vec<String> {
    bot.heard()
        .iter()
        .map(|heard| heard.activity["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_installation_is_two_activities_in_either_order() {
    let (simulator, bot) = with_bot(Config::default()).await;
    let ana = simulator.person("ana");
    ana.install().await;
    assert_eq!(kinds(&bot), ["installationUpdate", "conversationUpdate"]);
    let [install, update] = [0, 1].map(|n| bot.heard()[n].activity.clone());
    assert_eq!(install["action"], "add");
    assert_eq!(install["conversation"]["id"], ana.conversation_id());
    assert_eq!(install["conversation"]["conversationType"], "personal");
    assert!(install["conversation"].get("isGroup").is_none());
    assert_eq!(install["from"]["id"], ana.teams_id());
    assert!(install["from"].get("name").is_none(), "events name nobody");
    assert_eq!(update["membersAdded"], json!([{"id": simulator.bot_id()}]));
    assert_eq!(update["recipient"]["id"], simulator.bot_id());
    assert!(update["channelData"].get("eventType").is_none());
    assert_ne!(install["id"], update["id"]);

    let ben = simulator.person("ben");
    ben.install_in_order(InstallOrder::ConversationFirst).await;
    assert_eq!(
        kinds(&bot)[2..],
        ["conversationUpdate", "installationUpdate"]
    );
    let both = simulator
        .person("chloe")
        .install_in_order(InstallOrder::Together)
        .await;
    assert_eq!(both.len(), 2);

    ana.uninstall().await;
    assert_eq!(bot.heard()[6].activity["action"], "remove");
    assert!(bot.last().activity["membersRemoved"].is_array());
    assert!(!ana.has_bot());
    assert_eq!(
        ana.upgrade("add-upgrade").await.activity["action"],
        "add-upgrade"
    );
    assert!(ana.has_bot());
}

#[tokio::test]
async fn a_team_is_joined_through_the_channel_that_was_picked() {
    let (simulator, bot) = with_bot(Config::default()).await;
    let team = simulator.team("Platform");
    let picked = team.channel("Incidents");
    team.install(&simulator.person("ana"), &picked).await;
    for heard in bot.heard() {
        let activity = heard.activity;
        assert_eq!(activity["conversation"]["id"], picked.id());
        assert_eq!(activity["conversation"]["isGroup"], true);
        let data = &activity["channelData"];
        assert_eq!(data["settings"]["selectedChannel"]["id"], picked.id());
        assert_eq!(
            data["team"],
            json!({"id": team.id(), "name": "Platform", "aadGroupId": team.group_id()})
        );
    }
    assert_eq!(
        bot.last().activity["channelData"]["eventType"],
        "teamMemberAdded"
    );

    team.uninstall(&simulator.person("ana")).await;
    assert_eq!(
        bot.last().activity["channelData"]["eventType"],
        "teamMemberRemoved"
    );
    assert_eq!(bot.last().activity["conversation"]["id"], team.id());
}

#[tokio::test]
async fn a_chat_is_joined_without_an_event_type() {
    let (simulator, bot) = with_bot(Config::default()).await;
    let chat = simulator.chat("Release crew");
    chat.install(&simulator.person("ana")).await;
    let update = bot.last().activity;
    assert_eq!(update["conversation"]["conversationType"], "groupChat");
    assert_eq!(update["membersAdded"], json!([{"id": simulator.bot_id()}]));
    assert!(update["channelData"].get("eventType").is_none());
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    chat.remove_member(&ben, &ana).await;
    assert_eq!(
        bot.last().activity["membersRemoved"][0]["aadObjectId"],
        ben.object_id()
    );
    chat.add_member(&ben, &ana).await;
    assert_eq!(bot.last().activity["membersAdded"][0]["id"], ben.teams_id());
    chat.uninstall(&ana).await;
    assert_eq!(
        bot.last().activity["membersRemoved"][0]["id"],
        simulator.bot_id()
    );
}

#[tokio::test]
async fn people_write_and_mention_the_bot() {
    let (simulator, bot) = everywhere().await;
    let ana = simulator.person("ana");
    ana.say("status").await;
    let personal = bot.last().activity;
    assert_eq!(personal["text"], "status");
    assert_eq!(personal["from"]["name"], "Ana García");
    assert_eq!(personal["locale"], "es-ES");
    assert_eq!(personal["localTimezone"], "Europe/Madrid");
    assert!(personal["id"].as_str().unwrap().parse::<u64>().is_ok());

    let channel = simulator.team("Platform").channel("Incidents");
    let said = ana.mention(&channel, "help").await;
    let first = bot.last().activity;
    assert_eq!(first["text"], "<at>Tidings</at> help");
    let thread = format!("{};messageid={}", channel.id(), said.activity_id());
    assert_eq!(first["conversation"]["id"], thread);
    assert_eq!(first["entities"][0]["mentioned"]["id"], simulator.bot_id());
    assert_eq!(first["channelData"]["teamsChannelId"], channel.id());
    assert!(
        first["channelData"]["team"].get("name").is_none(),
        "messages do not name the team"
    );

    let root = channel.message(said.activity_id()).unwrap();
    ana.mention(&channel.thread(&root), "more").await;
    assert_eq!(bot.last().activity["conversation"]["id"], thread);
    assert_ne!(bot.last().activity["id"], first["id"]);

    ana.mention(&simulator.chat("Release crew").conversation(), "hello")
        .await;
    assert_eq!(
        bot.last().activity["conversation"]["conversationType"],
        "groupChat"
    );
}

#[tokio::test]
async fn without_a_mention_the_bot_hears_nothing_unless_it_may_read_all() {
    let (simulator, bot) = everywhere().await;
    let channel = simulator.team("Platform").general();
    let said = simulator.person("ana").say_in(&channel, "psst").await;
    assert!(matches!(said.answer, Answer::NotSent { .. }));
    assert!(bot.heard().is_empty());

    let (simulator, bot) = with_bot(Config {
        world: World::contoso().with_bot_everywhere(),
        reads_all_messages: true,
        ..Config::default()
    })
    .await;
    let channel = simulator.team("Platform").general();
    simulator.person("ana").say_in(&channel, "psst").await;
    let heard = bot.last().activity;
    assert_eq!(heard["text"], "psst");
    let entities = heard["entities"].as_array().unwrap();
    assert!(entities.iter().all(|entity| entity["type"] != "mention"));
}

#[tokio::test]
async fn where_the_bot_is_not_it_hears_nothing() {
    let (simulator, bot) = with_bot(Config::default()).await;
    let ana = simulator.person("ana");
    let team = simulator.team("Platform");
    ana.say("hello?").await;
    ana.mention(&team.general(), "hello?").await;
    team.rename("Other", &ana).await;
    team.add_member(&ana, &ana).await;
    assert!(bot.heard().is_empty());
}

#[tokio::test]
async fn edits_deletions_and_reactions_carry_the_id_of_the_message() {
    let (simulator, bot) = everywhere().await;
    let ana = simulator.person("ana");
    let said = ana.say("stats").await;
    ana.edit(&said, "status").await;
    let edited = bot.last().activity;
    assert_eq!(edited["type"], "messageUpdate");
    assert_eq!(edited["channelData"]["eventType"], "editMessage");
    assert_eq!(
        (&edited["id"], &edited["text"]),
        (&said.activity["id"], &json!("status"))
    );
    ana.delete(&said).await;
    assert_eq!(bot.last().activity["type"], "messageDelete");
    assert_eq!(bot.last().activity["id"], said.activity["id"]);
    ana.undelete(&said).await;
    assert_eq!(
        bot.last().activity["channelData"]["eventType"],
        "undeleteMessage"
    );

    let id = Api::of(&simulator)
        .say(&ana.conversation_id(), "done")
        .await
        .id();
    let message = ana.chat().message(&id).unwrap();
    ana.react("heart", &message).await;
    let reaction = bot.last().activity;
    assert_eq!(
        (&reaction["id"], &reaction["replyToId"]),
        (&json!(id), &json!(id))
    );
    assert_eq!(reaction["reactionsAdded"], json!([{"type": "heart"}]));
    ana.unreact("heart", &message).await;
    assert_eq!(
        bot.last().activity["reactionsRemoved"],
        json!([{"type": "heart"}])
    );
    ana.read_up_to(&message).await;
    assert_eq!(bot.last().activity["value"]["lastReadMessageId"], json!(id));
}

#[tokio::test]
async fn teams_and_channels_come_change_and_go() {
    let (simulator, bot) = everywhere().await;
    let ana = simulator.person("ana");
    let team = simulator.team("Platform");
    let event = || {
        bot.last().activity["channelData"]["eventType"]
            .as_str()
            .unwrap()
            .to_owned()
    };

    let (channel, _) = team.create_channel("Deploys", &ana).await;
    assert_eq!(event(), "channelCreated");
    let created = bot.last().activity["channelData"]["channel"].clone();
    assert_eq!(created, json!({"id": channel.id(), "name": "Deploys"}));
    team.rename_channel(&channel, "Releases", &ana).await;
    assert_eq!(event(), "channelRenamed");
    assert_eq!(
        bot.last().activity["channelData"]["channel"]["name"],
        "Releases"
    );
    team.delete_channel(&channel, &ana).await;
    assert_eq!(event(), "channelDeleted");
    let gone = Api::of(&simulator).say(&channel.id(), "x").await;
    assert_eq!(gone.status, 404);
    team.restore_channel(&channel, &ana).await;
    assert_eq!(event(), "channelRestored");

    team.rename("Core", &ana).await;
    assert_eq!(event(), "teamRenamed");
    assert_eq!(bot.last().activity["channelData"]["team"]["name"], "Core");
    team.archive(&ana).await;
    team.unarchive(&ana).await;
    assert_eq!(event(), "teamUnarchived");
    team.remove_member(&simulator.person("ben"), &ana).await;
    assert_eq!(event(), "teamMemberRemoved");
    team.unknown_event("somethingNew", &ana).await;
    assert_eq!(event(), "somethingNew");
    team.delete(&ana).await;
    assert_eq!(event(), "teamDeleted");
    assert_eq!(Api::of(&simulator).say(&team.id(), "x").await.status, 404);
    team.restore(&ana).await;
    assert_eq!(event(), "teamRestored");
}

#[tokio::test]
async fn an_activity_is_delivered_again_as_it_was_or_as_a_new_one() {
    let (simulator, bot) = everywhere().await;
    let ana = simulator.person("ana");
    let said = ana.say("status").await;
    simulator.redeliver(&said).await;
    assert_eq!(bot.last().activity, said.activity);
    let renewed = simulator.redeliver_as_new(&said).await.activity;
    assert_ne!(renewed["id"], said.activity["id"]);
    let without = |mut activity: Value| {
        activity["id"] = Value::Null;
        activity["timestamp"] = Value::Null;
        activity
    };
    assert_eq!(without(renewed), without(said.activity.clone()));
    assert_eq!(ana.chat().messages().len(), 1, "nobody wrote again");
}

#[tokio::test]
async fn anything_can_be_delivered() {
    let (simulator, bot) = everywhere().await;
    let ana = simulator.person("ana");
    ana.unknown_event("otherEvent").await;
    assert_eq!(
        bot.last().activity["channelData"]["eventType"],
        "otherEvent"
    );
    simulator.deliver(json!({"type": "surprise"})).await;
    assert_eq!(bot.last().activity, json!({"type": "surprise"}));
    simulator.deliver_raw("{", None).await;
    let heard = bot.last();
    assert!(heard.activity.is_null() && !heard.headers.contains_key("authorization"));
}

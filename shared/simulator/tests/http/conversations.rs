//! `POST v3/conversations`: what it makes, and what it refuses.

use serde_json::{Value, json};
use simulator::{Config, DEFAULT_TENANT, Simulator, World};

use crate::support::{Api, card, message, start, with_bot_everywhere};

fn personal(member: &str) -> Value {
    json!({"isGroup": false, "members": [{"id": member}], "tenantId": DEFAULT_TENANT})
}

fn thread(channel: &str) -> Value {
    json!({
        "isGroup": true,
        "channelData": {"channel": {"id": channel}},
        "activity": message("Disk is full"),
        "tenantId": DEFAULT_TENANT,
    })
}

fn incidents(simulator: &Simulator) -> String {
    simulator.team("Platform").channel("Incidents").id()
}

#[tokio::test]
async fn a_personal_chat_is_made_once_by_either_id() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let by_teams_id = api.create(personal(&ana.teams_id())).await;
    assert_eq!(by_teams_id.status, 201);
    assert_eq!(by_teams_id.json(), json!({"id": ana.conversation_id()}));
    let by_object_id = api.create(personal(&ana.object_id())).await;
    assert_eq!(by_object_id.id(), by_teams_id.id());
    assert!(by_teams_id.id().starts_with("a:1"));
    assert!(by_teams_id.headers.contains_key("ms-cv"));
    let kind = by_teams_id.headers["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, "application/json; charset=utf-8");
}

#[tokio::test]
async fn the_tenant_may_stand_in_the_channel_data() {
    let simulator = with_bot_everywhere().await;
    let mut parameters = personal(&simulator.person("ana").teams_id());
    parameters["channelData"] = json!({"tenant": {"id": DEFAULT_TENANT}});
    parameters.as_object_mut().unwrap().remove("tenantId");
    assert_eq!(Api::of(&simulator).create(parameters).await.status, 201);
}

#[tokio::test]
async fn a_first_message_in_a_personal_chat_is_posted_but_not_named() {
    let simulator = with_bot_everywhere().await;
    let ana = simulator.person("ana");
    let mut parameters = personal(&ana.teams_id());
    parameters["activity"] = message("Welcome");
    let answer = Api::of(&simulator).create(parameters).await;
    assert_eq!(answer.json(), json!({"id": ana.conversation_id()}));
    assert_eq!(simulator.messages_to(&ana)[0].text(), Some("Welcome"));
}

#[tokio::test]
async fn a_thread_is_begun_with_its_first_message() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let channel = incidents(&simulator);
    let answer = api.create(thread(&channel)).await;
    assert_eq!(answer.status, 201);
    let activity = answer.json()["activityId"].as_str().unwrap().to_owned();
    assert_eq!(answer.id(), format!("{channel};messageid={activity}"));
    assert_eq!(simulator.messages_in(&answer.id())[0].id, activity);

    let general = api.create(thread(&simulator.team("Platform").id())).await;
    assert_eq!(general.status, 201, "the team's id is General's");
}

#[tokio::test]
async fn what_cannot_be_made_is_refused() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    let channel = incidents(&simulator);
    let with = |mut parameters: Value, name: &str, value: Value| {
        parameters[name] = value;
        parameters
    };
    let without = |mut parameters: Value, name: &str| {
        parameters.as_object_mut().unwrap().remove(name);
        parameters
    };
    let group = json!([{"id": ana.teams_id()}, {"id": ben.teams_id()}]);
    let foreign = simulator.id_for_another_bot(&ana, "99999999-0000-4000-8000-000000000000");
    for (what, parameters, expected) in [
        (
            "a channel without a message",
            without(thread(&channel), "activity"),
            (400, "BadSyntax"),
        ),
        (
            "an unknown channel",
            thread("19:nowhere@thread.tacv2"),
            (404, "ConversationNotFound"),
        ),
        (
            "a chat as a channel",
            thread(&simulator.chat("Release crew").id()),
            (404, "ConversationNotFound"),
        ),
        (
            "a group",
            with(personal(""), "members", group.clone()),
            (400, "BadSyntax"),
        ),
        (
            "a group that says so",
            with(with(personal(""), "members", group), "isGroup", json!(true)),
            (400, "BadSyntax"),
        ),
        (
            "a group of one",
            with(personal(&ana.teams_id()), "isGroup", json!(true)),
            (400, "BadSyntax"),
        ),
        (
            "nobody",
            with(personal(""), "members", json!([])),
            (400, "BadSyntax"),
        ),
        (
            "no members",
            without(personal(""), "members"),
            (400, "BadSyntax"),
        ),
        (
            "no tenant",
            without(personal(&ana.teams_id()), "tenantId"),
            (401, "AuthorizationError"),
        ),
        (
            "another tenant",
            with(personal(&ana.teams_id()), "tenantId", json!("x")),
            (403, "NotEnoughPermissions"),
        ),
        (
            "an id of another bot",
            personal(&foreign),
            (400, "BadArgument"),
        ),
        ("a made-up id", personal("29:1abc"), (400, "BadArgument")),
        (
            "an object id with a prefix",
            personal(&format!("29:{}", ana.object_id())),
            (400, "BadArgument"),
        ),
        (
            "an e-mail address",
            personal("ana@contoso.example"),
            (400, "BadArgument"),
        ),
        (
            "somebody unknown",
            personal("00000000-0000-4000-8000-000000000000"),
            (403, "ForbiddenOperationException"),
        ),
        (
            "an explicit null",
            with(personal(&ana.teams_id()), "activity", Value::Null),
            (400, "BadArgument"),
        ),
        (
            "a message without content",
            with(thread(&channel), "activity", json!({"type": "message"})),
            (400, "BadSyntax"),
        ),
        (
            "a message without type",
            with(thread(&channel), "activity", json!({"text": "x"})),
            (400, "MissingProperty"),
        ),
    ] {
        let answer = api.create(parameters).await;
        assert_eq!(
            answer.refusal(),
            (expected.0, expected.1.to_owned()),
            "{what}"
        );
    }
    let text = api.create(personal(&foreign)).await.text;
    assert!(text.contains("Failed to decrypt pairwise id"), "{text}");
    let broken = api
        .raw("POST", "v3/conversations", Some("{".to_owned()))
        .await;
    assert_eq!(broken.refusal(), (400, "BadSyntax".to_owned()));
}

#[tokio::test]
async fn somebody_who_does_not_have_the_bot_cannot_be_written_to() {
    let simulator = start(Config::default()).await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let refused = (403, "ForbiddenOperationException".to_owned());
    assert_eq!(
        api.create(personal(&ana.object_id())).await.refusal(),
        refused
    );
    assert_eq!(
        api.create(personal(&ana.teams_id())).await.refusal(),
        refused
    );

    ana.install().await;
    assert_eq!(api.create(personal(&ana.object_id())).await.status, 201);
}

#[tokio::test]
async fn a_member_of_a_team_with_the_bot_can_be_written_to_by_the_id_of_the_roster() {
    let mut world = World::contoso();
    world.teams[0].bot_installed = true;
    let simulator = start(Config {
        world,
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    assert_eq!(
        api.create(personal(&ana.object_id())).await.refusal(),
        (403, "ForbiddenOperationException".to_owned())
    );
    assert_eq!(
        api.say(&ana.conversation_id(), "hi").await.status,
        404,
        "no chat yet"
    );
    assert_eq!(api.create(personal(&ana.teams_id())).await.status, 201);
    assert_eq!(api.say(&ana.conversation_id(), "hi").await.status, 201);
}

#[tokio::test]
async fn a_channel_of_a_team_without_the_bot_is_closed() {
    let simulator = start(Config::default()).await;
    let answer = Api::of(&simulator)
        .create(thread(&incidents(&simulator)))
        .await;
    assert_eq!(
        answer.refusal(),
        (403, "BotNotInConversationRoster".to_owned())
    );
}

#[tokio::test]
async fn a_blocked_bot_cannot_write_a_first_message() {
    let simulator = with_bot_everywhere().await;
    let ana = simulator.person("ana");
    ana.block_conversation();
    let mut parameters = personal(&ana.teams_id());
    let api = Api::of(&simulator);
    assert_eq!(
        api.create(parameters.clone()).await.status,
        201,
        "the chat is there"
    );
    parameters["activity"] = card(json!([]), json!([]));
    let answer = api.create(parameters).await;
    assert_eq!(
        answer.refusal(),
        (403, "ConversationBlockedByUser".to_owned())
    );
}

//! What the simulator sends has the shape of what Teams was seen to send.
//!
//! The recorded payloads are not part of this repository; where they are not,
//! there is nothing to compare with.

use std::path::PathBuf;

use serde_json::{Value, json};
use simulator::{Config, World};

use crate::support::{Api, Bot, card, message, start};

fn fixture(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/teams")
        .join(format!("{name}.json"));
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// The members of a payload, as paths; the members of list entries as one.
fn members(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(all) => {
            for (name, member) in all {
                let path = format!("{at}/{name}");
                members(member, &path, found);
                found.push(path);
            }
        }
        Value::Array(all) => all
            .iter()
            .for_each(|one| members(one, &format!("{at}/*"), found)),
        _ => {}
    }
}

/// Every member of the recorded payload is in ours, but for these.
fn covers(ours: &Value, name: &str, except: &[&str]) {
    let Some(recorded) = fixture(name) else {
        return;
    };
    let (mut have, mut want) = (Vec::new(), Vec::new());
    members(ours, "", &mut have);
    members(&recorded, "", &mut want);
    let missing: Vec<_> = want
        .iter()
        .filter(|path| !have.contains(path) && !except.contains(&path.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "{name}: {missing:?} missing in {ours:#}"
    );
    for constant in [
        "/type",
        "/action",
        "/name",
        "/channelId",
        "/channelData/eventType",
    ] {
        if let Some(expected) = recorded.pointer(constant) {
            assert_eq!(ours.pointer(constant), Some(expected), "{name}{constant}");
        }
    }
}

#[tokio::test]
async fn activities_have_the_members_that_were_recorded() {
    let simulator = start(Config {
        world: World::contoso(),
        ..Config::default()
    })
    .await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    let ana = simulator.person("ana");
    let api = Api::of(&simulator);
    let team = simulator.team("Platform");
    let channel = team.channel("Incidents");
    let chat = simulator.chat("Release crew");

    let install = team.install(&ana, &channel).await;
    covers(
        &install[0].activity,
        "installation-update-add-channel",
        &["/conversation/name"],
    );
    covers(
        &install[1].activity,
        "conversation-update-bot-added-team",
        &["/conversation/name"],
    );
    let personal = ana.install().await;
    covers(
        &personal[1].activity,
        "conversation-update-bot-added-personal",
        &[],
    );
    chat.install(&ana).await;

    covers(&ana.say("Hey").await.activity, "message-personal", &[]);
    let local = ["/localTimestamp"];
    let mention = ana.mention(&channel, "test").await.activity;
    covers(&mention, "message-channel-mention", &local);
    covers(&mention, "message-channel-mention-html-entity", &local);
    covers(
        &ana.mention(&chat.conversation(), "test").await.activity,
        "message-groupchat-mention",
        &[],
    );
    let said = ana.say("Hey").await;
    covers(
        &ana.edit(&said, "Hi").await.activity,
        "message-update-edit",
        &local,
    );
    covers(
        &ana.delete(&said).await.activity,
        "message-delete-soft",
        &local,
    );

    api.send(
        &channel.id(),
        card(
            json!([]),
            json!([
                {"type": "Action.Execute", "title": "Do", "data": {"feedback": "x"}},
                {"type": "Action.Submit", "title": "Send", "data": {"actionId": "info"}},
            ]),
        ),
    )
    .await;
    let posted = channel.next_message().await.unwrap();
    let invoke = ana.press("Do", &posted).await.unwrap().activity;
    covers(&invoke, "invoke-adaptive-card-action", &local);
    let submit = ana.press("Send", &posted).await.unwrap().activity;
    covers(
        &submit,
        "message-card-action-submit-channel",
        &["/conversation/name"],
    );
    covers(
        &ana.react("like", &posted).await.activity,
        "message-reaction-added",
        &[],
    );

    api.send(&ana.conversation_id(), message("x")).await;
    let posted = ana.chat().next_message().await.unwrap();
    covers(
        &ana.read_up_to(&posted).await.activity,
        "event-read-receipt",
        &[],
    );
    let removed = team.uninstall(&ana).await;
    covers(
        &removed[1].activity,
        "conversation-update-bot-removed-team",
        &[],
    );
}

/// What a recorded exchange sends, sent to us, is answered with the same
/// status and error.
#[tokio::test]
async fn recorded_exchanges_are_answered_alike() {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    for name in [
        "create-conversation-personal",
        "create-conversation-personal-with-activity",
        "create-conversation-channel-thread",
        "create-conversation-channel-no-activity-400",
        "create-conversation-group-rejected-400",
    ] {
        let Some(exchange) = fixture(name) else {
            return;
        };
        let mut body = exchange["request"]["body"].clone();
        body["tenantId"] = simulator.tenant().into();
        if let Some(members) = body.get_mut("members").and_then(Value::as_array_mut) {
            for member in members {
                member["id"] = ana.teams_id().into();
            }
        }
        if body.pointer("/channelData/channel/id").is_some() {
            body["channelData"]["channel"]["id"] = simulator.team("Platform").id().into();
        }
        let answer = api.create(body).await;
        let recorded = &exchange["response"];
        assert_eq!(
            u64::from(answer.status),
            recorded["status"].as_u64().unwrap(),
            "{name}"
        );
        let (mut have, mut want) = (Vec::new(), Vec::new());
        members(&answer.json(), "", &mut have);
        members(&recorded["body"], "", &mut want);
        have.sort();
        want.sort();
        assert_eq!(have, want, "{name}");
        if let Some(error) = recorded["body"].get("error") {
            assert_eq!(answer.json()["error"], *error, "{name}");
        }
    }
}

#[tokio::test]
async fn the_nested_error_is_the_documented_one() {
    let Some(documented) = fixture("error-403-message-writes-blocked") else {
        return;
    };
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let ana = simulator.person("ana");
    ana.block_bot();
    let answer = Api::of(&simulator).say(&ana.conversation_id(), "hi").await;
    assert_eq!(answer.json(), documented["body"]);
}

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use simulator::BotEndpoint;

use super::{aad, notification};
use crate::bot::Bot;

const PORT: &str = "127.0.0.1:3979";

fn write(bot: &Bot, name: &str, activity: &Value) {
    let text = serde_json::to_string(activity).unwrap();
    let here = bot.stage.teams.address().to_string();
    let body = text.replace(&here, PORT);
    save(name, &envelope(&body));
}

fn envelope(body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/api/messages",
        "rawQueryString": "",
        "headers": {
            "authorization": "Bearer unsigned",
            "content-type": "application/json; charset=utf-8",
            "host": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws",
            "ms-cv": "Aw3Vfhn0dUKq9bUe.1.1",
            "user-agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefghijklmnopqrstuvwxyz012345",
            "domainName": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws",
            "domainPrefix": "abcdefghijklmnopqrstuvwxyz012345",
            "http": {
                "method": "POST",
                "path": "/api/messages",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.17",
                "userAgent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"
            },
            "requestId": "d1c5bd58-8a2c-4c0b-b3d7-6a0f3f8c9e21",
            "routeKey": "$default",
            "stage": "$default",
            "time": "24/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1_795_510_800_000_i64
        },
        "body": body,
        "isBase64Encoded": false
    })
}

fn save(name: &str, value: &Value) {
    let path = format!(
        "{}/../events/messages/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::write(
        path,
        format!("{}\n", serde_json::to_string_pretty(value).unwrap()),
    )
    .unwrap();
}

#[tokio::test]
async fn generate() {
    let bot = Bot::nowhere().await;
    let teams = &bot.stage.teams;
    let unheard = || BotEndpoint::in_process(|_| async { http::Response::new(Bytes::new()) });
    teams.set_bot_endpoint(unheard());
    let (ana, ben, chloe) = (
        teams.person("Ana"),
        teams.person("Ben"),
        teams.person("Chloé"),
    );
    let (team, chat) = (teams.team("Platform"), teams.chat("Release crew"));
    let incidents = team.channel("Incidents");
    let later = || bot.later(Duration::from_secs(61));

    let both = ana.install().await;
    write(&bot, "installed-for-a-person", &both[0].activity);
    write(&bot, "bot-added-for-a-person", &both[1].activity);
    later();
    let both = team.install(&ben, &incidents).await;
    write(&bot, "installed-in-a-team", &both[0].activity);
    write(&bot, "bot-added-to-a-team", &both[1].activity);
    later();
    write(
        &bot,
        "installed-in-a-chat",
        &chat.install(&ben).await[0].activity,
    );
    later();
    write(
        &bot,
        "member-left-a-team",
        &team.remove_member(&chloe, &ben).await.activity,
    );
    later();
    write(
        &bot,
        "member-joined-a-team",
        &team.add_member(&chloe, &ben).await.activity,
    );
    later();
    let (deploys, created) = team.create_channel("Deploys", &ben).await;
    write(&bot, "channel-created", &created.activity);
    later();
    write(
        &bot,
        "channel-renamed",
        &team
            .rename_channel(&deploys, "Deployments", &ben)
            .await
            .activity,
    );
    later();
    write(
        &bot,
        "channel-deleted",
        &team.delete_channel(&deploys, &ben).await.activity,
    );
    later();
    write(
        &bot,
        "team-renamed",
        &team.rename("Platform", &ben).await.activity,
    );
    later();
    write(&bot, "team-archived", &team.archive(&ben).await.activity);
    later();
    write(
        &bot,
        "team-unarchived",
        &team.unarchive(&ben).await.activity,
    );
    later();
    write(
        &bot,
        "unknown-event",
        &team.unknown_event("teamPainted", &ben).await.activity,
    );
    later();

    for (name, text) in [
        ("command-help", "help"),
        ("command-topics", "topics"),
        ("command-subscribe", "subscribe deploys"),
        ("command-mute-for-two-hours", "mute deploys for 2h"),
        ("command-status-in-spanish", "estado"),
        ("command-why", "why"),
        ("command-that-is-none", "subscrbe deploys"),
    ] {
        later();
        let who = if name.contains("spanish") { &ana } else { &ben };
        if who.conversation_id() == ben.conversation_id() && !ben.has_bot() {
            ben.install().await;
        }
        write(&bot, name, &who.say(text).await.activity);
    }
    later();
    let said = ben.say("statsu").await;
    later();
    write(
        &bot,
        "command-edited",
        &ben.edit(&said, "status").await.activity,
    );
    later();
    write(
        &bot,
        "command-in-a-channel",
        &ben.mention(&incidents, "subscribe deploys").await.activity,
    );
    later();
    write(
        &bot,
        "command-in-a-channel-by-a-member",
        &chloe.mention(&incidents, "mute deploys").await.activity,
    );
    later();
    write(
        &bot,
        "alias-of-a-channel",
        &ben.mention(&incidents, "alias incidents").await.activity,
    );
    later();

    // A welcome to press on.
    bot.starts(|_| {});
    ana.install().await;
    ben.install().await;
    bot.work_off().await;
    bot.later(Duration::from_secs(60));
    let welcome = ben.chat().next_message().await.unwrap();
    bot.notified(&notification("sample", &[aad(&ben)])).await;
    let message = ben.chat().next_message().await.unwrap();
    teams.set_bot_endpoint(unheard());
    let pressed = ben.press("See the topics", &welcome).await.unwrap();
    write(&bot, "button-topics", &pressed.activity);
    later();
    let pressed = ben.press("Mute deploys", &message).await.unwrap();
    write(&bot, "button-mute", &pressed.activity);
    let mut old = pressed.activity.clone();
    old["type"] = "message".into();
    old["value"] = old["value"]["action"]["data"].clone();
    old.as_object_mut().unwrap().remove("name");
    write(&bot, "button-mute-of-an-old-client", &old);
    later();
    let pressed = ben.press("Approve", &message).await.unwrap();
    write(&bot, "button-of-a-sender-forgotten", &pressed.activity);
    later();
    write(
        &bot,
        "reaction",
        &ben.react("like", &message).await.activity,
    );
    later();
    write(
        &bot,
        "unknown-invoke",
        &ben.invoke("composeExtension/query", json!({}), &message)
            .await
            .activity,
    );
    later();
    write(
        &bot,
        "uninstalled-for-a-person",
        &ana.uninstall().await[0].activity,
    );
    later();
    write(
        &bot,
        "uninstalled-in-a-team",
        &team.uninstall(&ben).await[0].activity,
    );
    later();

    let said = ben.say("help").await.activity;
    let mut foreign = said.clone();
    foreign["conversation"]["tenantId"] = "8c1f9d52-0000-4000-8000-3f1d5c8e0a11".into();
    foreign["channelData"]["tenant"]["id"] = "8c1f9d52-0000-4000-8000-3f1d5c8e0a11".into();
    write(&bot, "another-tenant", &foreign);
    let mut nowhere = said.clone();
    nowhere.as_object_mut().unwrap().remove("conversation");
    write(&bot, "without-a-conversation", &nowhere);
    save("malformed-body", &envelope("{\"type\": \"message\""));
    let mut get = envelope("");
    get["requestContext"]["http"]["method"] = "GET".into();
    save("not-a-post", &get);
    let mut elsewhere = envelope("");
    elsewhere["rawPath"] = "/health".into();
    elsewhere["requestContext"]["http"]["path"] = "/health".into();
    save("another-path", &elsewhere);
    later();
    let mut base64 = envelope("");
    let body = serde_json::to_string(&ben.say("topics").await.activity).unwrap();
    let body = body.replace(&teams.address().to_string(), PORT);
    use base64::Engine as _;
    base64["body"] = base64::engine::general_purpose::STANDARD
        .encode(body)
        .into();
    base64["isBase64Encoded"] = true.into();
    save("base64-body", &base64);
    let mut untold = envelope(
        &serde_json::to_string(&said)
            .unwrap()
            .replace(&teams.address().to_string(), PORT),
    );
    untold["headers"]
        .as_object_mut()
        .unwrap()
        .remove("authorization");
    save("without-a-token", &untold);
    teams.release_unread();
}

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use lambda_runtime::LambdaEvent;
use messages::{HttpRequest, Messages};
use serde_json::{Value, json};
use simulator::{Fault, Operation, Reply};

use crate::bot::{Bot, answer, context, envelope};

/// An envelope around nothing in particular.
fn post(body: &str) -> Value {
    envelope(&http::Request::new(Bytes::from(body.to_owned())))
}

async fn answered(bot: &Bot, messages: &Messages, envelope: &Value) -> (u16, Value) {
    let answer = answer(messages, &bot.stage.clock, envelope).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    (answer.status().as_u16(), body)
}

#[tokio::test]
async fn only_post_to_the_one_path_is_served() {
    let bot = Bot::nowhere().await;
    let messages = bot.messages();
    for method in ["GET", "PUT", "HEAD", "OPTIONS", "DELETE"] {
        let mut envelope = post("{}");
        envelope["requestContext"]["http"]["method"] = method.into();
        let answer = answer(&messages, &bot.stage.clock, &envelope).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST".parse().unwrap())
        );
    }
    for path in ["/", "/api/messages/x", "/health"] {
        let mut envelope = post("{}");
        envelope["rawPath"] = path.into();
        assert_eq!(answered(&bot, &messages, &envelope).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_body_over_256_kib_is_refused_before_anything_else() {
    let bot = Bot::nowhere().await;
    let messages = bot.messages();
    let body = format!(
        "{{\"type\":\"message\",\"text\":\"{}\"}}",
        "x".repeat(256 * 1024)
    );
    let refused = answered(&bot, &messages, &post(&body)).await;
    assert_eq!(
        refused,
        (413, json!({ "error": "the body is larger than 256 KiB" }))
    );
    let mut envelope = post(&base64::engine::general_purpose::STANDARD.encode(&body));
    envelope["isBase64Encoded"] = true.into();
    assert_eq!(answered(&bot, &messages, &envelope).await.0, 413);
    assert_eq!(bot.stage.teams.count(Operation::OpenIdMetadata), 0);
}

#[tokio::test]
async fn nobody_without_a_good_token_changes_anything() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let install = ben.install().await.remove(0).activity;
    bot.later(Duration::from_secs(60));
    ben.uninstall().await;
    bot.task_mail.take_all();
    bot.later(Duration::from_secs(60));
    bot.stage.table_faults.take_count();

    let body = install.to_string();
    let good = bot.stage.teams.inbound_token();
    let bad = [
        None,
        Some("Bearer".to_owned()),
        Some("Basic abc".to_owned()),
        Some("Bearer a.b.c".to_owned()),
        Some(format!(
            "Bearer {}",
            good.clone().with_claim("aud", "another-bot").sign()
        )),
        Some(format!(
            "Bearer {}",
            good.clone()
                .with_claim("iss", "https://evil.example")
                .sign()
        )),
        Some(format!(
            "Bearer {}",
            good.clone()
                .with_claim("serviceurl", "https://evil.example")
                .sign()
        )),
        Some(format!(
            "Bearer {}",
            good.clone()
                .with_claim("exp", 1)
                .with_claim("nbf", 0)
                .sign()
        )),
    ];
    for authorization in bad {
        let refused = bot
            .stage
            .teams
            .deliver_raw(body.clone(), authorization.as_deref())
            .await;
        assert_eq!(refused.status(), Some(401), "{authorization:?}");
        assert_eq!(
            refused.body(),
            Some(&json!({ "error": "not authenticated" }))
        );
    }
    // The keys are looked for in the table; nothing else is asked of it.
    assert!(bot.stage.table_faults.take_count() <= 2);
    assert_eq!(bot.task_mail.len(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_activity_is_a_400_that_says_nothing_in_particular() {
    let bot = Bot::nowhere().await;
    let token = format!("Bearer {}", bot.stage.teams.inbound_token().sign());
    for body in ["", "{", "[]", "7", "{\"text\":\"no type\"}", "{\"type\":7}"] {
        let refused = bot.stage.teams.deliver_raw(body, Some(&token)).await;
        assert_eq!(refused.status(), Some(400), "{body}");
        assert_eq!(
            refused.body(),
            Some(&json!({ "error": "the body is not an activity" }))
        );
    }
}

#[tokio::test]
async fn base64_that_is_none_is_a_400() {
    let bot = Bot::nowhere().await;
    let mut envelope = post("not base64!");
    envelope["isBase64Encoded"] = true.into();
    assert_eq!(answered(&bot, &bot.messages(), &envelope).await.0, 400);
}

#[tokio::test]
async fn another_tenant_gets_403_and_nothing_is_kept_of_it() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let mut foreign = ben.install().await.remove(0).activity;
    bot.task_mail.take_all();
    foreign["conversation"]["tenantId"] = "another-tenant".into();
    foreign["channelData"]["tenant"]["id"] = "another-tenant".into();
    foreign["id"] = "f:another".into();
    let refused = bot.stage.teams.deliver(foreign.clone()).await;
    assert_eq!(
        (refused.status(), refused.body()),
        (Some(403), Some(&json!({ "error": "not allowed" })))
    );
    assert_eq!(bot.task_mail.len(), 0);

    bot.starts(|messages| messages.tenants = registration::AllowedTenants::Any);
    assert_eq!(bot.stage.teams.deliver(foreign).await.status(), Some(200));
    assert_eq!(bot.task_mail.take_all().len(), 1);
}

#[tokio::test]
async fn an_activity_without_a_conversation_is_a_400_and_an_unknown_event_without_one_a_200() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let mut message = ben.say("help").await.activity;
    ben.chat().next_message().await.unwrap();
    message["id"] = "1791451800001".into();
    message.as_object_mut().unwrap().remove("conversation");
    assert_eq!(bot.stage.teams.deliver(message).await.status(), Some(400));

    let url = bot.stage.teams.service_url();
    for sparse in [
        json!({ "type": "conversationUpdate", "serviceUrl": url, "channelData": { "eventType": "otherEvent" } }),
        json!({ "type": "something-new", "serviceUrl": url }),
        json!({ "type": "event", "name": "new/event", "serviceUrl": url, "value": [1] }),
    ] {
        let answered = bot.stage.teams.deliver(sparse).await;
        assert_eq!(
            (answered.status(), answered.body()),
            (Some(200), Some(&Value::Null))
        );
    }
}

#[tokio::test]
async fn unknown_members_and_entities_are_no_reason_to_fail() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let mut message = ben.say("help").await.activity;
    ben.chat().next_message().await.unwrap();
    message["id"] = "1791451800002".into();
    message["brandNew"] = json!({ "a": [1, 2] });
    message["channelData"]["brandNew"] = 7.into();
    message["entities"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "ProductInfo", "id": null }));
    assert_eq!(bot.stage.teams.deliver(message).await.status(), Some(200));
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("mute deploys for 2h")
    );
}

#[tokio::test]
async fn an_invoke_that_nobody_handles_is_a_501() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    ben.say("help").await;
    let help = ben.chat().next_message().await.unwrap();
    for name in ["composeExtension/query", "brand/new", "task/fetch"] {
        let answered = ben.invoke(name, json!({}), &help).await;
        assert_eq!(
            (answered.status(), answered.body()),
            (Some(501), Some(&Value::Null)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_event_that_is_no_http_request_is_the_functions_error() {
    let bot = Bot::nowhere().await;
    for event in [
        json!({}),
        json!({ "Records": [] }),
        json!({ "source": "aws.events", "detail": {} }),
    ] {
        let request: HttpRequest = serde_json::from_value(event).unwrap();
        let context = context(&bot.stage.clock, Duration::from_secs(15));
        let error = bot
            .messages()
            .invoke(LambdaEvent::new(request, context))
            .await
            .unwrap_err();
        assert_eq!(error.error_type, "UnknownEvent");
        assert!(error.error_message.contains("expected an HTTP request"));
    }
}

#[tokio::test]
async fn a_missing_table_is_a_500_and_the_command_is_done_when_teams_sends_it_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let nowhere = bot.stage.store_of_no_table();
    bot.starts(|messages| messages.store = nowhere);
    let failed = ben.say("subscribe deploys").await;
    assert_eq!(failed.status(), Some(500));
    assert_eq!(failed.body(), Some(&json!({ "error": "failed" })));

    bot.starts(|_| {});
    assert_eq!(bot.stage.teams.redeliver(&failed).await.status(), Some(200));
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Following: deploys")
    );
}

#[tokio::test]
async fn a_missing_task_queue_is_a_500_and_the_welcome_comes_when_teams_sends_the_install_again() {
    let bot = Bot::nowhere().await;
    bot.task_mail.goes_missing(true);
    let ben = bot.stage.teams.person("Ben");
    let failed = ben.install().await;
    assert!(failed.iter().all(|delivery| delivery.status() == Some(500)));
    bot.task_mail.goes_missing(false);
    for delivery in &failed {
        assert_eq!(
            bot.stage.teams.redeliver(delivery).await.status(),
            Some(200)
        );
    }
    bot.work_off().await;
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn refused_credentials_are_a_500_and_the_answer_comes_when_they_are_mended() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    bot.starts(|_| {});
    bot.stage
        .teams
        .set_credentials(vec![simulator::Credential::secret("rotated")]);
    let failed = ben.say("mute deploys").await;
    assert_eq!(failed.status(), Some(500));

    let mended = simulator::Credential::secret(simulator::DEFAULT_APP_PASSWORD);
    bot.stage.teams.set_credentials(vec![mended]);
    // What was asked for stands already; only the answer is missing.
    let key = notifications::RecipientKey::person(&ben.object_id().into());
    let tenant = bot.stage.teams.tenant().into();
    let wanted = bot
        .stage
        .store
        .preferences()
        .list(&tenant, &key)
        .await
        .unwrap()
        .unwrap();
    assert!(wanted.about(&"deploys".parse().unwrap()).mute.is_some());
    assert_eq!(bot.stage.teams.redeliver(&failed).await.status(), Some(200));
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Muted: deploys")
    );
}

#[tokio::test]
async fn a_cold_start_works_while_the_key_provider_is_down() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let down = || Fault::Answer(Reply::gateway_error(503));
    for _ in 0..4 {
        bot.stage.teams.fail_next(Operation::OpenIdMetadata, down());
        bot.stage.teams.fail_next(Operation::SigningKeys, down());
    }
    bot.starts(|_| {});
    assert_eq!(ben.say("help").await.status(), Some(200));
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("mute deploys for 2h")
    );
    bot.stage.teams.clear_faults();
}

#[tokio::test]
async fn without_any_keys_teams_is_asked_to_come_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let down = Fault::Answer(Reply::gateway_error(503));
    bot.stage.teams.fail_next(Operation::OpenIdMetadata, down);
    let refused = ben.install().await.remove(0);
    assert_eq!(refused.status(), Some(503));
    bot.task_mail.take_all();
}

#[tokio::test]
async fn the_body_may_be_base64() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let mut said = ben.say("help").await.activity;
    ben.chat().next_message().await.unwrap();
    said["id"] = "1791451800003".into();
    let mut request = http::Request::new(Bytes::new());
    let token = format!("Bearer {}", bot.stage.teams.inbound_token().sign());
    request
        .headers_mut()
        .insert("Authorization", token.parse().unwrap());
    let mut envelope = envelope(&request);
    envelope["body"] = base64::engine::general_purpose::STANDARD
        .encode(said.to_string())
        .into();
    envelope["isBase64Encoded"] = true.into();
    assert_eq!(answered(&bot, &bot.messages(), &envelope).await.0, 200);
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("mute deploys for 2h")
    );
}

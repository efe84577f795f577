//! Everything that the contract lists as accepted.

use serde_json::{Value, json};

use super::{key_of, notification};
use crate::stage::{Stage, batch, failed, record};

fn event_bridge(source: &str, detail_type: &str, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": "fc2730e9-b539-5bc3-8390-e4db72a99b86",
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": "2026-11-24T08:59:58Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail
    })
}

fn sns(message: &Value) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "b22fcb91-c94f-5b13-b23c-a88742a7ef61",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:news",
        "Message": message.to_string(),
        "Timestamp": "2026-11-24T08:59:58.000Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE"
    })
}

#[tokio::test]
async fn every_envelope_brings_its_notification_to_the_reader() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let to = format!("aad:{}", ben.object_id());
    let plain = notification("1", &[&to]);
    let in_event = event_bridge("shop", "tidings.notification", &notification("2", &[&to]));
    let through_sns = sns(&notification("3", &[&to]));
    let event_through_sns = sns(&event_bridge(
        "shop",
        "tidings.notification",
        &notification("4", &[&to]),
    ));
    for body in [&plain, &in_event, &through_sns, &event_through_sns] {
        stage.accepts(body).await;
        stage.settle().await;
        let message = ben.chat().next_message().await.expect("it arrives");
        assert_eq!(message.summary(), Some("Deployed cart v12 to production"));
    }
    // The same four again: each has its key, and none is sent twice.
    for body in [&plain, &in_event, &through_sns, &event_through_sns] {
        stage.accepts(body).await;
        stage.settle().await;
    }
    assert_eq!(ben.chat().count(), 4);
}

#[tokio::test]
async fn an_event_of_an_aws_service_becomes_a_notification_for_its_topics_subscribers() {
    let stage = Stage::contoso().await;
    let ana = stage.teams.person("ana");
    let key = stage.knows(&ana).await;
    let topic = "aws.cloudwatch".parse().expect("a topic");
    let tenant = stage.teams.tenant().into();
    let subscribe = store::PreferenceChange::Subscribe;
    let preferences = stage.store.preferences();
    preferences
        .change(&tenant, &key, &topic, subscribe)
        .await
        .expect("the table works");
    let alarm = event_bridge(
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        &json!({
            "alarmName": "orders-5xx",
            "state": { "value": "ALARM", "reason": "Threshold crossed", "timestamp": "2026-11-24T08:59:00Z" },
            "previousState": { "value": "OK" }
        }),
    );
    stage.accepts(&alarm).await;
    stage.settle().await;
    let message = ana.chat().next_message().await.expect("it arrives");
    assert!(message.says("orders-5xx"), "{}", message.readable());
}

#[tokio::test]
async fn our_own_events_make_no_notification() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let to = format!("aad:{}", ben.object_id());
    for (source, detail_type) in [
        ("tidings", "tidings.action"),
        ("tidings.delivery", "tidings.delivery.completed"),
        ("tidings", "tidings.notification"),
    ] {
        let ours = event_bridge(source, detail_type, &notification("1", &[&to]));
        let answer = stage
            .invoke_notify(ours.clone())
            .await
            .expect("it is no error");
        assert_eq!(answer, json!({ "outcome": "dropped" }), "{source}");
        stage.accepts(&ours).await;
        stage.accepts(&sns(&ours)).await;
    }
    stage.settle().await;
    assert_eq!(ben.chat().count(), 0);
    assert_eq!(stage.mail.notification_dead.len(), 0);
}

#[tokio::test]
async fn an_event_may_be_invoked_directly() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = notification("direct", &[&format!("aad:{}", ben.object_id())]);
    let answer = stage.invoke_notify(body).await.expect("it is accepted");
    assert_eq!(answer["outcome"], "planned");
    assert_eq!(answer["recipients"], 1);
    assert_eq!(answer["complete"], true);
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn sns_may_invoke_the_function_itself() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = notification("sns", &[&format!("aad:{}", ben.object_id())]);
    let record = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": sns(&body) }] });
    stage.invoke_notify(record).await.expect("it is accepted");
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn without_an_id_the_messages_id_counts_and_survives_a_redrive() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let mut body = notification("", &[&format!("aad:{}", ben.object_id())]);
    body.as_object_mut().expect("an object").remove("id");
    let first = record("notifications", "first-id", &body.to_string());
    let mut redriven = record("notifications", "second-id", &body.to_string());
    redriven["messageAttributes"]["original-message-id"] =
        json!({ "stringValue": "first-id", "dataType": "String" });
    for record in [first, redriven] {
        let answer = stage.invoke_notify(json!({ "Records": [record] })).await;
        assert!(failed(&answer.expect("an answer")).is_empty());
        stage.settle().await;
    }
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn the_same_id_is_two_notifications_when_two_sources_use_it() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = notification("42", &[&format!("aad:{}", ben.object_id())]);
    stage.accepts(&body).await;
    stage
        .accepts(&event_bridge("shop", "tidings.notification", &body))
        .await;
    stage
        .accepts(&event_bridge("bank", "tidings.notification", &body))
        .await;
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 3);
}

#[tokio::test]
async fn one_broken_message_of_a_batch_does_not_hold_the_others_up() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let good = notification("good", &[&format!("aad:{}", ben.object_id())]);
    let bodies = [&*good.to_string(), "no JSON at all"];
    let answer = stage.invoke_notify(batch("notifications", &bodies)).await;
    assert!(failed(&answer.expect("an answer")).is_empty());
    stage.settle().await;
    ben.chat()
        .next_message()
        .await
        .expect("the good one arrives");
    assert_eq!(stage.mail.notification_dead.take_all(), ["no JSON at all"]);
}

#[tokio::test]
async fn what_was_accepted_is_on_the_ledger_as_it_came() {
    let stage = Stage::contoso().await;
    let body = notification("kept", &["everyone"]);
    stage.accepts(&body).await;
    let frozen = stage.store.ledger().notification(&key_of(&body)).await;
    let frozen = frozen.expect("the table works").expect("it is there");
    assert_eq!(frozen.id.as_str(), "kept");
    assert_eq!(frozen.tenant.as_str(), stage.teams.tenant());
    assert_eq!(
        serde_json::to_value(&frozen.notification).expect("JSON")["what"],
        body["what"]
    );
}

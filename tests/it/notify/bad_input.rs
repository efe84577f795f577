//! What can never succeed, and what an operator has to mend: a clear error, the right end, nothing lost.

use aws::OutgoingMessage;
use notifications::{Topic, TopicName};
use serde_json::{Value, json};
use work_items::PlanPage;

use super::{key_of, notification};
use crate::stage::{Stage, TableFault, batch, failed};

/// Sends a body through the queue that can never succeed; the dead letter.
async fn refused(stage: &Stage, body: &str) -> OutgoingMessage {
    let answer = stage.invoke_notify(batch("notifications", &[body])).await;
    let answer = answer.expect("a batch always has an answer");
    assert!(failed(&answer).is_empty(), "it is acknowledged");
    let mut letters = stage.mail.notification_dead.take_messages();
    assert_eq!(letters.len(), 1, "it is kept");
    let letter = letters.remove(0);
    assert_eq!(letter.body, body, "as it came");
    letter
}

fn attribute<'a>(letter: &'a OutgoingMessage, name: &str) -> &'a str {
    let found = letter.attributes.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn broken() -> Value {
    json!({
        "topic": "deploys",
        "to": ["aad:somebody", "everyone"],
        "what": 7,
        "item": { "name": "cart", "url": "javascript:alert(1)" },
        "colour": "red"
    })
}

#[tokio::test]
async fn a_broken_contract_names_every_field_in_the_dead_letter() {
    let stage = Stage::contoso().await;
    let letter = refused(&stage, &broken().to_string()).await;
    assert_eq!(attribute(&letter, "error-type"), "Contract");
    assert_eq!(attribute(&letter, "original-message-id"), "m-0");
    let paths = attribute(&letter, "error-path");
    let message = attribute(&letter, "error-message");
    for path in ["to[0]", "what", "item.url", "actor", "colour"] {
        assert!(paths.contains(path), "{path} in {paths}");
        assert!(message.contains(path), "{path} in {message}");
    }
}

#[tokio::test]
async fn a_broken_contract_is_a_direct_invocations_error() {
    let stage = Stage::contoso().await;
    let error = stage
        .invoke_notify(broken())
        .await
        .expect_err("it is refused");
    assert_eq!(error.error_type, "Contract");
    for path in ["to[0]", "what", "item.url", "actor", "colour"] {
        assert!(
            error.error_message.contains(path),
            "{}",
            error.error_message
        );
    }
    assert_eq!(
        stage.mail.notification_dead.len(),
        0,
        "the error says it all"
    );
}

#[tokio::test]
async fn no_json_and_too_much_of_it_go_to_the_dead_letters() {
    let stage = Stage::contoso().await;
    for body in ["", "{", "\u{0}", "[]", "7", "null", "{\"Records\":[]}"] {
        let letter = refused(&stage, body).await;
        assert_eq!(attribute(&letter, "error-type"), "Contract", "{body}");
    }
    let mut large = notification("large", &["everyone"]);
    large["body"] = "x".repeat(256 * 1024).into();
    let letter = refused(&stage, &large.to_string()).await;
    assert!(
        attribute(&letter, "error-message").contains("262144"),
        "{letter:?}"
    );
}

#[tokio::test]
async fn an_unknown_event_is_refused() {
    let stage = Stage::contoso().await;
    for event in [
        json!({ "Records": [{ "eventSource": "aws:s3", "s3": {} }] }),
        json!({ "hello": "world" }),
        json!({ "Records": [] }),
        json!(null),
        json!("text"),
    ] {
        let error = stage
            .invoke_notify(event.clone())
            .await
            .expect_err("refused");
        assert_eq!(error.error_type, "Contract", "{event}");
    }
}

#[tokio::test]
async fn an_id_that_means_something_else_now_is_an_error() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let first = notification("once", &[&format!("aad:{}", ben.object_id())]);
    let mut second = first.clone();
    second["what"] = "Something else".into();
    stage.accepts(&first).await;
    let letter = refused(&stage, &second.to_string()).await;
    assert_eq!(attribute(&letter, "error-type"), "IdReused");
    assert_eq!(attribute(&letter, "error-path"), "id");
    stage.settle().await;
    let messages = stage.teams.messages_to(&ben);
    assert_eq!(messages.len(), 1, "the first stands");
}

#[tokio::test]
async fn a_topic_may_limit_whom_it_is_sent_to() {
    let stage = Stage::contoso().await;
    let name: TopicName = "deploys".parse().expect("a topic");
    let mut topic = Topic::undefined(name);
    topic.audience_allowed = vec!["channel".to_owned()];
    let tenant = stage.teams.tenant().into();
    stage
        .store
        .topics()
        .put(&tenant, &topic)
        .await
        .expect("the table works");
    let letter = refused(&stage, &notification("1", &["everyone"]).to_string()).await;
    assert_eq!(attribute(&letter, "error-path"), "to");
    stage
        .accepts(&notification("2", &["channel:19:a@thread.tacv2"]))
        .await;
}

#[tokio::test]
async fn a_page_that_cannot_be_planned_goes_to_the_dead_letters() {
    let stage = Stage::contoso().await;
    let page = PlanPage {
        notification: key_of(&notification("never accepted", &["everyone"])),
        page: 3,
    };
    let letter = refused(&stage, &page.to_body()).await;
    assert_eq!(attribute(&letter, "error-type"), "NotOnLedger");
    let newer = page.to_body().replace("\"v\":1", "\"v\":9");
    let letter = refused(&stage, &newer).await;
    assert_eq!(attribute(&letter, "error-type"), "WorkItemVersion");
}

#[tokio::test]
async fn while_the_table_is_away_the_queue_keeps_the_message() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = notification("kept", &[&format!("aad:{}", ben.object_id())]);
    stage.table_faults.fail_all(Some(TableFault::NotSent));
    let event = batch("notifications", &[&body.to_string()]);
    let answer = stage.invoke_notify(event).await.expect("an answer");
    assert_eq!(failed(&answer), ["m-0"]);
    assert_eq!(stage.mail.notification_dead.len(), 0);
    let error = stage
        .invoke_notify(body.clone())
        .await
        .expect_err("no table");
    assert_eq!(error.error_type, "TableUnreachable");
    stage.table_faults.fail_all(None);
    stage.accepts(&body).await;
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn a_table_that_is_missing_is_named() {
    let mut stage = Stage::contoso().await;
    stage.notify.store = stage.store_of_no_table();
    let body = notification("1", &["everyone"]);
    let error = stage
        .invoke_notify(body.clone())
        .await
        .expect_err("no table");
    assert_eq!(error.error_type, "TableMissing");
    assert!(
        error.error_message.contains("nowhere"),
        "{}",
        error.error_message
    );
    let event = batch("notifications", &[&body.to_string()]);
    let answer = stage.invoke_notify(event).await.expect("an answer");
    assert_eq!(failed(&answer), ["m-0"]);
}

#[tokio::test]
async fn while_a_queue_is_missing_the_message_stays() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = notification("kept", &[&format!("aad:{}", ben.object_id())]);
    stage.mail.delivery.goes_missing(true);
    let event = batch("notifications", &[&body.to_string()]);
    let answer = stage.invoke_notify(event).await.expect("an answer");
    assert_eq!(failed(&answer), ["m-0"]);
    let error = stage
        .invoke_notify(body.clone())
        .await
        .expect_err("no queue");
    assert_eq!(error.error_type, "QueueRefused");
    stage.mail.delivery.goes_missing(false);
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn a_hopeless_message_is_not_lost_when_the_dead_letters_are_missing() {
    let stage = Stage::contoso().await;
    stage.mail.notification_dead.goes_missing(true);
    let event = batch("notifications", &["no JSON"]);
    let answer = stage.invoke_notify(event).await.expect("an answer");
    assert_eq!(failed(&answer), ["m-0"]);
}

//! What is not due yet, and what is not wanted any more.

use std::time::Duration;

use jiff::{SignedDuration, ToSpan as _};
use serde_json::Value;
use work_items::{HeldFor, PlanPage, QueueName};

use super::{key_of, notification};
use crate::stage::{Stage, start};

fn due(after: SignedDuration) -> Value {
    let mut body = notification("later", &["upn:ben@contoso.example"]);
    body["notBefore"] = (start() + after).to_string().into();
    body
}

#[tokio::test]
async fn a_short_wait_is_spent_in_the_queue() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = due(SignedDuration::from_mins(15));
    stage.accepts(&body).await;
    assert!(
        stage.chunks().is_empty(),
        "nothing is planned before its time"
    );
    let messages = stage.mail.notification.take_messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].delay, Duration::from_secs(900));
    let page = PlanPage::parse(&messages[0].body).expect("a page");
    assert_eq!((page.notification, page.page), (key_of(&body), 0));
    // The same message again, as SQS may: it waits again, and is sent once.
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(stage.clock_now(), start() + 15.minutes());
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn a_long_wait_is_held_in_the_table() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let body = due(SignedDuration::from_mins(16));
    let answer = stage
        .invoke_notify(body.clone())
        .await
        .expect("it is accepted");
    assert_eq!(answer["outcome"], "waits");
    stage.accepts(&body).await;
    stage.accepts(&body).await;
    assert_eq!(stage.mail.notification.len(), 0);
    assert!(stage.held(start() + 15.minutes()).await.is_empty());
    let held = stage.held(start() + 18.minutes()).await;
    let from_queue: Vec<_> = held
        .iter()
        .filter(|item| item.id.contains(key_of(&body).as_str()))
        .collect();
    assert_eq!(from_queue.len(), 1, "held once");
    assert_eq!(from_queue[0].why, HeldFor::NotBefore);
    assert_eq!(from_queue[0].queue, QueueName::Notification);
    assert_eq!(from_queue[0].until, start() + 16.minutes());
    // What the tick does then.
    stage.clock_set(start() + 16.minutes());
    stage.release(from_queue[0]).await;
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn what_has_expired_is_skipped_for_every_recipient() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let key = stage.knows(&ben).await;
    let mut body = notification("late", &["upn:ben@contoso.example"]);
    body["expires"] = "2026-11-24T08:59:59Z".into();
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(ben.chat().count(), 0);
    assert_eq!(stage.outcome(&key_of(&body), &key).await, "k:expired");
}

#[tokio::test]
async fn what_expires_while_it_is_held_is_skipped() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let key = stage.knows(&ben).await;
    let mut body = due(SignedDuration::from_mins(10));
    body["expires"] = (start() + 20.minutes()).to_string().into();
    stage.accepts(&body).await;
    stage.clock_set(start() + 21.minutes());
    stage.settle().await;
    assert_eq!(ben.chat().count(), 0);
    assert_eq!(stage.outcome(&key_of(&body), &key).await, "k:expired");
}

#[tokio::test]
async fn what_is_due_next_year_is_still_on_the_ledger_then() {
    let stage = Stage::contoso().await;
    let body = due(SignedDuration::from_hours(24 * 365));
    stage.accepts(&body).await;
    let partition = format!("N#{}", key_of(&body));
    let forgotten = stage.expiry(&partition, "META").await;
    assert!(forgotten > start() + SignedDuration::from_hours(24 * 395));
}

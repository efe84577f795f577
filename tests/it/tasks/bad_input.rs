use std::time::Duration;

use serde_json::json;
use work_items::{RefreshSigningKeys, Task};

use crate::bot::Bot;
use crate::stage::{batch, failed, record};

fn good() -> String {
    Task::RefreshSigningKeys(RefreshSigningKeys {}).to_body()
}

#[tokio::test]
async fn unknown_work_goes_to_the_dead_letters_with_its_reason_and_the_rest_is_done() {
    let bot = Bot::nowhere().await;
    let bad = [
        ("not json", "WorkItemMalformed"),
        (
            r#"{"v":2,"kind":"task","task":"welcome"}"#,
            "WorkItemVersion",
        ),
        (r#"{"v":1,"kind":"delivery-chunk"}"#, "WorkItemKind"),
        (
            r#"{"v":1,"kind":"task","task":"paint"}"#,
            "WorkItemMalformed",
        ),
        (
            r#"{"v":1,"kind":"task","task":"sync-roster"}"#,
            "WorkItemMalformed",
        ),
    ];
    let good = good();
    let bodies: Vec<&str> = bad
        .iter()
        .map(|(body, _)| *body)
        .chain([good.as_str()])
        .collect();
    let answer = bot.invoke_tasks(&batch("tasks", &bodies)).await.unwrap();
    assert!(failed(&answer).is_empty(), "all are acknowledged");
    let letters = bot.task_dead.take_messages();
    assert_eq!(letters.len(), bad.len());
    for (letter, (body, kind)) in letters.iter().zip(bad) {
        let attribute = |name: &str| {
            let found = letter.attributes.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.as_str()).unwrap()
        };
        assert_eq!(letter.body, body);
        assert_eq!(attribute("error-type"), kind);
        assert!(!attribute("error-path").is_empty());
        assert!(attribute("original-message-id").starts_with("m-"));
    }
}

#[tokio::test]
async fn a_redriven_message_keeps_its_first_id() {
    let bot = Bot::nowhere().await;
    let mut redriven = record("tasks", "new-id", "not json");
    redriven["messageAttributes"]["original-message-id"] = json!({ "stringValue": "first-id", "dataType": "String", "stringListValues": [], "binaryListValues": [] });
    bot.invoke_tasks(&json!({ "Records": [redriven] }))
        .await
        .unwrap();
    let letters = bot.task_dead.take_messages();
    assert!(
        letters[0]
            .attributes
            .contains(&("original-message-id".to_owned(), "first-id".to_owned()))
    );
}

#[tokio::test]
async fn dead_letters_that_cannot_be_sent_are_shown_again() {
    let bot = Bot::nowhere().await;
    bot.task_dead.goes_missing(true);
    let answer = bot
        .invoke_tasks(&batch("tasks", &["not json", &good()]))
        .await
        .unwrap();
    assert_eq!(failed(&answer), ["m-0"]);
}

#[tokio::test]
async fn a_missing_table_loses_no_work() {
    let mut bot = Bot::nowhere().await;
    bot.stage.teams.person("Ben").install().await;
    let body = bot.task_mail.take_all().remove(0);
    let there = std::mem::replace(&mut bot.tasks.store, bot.stage.store_of_no_table());
    let batch = batch("tasks", &[&body]);
    let answer = bot.invoke_tasks(&batch).await.unwrap();
    assert_eq!(failed(&answer), ["m-0"]);
    assert_eq!(bot.task_dead.len(), 0);
    bot.tasks.store = there;
    assert!(failed(&bot.invoke_tasks(&batch).await.unwrap()).is_empty());
    bot.stage
        .teams
        .person("Ben")
        .chat()
        .next_message()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_event_of_another_kind_is_the_functions_error() {
    let bot = Bot::nowhere().await;
    for event in [
        json!({}),
        json!(7),
        json!({ "source": "aws.ec2", "detail-type": "State-change" }),
    ] {
        let error = bot.invoke_tasks(&event).await.unwrap_err();
        assert_eq!(error.error_type, "UnknownEvent");
        assert!(
            error
                .error_message
                .contains("expected an SQS batch or the tick")
        );
    }
}

#[tokio::test]
async fn a_task_queue_that_is_missing_loses_nothing_of_what_is_left() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    let bodies = bot.task_mail.take_all();
    let throttled = simulator::Fault::Answer(simulator::Reply::throttled(Some(300)));
    bot.stage
        .teams
        .fail_next(simulator::Operation::Send, throttled);
    bot.task_mail.goes_missing(true);
    let batch = batch("tasks", &[&bodies[0]]);
    assert_eq!(failed(&bot.invoke_tasks(&batch).await.unwrap()), ["m-0"]);
    bot.task_mail.goes_missing(false);
    // Before that nobody is asked, though the queue shows the message sooner.
    bot.stage.clock.advance(Duration::from_secs(300));
    assert!(failed(&bot.invoke_tasks(&batch).await.unwrap()).is_empty());
    ben.chat().next_message().await.unwrap();
}

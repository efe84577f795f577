use std::time::Duration;

use notifications::{NotificationId, NotificationKey, RecipientKey, Source};
use serde_json::json;
use work_items::{PublishAction, Task};

use crate::bot::Bot;
use crate::stage::{batch, failed};

/// Ben clicks on Approve; the task of it.
async fn clicked(bot: &Bot) -> String {
    clicked_with(bot, None).await
}

/// The same, while a workflow waits with this token.
async fn clicked_with(bot: &Bot, token: Option<&str>) -> String {
    let ben = bot.installed_for("Ben").await;
    let mut notification = json!({
        "id": "release-216",
        "topic": "approvals",
        "to": [format!("aad:{}", ben.object_id())],
        "what": "Checkout v216 waits for your approval",
        "item": { "name": "checkout v216" },
        "actor": { "name": "Chloé Martin" },
        "data": { "build": 7 },
        "card": {
            "type": "AdaptiveCard", "version": "1.5",
            "body": [{ "type": "TextBlock", "text": "Build ${build}" }],
            "actions": [{ "type": "Action.Execute", "title": "Approve", "verb": "approve", "data": { "build": "${build}" } }],
        },
    });
    if let Some(token) = token {
        notification["taskToken"] = token.into();
    }
    bot.notified(&notification).await;
    let message = ben.chat().next_message().await.unwrap();
    let pressed = ben.press("Approve", &message).await.unwrap();
    assert!(pressed.card().unwrap().to_string().contains("✔ You chose"));
    let mut bodies = bot.task_mail.take_all();
    assert_eq!(bodies.len(), 1);
    bodies.remove(0)
}

#[tokio::test]
async fn a_click_is_published_once_however_often_its_task_arrives() {
    let bot = Bot::nowhere().await;
    let body = clicked(&bot).await;
    bot.invoke_tasks(&batch("tasks", &[&body, &body, &body]))
        .await
        .unwrap();
    bot.later(Duration::from_secs(360));
    bot.invoke_tasks(&batch("tasks", &[&body])).await.unwrap();
    let [detail] = &bot.events.details()[..] else {
        panic!("not one event");
    };
    assert_eq!(
        detail["data"],
        json!({ "build": 7 }),
        "expanded from the ledger"
    );
}

#[tokio::test]
async fn the_first_click_answers_the_workflow_that_waits_for_one() {
    let bot = Bot::nowhere().await;
    let (ana, ben) = (
        bot.installed_for("Ana").await,
        bot.installed_for("Ben").await,
    );
    bot.notified(&json!({
        "id": "release-217",
        "topic": "approvals",
        "to": [format!("aad:{}", ana.object_id()), format!("aad:{}", ben.object_id())],
        "what": "Checkout v217 waits for your approval",
        "item": { "name": "checkout v217" },
        "actor": { "name": "Chloé Martin" },
        "actions": [
            { "title": "Approve", "verb": "approve", "data": { "build": 7 } },
            { "title": "Reject", "verb": "reject" },
        ],
        "taskToken": "AQCEAAAAKgAAAAMAAAAA",
    }))
    .await;
    for (person, button) in [(&ben, "Reject"), (&ana, "Approve")] {
        let message = person.chat().next_message().await.unwrap();
        person.press(button, &message).await.unwrap();
    }
    let bodies = bot.task_mail.take_all();
    let [reject, approve] = &bodies[..] else {
        panic!("not a task for each click");
    };
    for body in [reject, approve, reject] {
        let answer = bot.invoke_tasks(&batch("tasks", &[body])).await.unwrap();
        assert!(failed(&answer).is_empty());
    }
    assert_eq!(bot.events.details().len(), 2);
    let answers = bot.events.answers();
    let [(token, output)] = &answers[..] else {
        panic!("not one answer");
    };
    assert_eq!(token, "AQCEAAAAKgAAAAMAAAAA");
    assert_eq!(output["verb"], "reject");
    assert_eq!(output["actor"]["aadObjectId"], ben.object_id());
    assert_eq!(output, &bot.events.details()[0], "what the event says");
}

#[tokio::test]
async fn a_workflow_that_cannot_be_answered_is_tried_again_without_another_event() {
    let bot = Bot::nowhere().await;
    let body = clicked_with(&bot, Some("AQCEAAAAKgAAAAMAAAAA")).await;
    bot.events.refuses_tokens(true);
    let answer = bot.invoke_tasks(&batch("tasks", &[&body])).await.unwrap();
    assert_eq!(failed(&answer), ["m-0"]);
    bot.events.refuses_tokens(false);
    let answer = bot.invoke_tasks(&batch("tasks", &[&body])).await.unwrap();
    assert!(failed(&answer).is_empty());
    assert_eq!(bot.events.answers().len(), 1);
    assert_eq!(bot.events.details().len(), 1);
}

#[tokio::test]
async fn a_bus_that_refuses_makes_the_queue_show_the_click_again() {
    let bot = Bot::nowhere().await;
    let body = clicked(&bot).await;
    bot.events.refuses(true);
    let answer = bot.invoke_tasks(&batch("tasks", &[&body])).await.unwrap();
    assert_eq!(failed(&answer), ["m-0"]);
    bot.events.refuses(false);
    let answer = bot.invoke_tasks(&batch("tasks", &[&body])).await.unwrap();
    assert!(failed(&answer).is_empty());
    assert_eq!(bot.events.details().len(), 1);
}

#[tokio::test]
async fn a_click_that_is_not_on_the_ledger_goes_to_the_dead_letters() {
    let bot = Bot::nowhere().await;
    let task = Task::PublishAction(PublishAction {
        notification: NotificationKey::of(&Source::Queue, &NotificationId::new("never")),
        verb: "approve".to_owned(),
        by: RecipientKey::person(&"nobody".into()),
    });
    let answer = bot
        .invoke_tasks(&batch("tasks", &[&task.to_body()]))
        .await
        .unwrap();
    assert!(failed(&answer).is_empty());
    let letters = bot.task_dead.take_messages();
    let kind = letters[0]
        .attributes
        .iter()
        .find(|(name, _)| name == "error-type");
    assert_eq!(kind.unwrap().1, "NotOnLedger");
    assert_eq!(bot.events.details().len(), 0);
}

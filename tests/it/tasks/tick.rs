use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulator::{Fault, Operation, Reply};
use work_items::{HeldFor, HeldItem, QueueName, RefreshSigningKeys, Task};

use crate::bot::Bot;
use crate::stage::{TableFault, batch, killed_after, start};

fn tick() -> Value {
    json!({ "source": "tidings", "detail-type": "tidings.tick", "detail": {} })
}

async fn hold(bot: &Bot, id: &str, until: Timestamp, queue: QueueName) {
    let item = HeldItem {
        id: id.to_owned(),
        until,
        why: HeldFor::Schedule,
        queue,
        body: format!("body of {id}"),
    };
    bot.stage
        .store
        .held()
        .hold(&item, bot.stage.clock_now())
        .await
        .unwrap();
}

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn what_is_due_goes_to_its_queue_and_the_rest_waits() {
    let bot = Bot::nowhere().await;
    hold(&bot, "notification", after(1), QueueName::Notification).await;
    hold(&bot, "delivery", after(1), QueueName::Delivery).await;
    hold(&bot, "broadcast", after(2), QueueName::Broadcast).await;
    hold(&bot, "task", after(60), QueueName::Task).await;
    assert_eq!(
        bot.invoke_tasks(&tick()).await.unwrap(),
        json!({ "released": 0, "more": false })
    );
    bot.later(Duration::from_secs(150));
    assert_eq!(
        bot.invoke_tasks(&tick()).await.unwrap(),
        json!({ "released": 3, "more": false })
    );
    assert_eq!(
        bot.stage.mail.notification.take_all(),
        ["body of notification"]
    );
    assert_eq!(bot.stage.mail.delivery.take_all(), ["body of delivery"]);
    assert_eq!(bot.stage.mail.broadcast.take_all(), ["body of broadcast"]);
    assert_eq!(bot.task_mail.len(), 0);
    bot.later(Duration::from_secs(3600));
    bot.invoke_tasks(&tick()).await.unwrap();
    assert_eq!(bot.task_mail.take_all(), ["body of task"]);
    assert_eq!(
        bot.invoke_tasks(&tick()).await.unwrap()["released"],
        0,
        "nothing is released twice"
    );
}

#[tokio::test]
async fn what_eventbridge_itself_sends_is_a_tick_too() {
    let bot = Bot::nowhere().await;
    let scheduled = json!({
        "version": "0", "id": "cdc73f9d", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {},
    });
    assert_eq!(bot.invoke_tasks(&scheduled).await.unwrap()["released"], 0);
}

#[tokio::test]
async fn after_ticks_that_never_came_everything_is_released() {
    let bot = Bot::nowhere().await;
    bot.invoke_tasks(&tick()).await.unwrap();
    for minute in [1, 5, 60, 150] {
        hold(
            &bot,
            &format!("at {minute}"),
            after(minute),
            QueueName::Delivery,
        )
        .await;
    }
    bot.later(Duration::from_secs(3 * 60 * 60));
    assert_eq!(bot.invoke_tasks(&tick()).await.unwrap()["released"], 4);
    assert_eq!(bot.stage.mail.delivery.take_all().len(), 4);
}

#[tokio::test]
async fn a_queue_that_is_missing_keeps_its_items_held_and_the_others_get_theirs() {
    let bot = Bot::nowhere().await;
    hold(&bot, "notification", after(1), QueueName::Notification).await;
    hold(&bot, "delivery", after(1), QueueName::Delivery).await;
    bot.later(Duration::from_secs(150));
    bot.stage.mail.notification.goes_missing(true);
    for _ in 0..3 {
        let error = bot.invoke_tasks(&tick()).await.unwrap_err();
        assert_eq!(error.error_type, "QueueUnavailable");
        assert!(error.error_message.contains("failed to release 1 items"));
        bot.later(Duration::from_secs(300));
    }
    assert_eq!(bot.stage.mail.delivery.take_all(), ["body of delivery"]);
    bot.stage.mail.notification.goes_missing(false);
    assert_eq!(bot.invoke_tasks(&tick()).await.unwrap()["released"], 1);
    assert_eq!(
        bot.stage.mail.notification.take_all(),
        ["body of notification"]
    );
}

#[tokio::test]
async fn wherever_a_tick_is_killed_the_next_one_loses_nothing() {
    let bot = Bot::nowhere().await;
    bot.invoke_tasks(&tick()).await.unwrap();
    for waits in 0..200 {
        let due = bot.stage.clock_now() + SignedDuration::from_mins(1);
        for number in 0..3 {
            hold(&bot, &format!("item {number}"), due, QueueName::Delivery).await;
        }
        bot.later(Duration::from_secs(120));
        let killed = killed_after(waits, bot.invoke_tasks(&tick())).await;
        bot.later(Duration::from_secs(60));
        bot.invoke_tasks(&tick()).await.unwrap();
        let mut released = bot.stage.mail.delivery.take_all();
        released.sort_unstable();
        released.dedup();
        assert_eq!(released.len(), 3, "killed after {waits}");
        if killed.is_some() {
            return;
        }
    }
    panic!("a tick never ends");
}

#[tokio::test]
async fn a_table_that_fails_is_the_ticks_error_and_the_next_tick_does_it() {
    let bot = Bot::nowhere().await;
    hold(&bot, "one", after(1), QueueName::Delivery).await;
    bot.later(Duration::from_secs(150));
    bot.stage.table_faults.fail_all(Some(TableFault::NotSent));
    let error = bot.invoke_tasks(&tick()).await.unwrap_err();
    assert_eq!(error.error_type, "TableUnreachable");
    bot.stage.table_faults.fail_all(None);
    assert_eq!(bot.invoke_tasks(&tick()).await.unwrap()["released"], 1);
    assert_eq!(bot.stage.mail.delivery.len(), 1);
}

#[tokio::test]
async fn the_tick_keeps_the_signing_keys_young() {
    let bot = Bot::nowhere().await;
    for _ in 0..3 {
        bot.invoke_tasks(&tick()).await.unwrap();
        bot.later(Duration::from_secs(60));
    }
    assert_eq!(bot.stage.teams.count(Operation::SigningKeys), 1);

    // And a cold start of `messages` finds them.
    let ben = bot.stage.teams.person("Ben");
    assert_eq!(ben.install().await[0].status(), Some(200));
    assert_eq!(bot.stage.teams.count(Operation::SigningKeys), 1);
    bot.task_mail.take_all();
}

#[tokio::test]
async fn a_key_provider_that_is_down_is_no_failure_of_the_tick() {
    let bot = Bot::nowhere().await;
    let down = Fault::Answer(Reply::gateway_error(503));
    bot.stage.teams.fail_next(Operation::OpenIdMetadata, down);
    bot.invoke_tasks(&tick()).await.unwrap();
    bot.invoke_tasks(&tick()).await.unwrap();
    assert_eq!(bot.stage.teams.count(Operation::SigningKeys), 1);
}

#[tokio::test]
async fn keys_that_are_a_day_old_are_fetched_again() {
    let bot = Bot::nowhere().await;
    let refresh = Task::RefreshSigningKeys(RefreshSigningKeys {}).to_body();
    for fetched in 1..=2 {
        for _ in 0..2 {
            bot.invoke_tasks(&batch("tasks", &[&refresh]))
                .await
                .unwrap();
            assert_eq!(bot.stage.teams.count(Operation::SigningKeys), fetched);
        }
        bot.later(Duration::from_secs(25 * 60 * 60));
    }
}

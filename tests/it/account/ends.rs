//! The end of a notification is found, whoever dies on the way, and its numbers are exact.

use delivery_events::Level;

use super::Crowd;
use crate::stage::TableFault;

#[tokio::test]
async fn a_notification_of_some_chunks_ends_with_the_last_of_them() {
    let crowd = Crowd::of(45).await;
    let key = crowd.planned("1").await;
    let planned = crowd.counts(&key).await;
    assert_eq!(
        (planned.planned, planned.waiting, planned.chunks),
        (45, 45, 3)
    );
    crowd.bot.stage.settle().await;
    let ended = crowd.has_ended(&key, "sent").await;
    assert_eq!(ended.tally.sent, 45);
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_worker_killed_at_any_wait_leaves_an_end_that_is_found_and_right() {
    let mut crowd = Crowd::of(6).await;
    crowd.in_small_chunks().await;
    crowd.bot.stage.deliver.level = Level::Notification;
    crowd.bot.tasks.level = Level::Notification;
    for waits in 1.. {
        let key = crowd.planned(&format!("{waits}")).await;
        let (mut kill, mut killed) = (Some(waits), false);
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        let case = format!("killed after {waits}");
        // Whoever died between recording and counting is made good for.
        crowd.later().await;
        crowd.has_ended(&key, &case).await;
        let about = |detail: &&serde_json::Value| detail["notification"]["key"] == key.as_str();
        let told = crowd.told("tidings.delivery.ended");
        let told: Vec<_> = told.iter().filter(about).collect();
        assert!(!told.is_empty(), "{case}: nobody was told");
        assert!(told.iter().all(|one| **one == *told[0]), "{case}: {told:?}");
        if !killed {
            assert!(waits > 12, "there was something to kill: {waits}");
            assert_eq!(told.len(), 1, "nobody died");
            break;
        }
    }
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_table_that_fails_at_any_request_leaves_an_end_that_is_found_and_right() {
    let mut crowd = Crowd::of(6).await;
    crowd.in_small_chunks().await;
    for fault in [TableFault::NotSent, TableFault::AnswerLost] {
        for nth in 0.. {
            let key = crowd.planned(&format!("{fault:?} {nth}")).await;
            crowd.bot.stage.table_faults.fail(nth, fault);
            crowd.deliver(|| None).await;
            let happened = crowd.bot.stage.table_faults.happened();
            crowd.later().await;
            crowd.has_ended(&key, &format!("{fault:?} {nth}")).await;
            if !happened {
                assert!(nth > 6, "there was something to fail");
                break;
            }
        }
    }
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn what_is_for_nobody_ends_too() {
    let mut crowd = Crowd::of(1).await;
    crowd.bot.tasks.level = Level::Notification;
    let body = crate::notify::notification("nobody", &["topic:deploys"]);
    crowd.bot.stage.accepts(&body).await;
    let key = crate::notify::key_of(&body);
    let counts = crowd.counts(&key).await;
    assert_eq!((counts.planned, counts.waiting), (0, 0));
    assert!(counts.ended.is_some());
    crowd.later().await;
    assert_eq!(crowd.told("tidings.delivery.ended").len(), 1);
}

//! Cancelling takes hold within seconds.

use std::time::Duration;

use startup::Clock as _;
use store::Cancelled;

use super::Crowd;

#[tokio::test]
async fn what_is_queued_is_not_sent_any_more_and_everybody_is_accounted_for() {
    let crowd = Crowd::of(45).await;
    let key = crowd.planned("1").await;
    let (store, now) = (&crowd.bot.stage.store, crowd.bot.stage.clock.now());
    assert_eq!(
        store.ledger().cancel(&key, now).await.unwrap(),
        Cancelled::Now
    );
    crowd.bot.stage.settle().await;
    assert_eq!(crowd.outcomes(&key).await, ["k:cancelled"; 45]);
    let counts = crowd.has_ended(&key, "cancelled").await;
    assert_eq!(counts.cancelled, Some(now));
    assert!(
        crowd
            .people
            .iter()
            .all(|(person, _)| person.chat().count() == 0)
    );
}

#[tokio::test]
async fn an_environment_that_has_the_notification_in_memory_sees_it_too() {
    let crowd = Crowd::of(45).await;
    let key = crowd.planned("1").await;
    let bodies = crowd.bot.stage.mail.delivery.take_all();
    let first = crate::stage::batch("deliveries", &[&bodies[0]]);
    crowd.bot.stage.invoke_deliver(first).await.unwrap();
    let (store, now) = (&crowd.bot.stage.store, crowd.bot.stage.clock.now());
    store.ledger().cancel(&key, now).await.unwrap();
    crowd.bot.stage.clock.advance(Duration::from_secs(2));
    for body in &bodies[1..] {
        let next = crate::stage::batch("deliveries", &[body]);
        crowd.bot.stage.invoke_deliver(next).await.unwrap();
    }
    let counts = crowd.has_ended(&key, "cancelled").await;
    assert_eq!((counts.tally.sent, counts.tally.all_skipped()), (20, 25));
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_page_that_is_not_planned_is_planned_and_not_sent() {
    let crowd = Crowd::of(3).await;
    let mut body = crate::notify::notification("later", &["everyone"]);
    body["notBefore"] = "2026-11-24T09:10:00Z".into();
    crowd.bot.stage.accepts(&body).await;
    let key = crate::notify::key_of(&body);
    let (store, now) = (&crowd.bot.stage.store, crowd.bot.stage.clock.now());
    assert_eq!(
        store.ledger().cancel(&key, now).await.unwrap(),
        Cancelled::Now
    );
    crowd.bot.stage.settle().await;
    assert_eq!(crowd.outcomes(&key).await, ["k:cancelled"; 3]);
}

#[tokio::test]
async fn an_invocation_that_is_under_way_stops_within_seconds() {
    let crowd = Crowd::of(40).await;
    let key = crowd.planned("1").await;
    let stage = &crowd.bot.stage;
    // Everybody is asked to wait a little; meanwhile somebody cancels.
    for _ in 0..40 {
        let throttled = simulator::Reply::throttled(Some(3));
        let fault = simulator::Fault::Answer(throttled);
        stage.teams.fail_next(simulator::Operation::Send, fault);
    }
    let bodies = stage.mail.delivery.take_all();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let ledger = stage.store.ledger();
    let working = stage.invoke_deliver(crate::stage::batch("deliveries", &bodies));
    let cancelling = async {
        while stage.teams.faults_left() == 40 {
            tokio::task::yield_now().await;
        }
        ledger.cancel(&key, stage.clock.now()).await.unwrap();
    };
    let (answer, ()) = futures_util::future::join(working, cancelling).await;
    assert!(answer.unwrap().batch_item_failures.is_empty());
    stage.settle().await;
    let counts = crowd.has_ended(&key, "cancelled").await;
    // Those whose requests were under way before somebody looked again.
    assert!(counts.tally.sent <= 16, "{counts:?}");
    assert_eq!(counts.tally.sent + counts.tally.all_skipped(), 40);
    stage.teams.release_unread();
}

#[tokio::test]
async fn who_waits_for_the_app_need_not_wait_any_more() {
    let crowd = Crowd::of(2).await;
    let (gone, recipient) = &crowd.people[0];
    let tenant = crowd.bot.stage.teams.tenant().into();
    let people = crowd.bot.stage.store.people();
    crowd.bot.stage.clock.advance(Duration::from_secs(1));
    let now = crowd.bot.stage.clock.now();
    people.remove(&tenant, recipient, now).await.unwrap();
    let to = format!("aad:{}", gone.object_id());
    let body = crate::notify::notification("1", &[&to]);
    crowd.bot.stage.accepts(&body).await;
    crowd.bot.stage.settle().await;
    let key = crate::notify::key_of(&body);
    assert_eq!(crowd.bot.stage.outcome(&key, recipient).await, "waiting");
    let ledger = crowd.bot.stage.store.ledger();
    assert_eq!(ledger.cancel(&key, now).await.unwrap(), Cancelled::Now);
    crowd.later().await;
    let outcome = crowd.bot.stage.outcome(&key, recipient).await;
    assert_eq!(outcome, "k:cancelled");
    assert!(crowd.counts(&key).await.ended.is_some());
}

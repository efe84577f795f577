//! Occurrence after occurrence.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::stage::{Stage, define, is_over, lunch, with};

async fn times(stage: &Stage, poll: &str) -> Vec<String> {
    let all = stage.occurrences(poll).await;
    all.iter()
        .map(|one| one.id.scheduled().to_string())
        .collect()
}

#[tokio::test]
async fn across_the_change_of_clocks_a_poll_opens_once_each_day_at_its_hour() {
    let stage = Stage::new().await;
    stage.clock.set("2027-03-12T20:00:00Z".parse().unwrap());
    for (id, zone) in [("madrid", "Europe/Madrid"), ("york", "America/New_York")] {
        let daily = json!({"id": id, "schedule": {"cron": "30 2 * * *", "zone": zone}});
        stage.accepts(with(lunch(), daily)).await;
    }
    stage
        .wait_until("2027-03-29T12:00:00Z".parse().unwrap())
        .await;
    let york = times(&stage, "york").await;
    // On the 14th there is no half past two in New York: it is asked at three, which is 07:00 in UTC.
    assert_eq!(york[0], "2027-03-13T07:30:00Z");
    assert_eq!(york[1], "2027-03-14T07:00:00Z");
    assert_eq!(york[2], "2027-03-15T06:30:00Z");
    let madrid = times(&stage, "madrid").await;
    assert_eq!(madrid.len(), 17);
    assert_eq!(madrid[14], "2027-03-27T01:30:00Z");
    assert_eq!(madrid[15], "2027-03-28T01:00:00Z");
    assert_eq!(madrid[16], "2027-03-29T00:30:00Z");
    assert!(stage.occurrences("york").await.iter().all(is_over));
    assert_eq!(stage.told().len(), york.len() + madrid.len());
}

#[tokio::test]
async fn without_a_single_schedule_the_sweep_does_it_all() {
    let stage = Stage::new().await;
    let hourly =
        json!({"schedule": {"cron": "0 * * * *"}, "closes": {"after": "20m"}, "remind": ["10m"]});
    stage.accepts(with(lunch(), hourly)).await;
    let mut now: Timestamp = stage.now();
    for _ in 0..35 {
        now += SignedDuration::from_mins(5);
        stage.clock.set(now);
        // What the schedules would have invoked is lost.
        drop(stage.schedules.due(now));
        stage.sweep().await;
    }
    let all = stage.occurrences("lunch").await;
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.iter().all(is_over));
    assert_eq!(stage.told().len(), 3);
}

#[tokio::test]
async fn after_a_long_standstill_what_was_missed_is_asked_once() {
    let stage = Stage::new().await;
    let hourly = json!({
        "schedule": {"cron": "0 * * * *"}, "closes": {"after": "20m"}, "remind": [],
    });
    stage.accepts(with(lunch(), hourly)).await;
    stage.clock.set("2026-11-25T21:30:00Z".parse().unwrap());
    stage.sweep().await;
    let missed = ["2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z"];
    assert_eq!(times(&stage, "lunch").await, missed);
    let next = stage.schedules.next().unwrap();
    stage.wait_until(next + SignedDuration::from_hours(1)).await;
    let all = times(&stage, "lunch").await;
    assert_eq!(all[2], "2026-11-25T22:00:00Z");
}

#[tokio::test]
async fn a_tick_that_comes_too_early_opens_nothing() {
    let stage = Stage::new().await;
    let later = json!({"schedule": {"at": "2026-11-24T12:00", "zone": "UTC"}});
    let answer = stage.invoke(define(with(lunch(), later))).await;
    let next = "2026-11-24T12:00:00Z".parse().unwrap();
    let poll = "lunch".parse().unwrap();
    let next = Some(next);
    assert_eq!(answer, polling::Answer::Accepted { poll, next });
    let tick = stage.schedules.all().remove(0).input;
    stage.invoke(serde_json::from_str(&tick).unwrap()).await;
    assert_eq!(times(&stage, "lunch").await, Vec::<String>::new());
    stage.wait(181).await;
    assert_eq!(times(&stage, "lunch").await, ["2026-11-24T12:00:00Z"]);
}

//! What cannot be asked is refused with every fault, before anything is written or scheduled.

use polling::Answer;
use serde_json::{Value, json};

use super::stage::{Stage, define, lunch, with};

/// What is refused, and where the fault is; nothing was written or scheduled.
async fn refused(stage: &Stage, event: Value) -> (String, Vec<String>) {
    let before = stage.everything("tidings").await;
    let schedules = stage.schedules.all();
    let answer = stage.invoke(event.clone()).await;
    let Answer::Refused {
        error_type,
        error_path,
        problems,
    } = answer
    else {
        panic!("{answer:?}");
    };
    assert_eq!(stage.everything("tidings").await, before);
    assert_eq!(stage.schedules.all(), schedules);
    let letters = stage.dead.take_messages();
    assert_eq!(letters.len(), 1);
    let body: Value = serde_json::from_str(&letters[0].body).unwrap();
    assert_eq!(body, event, "whoever redrives it sends what was sent");
    let attribute = |name: &str| {
        let found = letters[0].attributes.iter().find(|(one, _)| one == name);
        found.unwrap().1.clone()
    };
    assert_eq!(attribute("error-type"), error_type);
    assert_eq!(attribute("error-path"), error_path);
    assert_eq!(
        attribute("original-message-id"),
        event["id"].as_str().unwrap()
    );
    (format!("{error_type}: {error_path}"), problems)
}

#[tokio::test]
async fn every_wrong_field_is_named_with_what_was_expected() {
    let stage = Stage::new().await;
    let wrong = with(
        lunch(),
        json!({"title": "", "questions": [], "closes": {"after": "soon"}}),
    );
    let (what, problems) = refused(&stage, define(wrong)).await;
    for field in ["title", "questions", "closes.after"] {
        assert!(what.contains(field), "{what}");
    }
    assert!(
        problems.iter().all(|problem| problem.contains("expected")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_schedule_that_is_past_is_refused_with_the_next_possible_time() {
    let stage = Stage::new().await;
    let past = json!({"schedule": {"at": "2026-11-23T08:00", "zone": "Europe/Madrid"}});
    let (what, problems) = refused(&stage, define(with(lunch(), past))).await;
    assert_eq!(what, "Contract: schedule");
    assert!(
        problems[0].contains("2026-11-25T08:00 Europe/Madrid"),
        "{problems:?}"
    );

    let never = json!({"schedule": {"cron": "0 9 30 2 *"}});
    let (what, problems) = refused(&stage, define(with(lunch(), never))).await;
    assert!(what.starts_with("Contract: schedule"), "{what}");
    assert!(!problems[0].is_empty());

    let nonsense = json!({"schedule": {"cron": "when I like", "zone": "Europe/Atlantis"}});
    let (what, _) = refused(&stage, define(with(lunch(), nonsense))).await;
    assert!(
        what.contains("schedule.cron") && what.contains("schedule.zone"),
        "{what}"
    );
}

#[tokio::test]
async fn a_closing_before_the_opening_or_long_after_it_is_refused() {
    let stage = Stage::new().await;
    let early = json!({
        "schedule": {"at": "2026-12-24T08:00"}, "closes": {"at": "2026-12-24T07:00:00Z"},
    });
    let (what, _) = refused(&stage, define(with(lunch(), early))).await;
    assert_eq!(what, "Contract: closes.at");
    let long = json!({"closes": {"at": "2027-12-24T07:00:00Z"}});
    let (what, _) = refused(&stage, define(with(lunch(), long))).await;
    assert_eq!(what, "Contract: closes.at");
}

#[tokio::test]
async fn another_poll_under_the_same_id_is_refused() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let (what, _) = refused(&stage, define(with(lunch(), json!({"title": "Dinner?"})))).await;
    assert_eq!(what, "IdReused: id");
}

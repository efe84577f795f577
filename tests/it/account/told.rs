//! What is told on the bus, and that telling never holds up or doubles a delivery.

use delivery_events::Level;
use jsonschema::Validator;
use serde_json::Value;
use simulator::{Fault, Operation, Reply};

use super::Crowd;

fn schema(detail_type: &str) -> Validator {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas");
    let file = format!("{folder}/{detail_type}.v1.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

async fn crowd(people: u32, level: Level) -> Crowd {
    let mut crowd = Crowd::of(people).await;
    crowd.bot.stage.deliver.level = level;
    crowd.bot.tasks.level = level;
    crowd
}

#[tokio::test]
async fn every_real_event_is_as_its_schema_says_and_makes_no_notification() {
    let crowd = crowd(45, Level::Recipient).await;
    let fault = Reply::error(500, "ServiceError", "no");
    crowd
        .bot
        .stage
        .teams
        .fail_next(Operation::Send, Fault::Answer(fault));
    let key = crowd.sent("1").await;
    for (detail_type, count) in [
        ("tidings.delivery.ended", 1),
        ("tidings.delivery.chunk", 3),
        ("tidings.delivery.recipient", 45),
    ] {
        let details = crowd.told(detail_type);
        assert_eq!(details.len(), count, "{detail_type}");
        let schema = schema(detail_type);
        for detail in &details {
            let errors: Vec<String> = schema
                .iter_errors(detail)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, [""; 0], "{detail:#}");
            assert!(!detail.to_string().contains("cart v12"), "{detail:#}");
        }
    }
    let ended = &crowd.told("tidings.delivery.ended")[0];
    assert_eq!(ended["outcomes"]["sent"], 44);
    assert_eq!(ended["outcomes"]["failed"]["service-fault"], 1);
    assert_eq!(ended["notification"]["key"], key.as_str());

    // They come back, as through a rule that somebody made.
    for event in crowd.bot.events.events() {
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        let envelope = serde_json::json!({
            "version": "0", "id": "e-1", "source": event.source, "detail-type": event.detail_type,
            "account": "1", "time": "2026-11-24T09:00:00Z", "region": "eu-west-1", "resources": [], "detail": detail,
        });
        crowd.bot.stage.accepts(&envelope).await;
    }
    assert!(crowd.bot.stage.chunks().is_empty());
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_single_recipient_s_notification_is_told_without_another_request() {
    let crowd = crowd(1, Level::Notification).await;
    let body =
        crate::notify::notification("1", &[&format!("aad:{}", crowd.people[0].0.object_id())]);
    crowd.bot.stage.accepts(&body).await;
    let batch = crate::deliver::delivery_batch(&crowd.bot.stage);
    crowd.bot.stage.table_faults.take_count();
    crowd.bot.stage.invoke_deliver(batch.clone()).await.unwrap();
    assert_eq!(crowd.bot.stage.table_faults.take_count(), 3);
    let told = crowd.told("tidings.delivery.ended");
    assert_eq!((told.len(), &told[0]["recipients"]), (1, &1.into()));
    // Its worker died after telling: the message comes back, and so does the event.
    crowd.bot.stage.invoke_deliver(batch).await.unwrap();
    let again = crowd.told("tidings.delivery.ended");
    assert_eq!((again.len(), &again[0]), (2, &again[1]));
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_bus_that_refuses_holds_up_nothing_and_hears_of_the_end_later() {
    for people in [2, 25] {
        let crowd = crowd(people, Level::Chunk).await;
        crowd.bot.events.refuses(true);
        let key = crowd.sent("1").await;
        crowd.has_ended_or_is_alone(&key, people).await;
        assert!(crowd.bot.events.events().is_empty());
        crowd.bot.events.refuses(false);
        crowd.later().await;
        assert_eq!(crowd.told("tidings.delivery.ended").len(), 1);
        assert_eq!(
            crowd.told("tidings.delivery.chunk").len(),
            0,
            "these are lost"
        );
        crowd.later().await;
        assert_eq!(crowd.told("tidings.delivery.ended").len(), 1);
        for (person, _) in &crowd.people {
            assert_eq!(person.chat().count(), 1);
        }
        crowd.bot.stage.teams.release_unread();
    }
}

impl Crowd {
    async fn has_ended_or_is_alone(&self, key: &notifications::NotificationKey, people: u32) {
        let counts = self.counts(key).await;
        assert!(counts.ended.is_some());
        assert_eq!(counts.tally.sent, u64::from(people));
    }
}

#[tokio::test]
async fn nothing_is_told_when_it_is_off() {
    let crowd = crowd(25, Level::Off).await;
    crowd.sent("1").await;
    crowd.later().await;
    assert!(crowd.bot.events.events().is_empty());
    crowd.bot.stage.teams.release_unread();
}

//! Every sample in `events/notify` is what its name says.

use notifications::envelope::unwrap;
use notifications::{Carrier, Unwrapped};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What each body of an event says: as an SQS batch, or invoked directly.
fn told(event: &Value) -> Vec<String> {
    let records = event["Records"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let from_queue = records
        .first()
        .is_some_and(|one| one["eventSource"] == "aws:sqs");
    if !from_queue {
        return vec![tell(&event.to_string(), &Carrier::invocation("request"))];
    }
    records
        .iter()
        .map(|record| {
            let id = record["messageId"].as_str().unwrap();
            tell(record["body"].as_str().unwrap(), &Carrier::queue(id, None))
        })
        .collect()
}

fn tell(body: &str, carrier: &Carrier<'_>) -> String {
    match unwrap(body.as_bytes(), carrier) {
        Ok(Unwrapped::Ours) => "our own, dropped".to_owned(),
        Err(errors) => format!("broken: {}", errors.paths()),
        Ok(Unwrapped::Notification(incoming)) => {
            let notification = incoming.notification;
            let to: Vec<String> =
                serde_json::from_value(serde_json::to_value(notification.audience()).unwrap())
                    .unwrap();
            format!("{} → {}", notification.what, to.join(" "))
        }
    }
}

#[test]
fn every_sample_says_what_its_name_promises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/notify");
    let mut all = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let event: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        all.insert(name, told(&event));
    }
    insta::assert_json_snapshot!(all);
}

#[test]
fn real_envelopes_are_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/aws");
    for (name, said) in [
        (
            "cloudwatch-scheduled-event.json",
            "Scheduled Event → topic:aws.events",
        ),
        // Its message is plain words, which are no notification.
        ("sns-notification.json", "broken: Message"),
    ] {
        let Ok(json) = fs::read(folder.join(name)) else {
            continue;
        };
        let event: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(told(&event), [said], "{name}");
    }
}

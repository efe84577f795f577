//! Every sample in `events/notify` does what its name says.

use std::path::Path;

use serde_json::Value;

use crate::stage::{Stage, failed};

/// The samples that are refused; every other one is accepted.
const REFUSED: [&str; 1] = ["broken-contract.json"];
/// The samples of which a part is refused.
const PARTLY_REFUSED: [&str; 1] = ["batch-with-one-broken.json"];

fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/notify");
    let mut samples: Vec<(String, Value)> = std::fs::read_dir(folder)
        .expect("there are samples")
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read(&path).expect("the file can be read");
            (
                name,
                serde_json::from_slice(&text).expect("a sample is JSON"),
            )
        })
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

#[tokio::test]
async fn every_sample_is_accepted_or_refused_as_its_name_says() {
    let samples = samples();
    assert!(samples.len() > 10, "{}", samples.len());
    for (name, event) in samples {
        let stage = Stage::contoso().await;
        stage.knows_everybody().await;
        let answer = stage.invoke_notify(event.clone()).await;
        let is_batch = event["Records"][0]["eventSource"] == "aws:sqs";
        let dead = stage.mail.notification_dead.len();
        if REFUSED.contains(&name.as_str()) {
            assert!(answer.is_err() || dead > 0, "{name} is refused");
        } else {
            let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert!(!is_batch || failed(&answer).is_empty(), "{name}");
            let expected = usize::from(PARTLY_REFUSED.contains(&name.as_str()));
            assert_eq!(dead, expected, "{name}");
        }
        stage.settle().await;
        stage.teams.release_unread();
    }
}

//! Every sample in `events/watch` does what its name says.

use std::path::Path;

use serde_json::Value;
use watch::{Answer, Reach};

use super::{Stage, Told};

#[tokio::test]
async fn every_sample_does_what_its_name_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/watch");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        // Names stand for nothing here: no sample leaves this machine.
        let stage = Stage::with(Told::default(), Reach::default()).await;
        let answer = stage.invoke(&sample).await;
        let told = match answer {
            Ok(Answer::Ticked(_)) => "ticked".to_owned(),
            Ok(Answer::Replied(reply)) => serde_json::to_string(&reply).unwrap(),
            Err(error) => error.error_type,
        };
        seen.push((name, told));
    }
    seen.sort();
    let no_address = r#"{"is":"refused","reason":"its name has no address"}"#;
    let expected = [
        ("add-a-feed.json", no_address),
        ("add-a-json-value.json", no_address),
        ("add-a-status-page.json", no_address),
        (
            "add-an-address-inside.json",
            r#"{"is":"refused","reason":"169.254.169.254 is not a public address"}"#,
        ),
        ("add-releases.json", no_address),
        ("event-of-another-service.json", "UnknownEvent"),
        (
            "remove.json",
            r#"{"is":"removed","id":"b52a25b424f9","was":false}"#,
        ),
        ("tick.json", "ticked"),
        ("without-a-request.json", "WatchRefused"),
    ];
    let expected = expected.map(|(name, told)| (name.to_owned(), told.to_owned()));
    assert_eq!(seen, expected);
}

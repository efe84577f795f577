//! Every sample in `events/polls` does what its name says.

use std::collections::BTreeMap;
use std::path::Path;

use lambda_runtime::{Diagnostic, LambdaEvent};
use polling::Answer;
use serde_json::Value;

use super::stage::Stage;

/// The samples: the polls first, then what is done with them.
const SAMPLES: &[(&str, &str)] = &[
    ("single-choice-in-a-group-chat", "asked: lunch"),
    ("multiple-choice-in-a-channel", "asked: workshops"),
    ("rating-after-a-training", "asked: first-aid"),
    (
        "nps-every-quarter",
        "waits until 2026-12-01T09:00:00Z: platform-nps",
    ),
    ("ranking-of-places", "asked: summer-party"),
    ("anonymous-mood", "asked: mood"),
    (
        "every-workday-in-madrid",
        "waits until 2026-11-25T08:30:00Z: stand-up",
    ),
    (
        "on-a-day-in-mexico",
        "waits until 2027-05-05T15:00:00Z: cinco",
    ),
    ("command-to-extend", "done: lunch@20261124T090000Z"),
    ("command-of-a-stranger", "refused: NotAnOwner: by"),
    ("command-to-close", "done: lunch@20261124T090000Z"),
    (
        "command-to-reopen-an-anonymous-poll",
        "refused: CommandRefused: do",
    ),
    ("command-to-clone", "asked: p-293bcb8e8cb7488c"),
    ("command-to-delete", "done: stand-up"),
    ("command-for-no-poll", "refused: NoSuchPoll: poll"),
    (
        "quorum-perhaps-reached",
        "done: summer-party@20261124T090000Z",
    ),
    ("tick", "done: platform-nps"),
    ("sweep", "made good: 0"),
    ("on-a-day-that-is-past", "refused: Contract: schedule"),
    (
        "everything-wrong",
        "refused: Contract: title, owner, to[0], questions[0].choices, questions[1].choices, schedule, closes.after, \
         threshold, colour",
    ),
    ("event-of-another-service", "failed: UnknownEvent"),
];

/// What came of an event, in a line.
fn told(answer: Result<Answer, Diagnostic>) -> String {
    match answer {
        Ok(Answer::Accepted { poll, next: None }) => format!("asked: {poll}"),
        Ok(Answer::Accepted {
            poll,
            next: Some(next),
        }) => format!("waits until {next}: {poll}"),
        Ok(Answer::Done { poll, occurrence }) => match occurrence {
            Some(occurrence) => format!("done: {occurrence}"),
            None => format!("done: {poll}"),
        },
        Ok(Answer::Refused {
            error_type,
            error_path,
            ..
        }) => format!("refused: {error_type}: {error_path}"),
        Ok(Answer::Ticked { overdue, .. }) => format!("made good: {overdue}"),
        Err(error) => format!("failed: {}", error.error_type),
    }
}

#[tokio::test]
async fn every_sample_does_what_its_name_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/polls");
    let mut samples = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        samples.insert(name, sample);
    }
    let mut stage = Stage::new().await;
    stage.polling.home_tenant = "7d9b1f6c-2f0e-4c1b-9a52-3f1d5c8e0a11".into();
    let mut seen = Vec::new();
    for (name, _) in SAMPLES {
        let sample = samples.remove(*name);
        let sample = sample.unwrap_or_else(|| panic!("there is no sample {name}"));
        let (event, context) = stage.invocation(&sample);
        let event = LambdaEvent::new(event, context);
        seen.push((*name, told(stage.polling.invoke(event).await)));
    }
    let expected: Vec<_> = SAMPLES
        .iter()
        .map(|(name, told)| (*name, (*told).to_owned()))
        .collect();
    assert_eq!(seen, expected);
    assert!(samples.is_empty(), "nobody says what these do: {samples:?}");
}

/// The definitions that the documentation shows are ones that are taken.
#[tokio::test]
async fn what_the_documentation_shows_is_asked() {
    for (file, heading) in [
        ("docs/polls.md", "## With a file"),
        ("README.md", "## Ask people"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let (_, section) = text.split_once(heading).expect(heading);
        let (_, json) = section.split_once("```json").expect(file);
        let (json, _) = json.split_once("```").expect(file);
        let definition: Value = serde_json::from_str(json).unwrap();
        Stage::new().await.accepts(definition).await;
    }
}

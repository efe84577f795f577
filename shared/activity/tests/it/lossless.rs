//! What was parsed is what is written again.

use std::fs;
use std::path::{Path, PathBuf};

use activity::{Activity, ActivityType, ChannelData};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// `null` counts as absent.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[track_caller]
fn assert_lossless(activity: &Value, what: &str) {
    let parsed = Activity::parse(activity.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let written = serde_json::to_value(&parsed).unwrap();
    assert_eq!(
        without_nulls(written),
        without_nulls(activity.clone()),
        "{what}"
    );
}

fn json_files(folder: &Path) -> Vec<(PathBuf, Value)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path, value)
        })
        .collect()
}

/// Every object inside that is an activity, however deep.
fn activities(value: &Value) -> Vec<&Value> {
    let known = |kind: &str| !matches!(ActivityType::from(kind), ActivityType::Other(_));
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            if value["type"].as_str().is_some_and(known) {
                found.push(value);
            }
            found.extend(members.values().flat_map(activities));
        }
        Value::Array(elements) => found.extend(elements.iter().flat_map(activities)),
        _ => {}
    }
    found
}

#[test]
fn our_samples_lose_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let samples = json_files(&folder);
    assert!(!samples.is_empty());
    for (path, sample) in samples {
        assert_lossless(&sample, &path.display().to_string());
    }
}

/// Payloads of public test suites, kept beside the repository where it is developed.
#[test]
fn recorded_payloads_lose_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/teams");
    let files = json_files(&folder);
    let mut count = 0;
    for (path, file) in &files {
        for activity in activities(file) {
            assert_lossless(activity, &path.display().to_string());
            count += 1;
        }
        if path.ends_with("channel-data-all-fields.json") {
            let data: ChannelData = serde_json::from_value(file.clone()).unwrap();
            assert_eq!(serde_json::to_value(data).unwrap(), *file);
        }
    }
    assert!(
        files.is_empty() || count >= 20,
        "only {count} activities found"
    );
}

#[test]
fn an_empty_array_is_not_an_absent_one() {
    assert_lossless(
        &json!({ "type": "message", "attachments": [], "entities": [], "membersAdded": [] }),
        "empty arrays",
    );
}

#[test]
fn explicit_nulls_count_as_absent() {
    let activity = Activity::parse(
        br#"{"type":"message","text":null,"from":null,"entities":null,"value":null,"channelData":null}"#,
    )
    .unwrap();
    assert_eq!(activity, Activity::parse(br#"{"type":"message"}"#).unwrap());
}

#[test]
fn what_is_not_an_activity_is_refused() {
    for body in [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        r#"{"type":null}"#,
        r#"{"type":5}"#,
        r#"{"type":"message","type":"invoke"}"#,
        r#"{"type":"message","serviceUrl":"https://a","serviceUrl":"https://b"}"#,
        r#"{"type":"message"} trailing"#,
        "\u{feff}{\"type\":\"message\"}",
    ] {
        assert!(Activity::parse(body.as_bytes()).is_err(), "{body}");
    }
    assert!(Activity::parse(b"{\"type\":\"message\",\"text\":\"\xff\"}").is_err());
    let deep = format!(
        r#"{{"type":"message","value":{}{}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    assert!(Activity::parse(deep.as_bytes()).is_err());
}

#[test]
fn debug_output_tells_no_text_and_no_names() {
    let activity = Activity::parse(
        json!({
            "type": "message",
            "text": "SECRET",
            "from": { "id": "29:a", "name": "SECRET", "email": "SECRET" },
            "conversation": { "id": "a:1", "name": "SECRET" },
            "attachments": [{ "contentType": "text/html", "content": "SECRET" }],
            "entities": [{ "type": "mention", "text": "SECRET" }],
            "channelData": { "team": { "name": "SECRET" } },
            "value": "SECRET",
            "unknown": "SECRET",
        })
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    let parts = (
        &activity.from,
        &activity.attachments,
        &activity.entities,
        &activity.channel_data,
    );
    assert!(!format!("{activity:?} {parts:?}").contains("SECRET"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z@$]{1,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("[a-z]{1,8}", any_json(), 0..4)
        .prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn whatever_an_activity_does_not_know_it_keeps(
        unknown in any_object(),
        kind in "[a-zA-Z/]{1,12}",
        value in any_json(),
        channel_data in any_json(),
        entities in proptest::collection::vec(any_json(), 0..3),
        extra in any_object(),
    ) {
        let mut activity = json!({
            "type": kind, "value": value, "channelData": channel_data, "entities": entities,
            "from": { "id": "29:a" },
        });
        for (name, value) in extra {
            activity["from"][format!("x-{name}")] = value;
        }
        for (name, value) in unknown {
            activity[format!("x-{name}")] = value;
        }
        assert_lossless(&activity, "generated");
    }

    #[test]
    fn reading_an_odd_activity_never_panics(
        kind in prop_oneof![Just("invoke"), Just("event"), Just("conversationUpdate"), Just("message")],
        name in prop_oneof![
            Just("adaptiveCard/action"), Just("task/fetch"), Just("signin/failure"),
            Just("application/vnd.microsoft.readReceipt"), Just("?"),
        ],
        value in any_json(),
        channel_data in any_json(),
        entities in proptest::collection::vec(any_json(), 0..3),
        text in ".{0,24}",
    ) {
        let activity: Activity = serde_json::from_value(json!({
            "type": kind, "name": name, "value": value, "channelData": channel_data,
            "entities": entities, "text": text, "recipient": { "id": "28:bot" },
        })).unwrap();
        prop_assert_eq!(activity.invoke().is_some(), kind == "invoke");
        prop_assert_eq!(activity.event().is_some(), kind == "event");
        prop_assert_eq!(activity.conversation_update().is_some(), kind == "conversationUpdate");
        prop_assert_eq!(activity.text_without_mention(), text.trim());
        prop_assert_eq!(activity.tenant_id().is_some(), activity.channel_data.as_ref().unwrap().tenant_id().is_some());
    }
}

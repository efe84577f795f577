//! Polls to test with.

use jiff::Timestamp;
use polls::Definition;
use serde_json::{Value, json};

pub(crate) const ANA: &str = "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01";

pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

pub(crate) fn least() -> Value {
    json!({
        "title": "Lunch on Friday",
        "owner": format!("aad:{ANA}"),
        "to": ["channel:19:team@thread.tacv2"],
        "questions": [{"kind": "single", "text": "Where?", "choices": ["Pizza", "Sushi"]}],
    })
}

pub(crate) fn with(fields: Value) -> Value {
    let mut json = least();
    for (name, value) in fields.as_object().unwrap() {
        json[name] = value.clone();
    }
    json
}

pub(crate) fn poll(fields: Value) -> Definition {
    Definition::from_value(&with(fields)).unwrap()
}

/// One question of every kind.
pub(crate) fn every_kind() -> Definition {
    poll(json!({
        "to": ["everyone"],
        "questions": [
            {"id": "one", "kind": "single", "text": "Where?", "choices": ["Pizza", "Sushi", "Salad"]},
            {"id": "some", "kind": "multiple", "text": "Which days?", "min": 1, "max": 2,
             "choices": [{"id": "mo", "text": "Monday"}, {"id": "tu", "text": "Tuesday"}, {"id": "we", "text": "Wednesday"}]},
            {"id": "stars", "kind": "rating", "text": "How was it?"},
            {"id": "nps", "kind": "nps", "text": "Would you recommend us?", "required": false},
            {"id": "order", "kind": "ranking", "text": "In which order?", "required": false, "choices": ["A", "B", "C"]},
            {"id": "words", "kind": "text", "text": "Anything else?"},
        ],
    }))
}

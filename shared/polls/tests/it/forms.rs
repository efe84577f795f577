//! Polls from the form.

use crate::samples::ANA;
use notifications::{Address, Audience};
use polls::{ClosingTime, Form, Kind, ResultsVisibility};
use serde_json::json;
use std::time::Duration;

fn owner() -> Address {
    format!("aad:{ANA}").parse().unwrap()
}

fn here() -> Audience {
    let mut to = Audience::default();
    to.add("chat:19:abc@thread.v2").unwrap();
    to
}

#[test]
fn a_filled_in_form_is_a_poll() {
    let form = Form::read(&json!({
        "form.question": " Where  to? ", "form.kind": "multiple", "form.choices": "Rome\r\n\r\n Lima \n",
        "form.anonymous": "true", "form.results": "live", "form.change": "false", "form.add": true, "form.closes": "1d",
    }));
    let poll = form.definition(&owner(), &here()).unwrap();
    assert_eq!(poll.title, "Where to?");
    let texts: Vec<_> = poll.questions[0]
        .choices()
        .iter()
        .map(|c| c.text.as_str())
        .collect();
    assert_eq!(texts, ["Rome", "Lima"]);
    assert!(poll.anonymous && poll.may_add && !poll.may_change && !poll.tell_everybody);
    assert_eq!(poll.results, ResultsVisibility::Live);
    assert_eq!(
        poll.closes.time,
        Some(ClosingTime::After(Duration::from_secs(86_400)))
    );
}

#[test]
fn choices_count_for_the_kinds_that_have_some() {
    let form = Form::read(
        &json!({"form.question": "Mood?", "form.kind": "rating", "form.choices": "left over", "form.add": "true"}),
    );
    let poll = form.definition(&owner(), &here()).unwrap();
    assert_eq!(poll.questions[0].kind, Kind::Rating);
    assert!(poll.questions[0].required);
}

#[test]
fn a_form_that_lacks_something_says_what_and_keeps_the_rest() {
    let empty = Form::read(&json!({}));
    assert_eq!(empty, Form::default());
    let errors = empty.definition(&owner(), &here()).unwrap_err();
    assert_eq!(
        errors.paths(),
        "title, questions[0].text, questions[0].choices"
    );
    let half =
        Form::read(&json!({"form.question": "Lunch?", "form.choices": "One", "form.anonymous": 7}));
    assert_eq!((half.question.as_str(), half.anonymous), ("Lunch?", false));
    assert_eq!(
        half.definition(&owner(), &here()).unwrap_err().paths(),
        "questions[0].choices"
    );
}

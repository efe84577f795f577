//! What is a definition, and what is not.

use crate::samples::{ANA, at, every_kind, least, poll, with};
use notifications::Locale;
use polls::{ClosingTime, Definition, Kind, PollId, Quorum, ResultsVisibility, Rule, Texts};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

fn problems(json: &Value) -> String {
    match Definition::from_value(json) {
        Ok(_) => String::new(),
        Err(errors) => {
            let problems = errors.problems().iter();
            problems.map(|problem| format!("{problem}\n")).collect()
        }
    }
}

#[test]
fn little_has_to_be_said() {
    let poll = poll(json!({}));
    assert_eq!(poll.id, None);
    assert_eq!(poll.topic.as_str(), "polls");
    assert_eq!(poll.questions[0].id, "q1");
    assert_eq!(poll.questions[0].choices()[1].id, "c2");
    assert!(poll.questions[0].required && poll.may_change && !poll.may_add);
    assert_eq!(poll.results, ResultsVisibility::AfterVoting);
    assert_eq!(poll.threshold, 0);
    assert_eq!(poll.closes_at(at("2026-11-24T12:00:00Z")), None);
}

fn full() -> Value {
    json!({
        "specversion": "1",
        "id": "team-mood",
        "tenant": "7D9B1F6C-2F0E-4C1B-9A52-3F1D5C8E0A11",
        "title": "Team mood",
        "owner": "upn:ana@contoso.example",
        "ownerName": "Ana García",
        "coOwners": ["mail:ben@contoso.example", format!("aad:{ANA}")],
        "to": ["roster:19:team@thread.tacv2", "-upn:eve@contoso.example"],
        "topic": "Mood",
        "questions": [
            {"id": "mood", "kind": "rating", "text": "How was your week?"},
            {"id": "help", "kind": "multiple", "text": "What would help?", "required": false,
             "choices": ["Fewer meetings", {"id": "focus", "text": "Focus time"}, {"text": "Coffee"}], "min": 1, "max": 2},
            {"kind": "text", "text": "Why?"},
        ],
        "anonymous": true,
        "results": "live",
        "mayChange": false,
        "mayAdd": true,
        "schedule": {"cron": "0 9 ? * FRI *", "zone": "Europe/Madrid", "start": "2026-12-01T00:00", "end": "2027-06-30T00:00"},
        "closes": {"after": "2d", "quorum": "80%"},
        "remind": ["4h", "1d"],
        "tellEverybody": true,
        "threshold": 8,
        "translations": {"es": {"title": "Ánimo del equipo", "questions": {
            "mood": {"text": "¿Qué tal la semana?"},
            "help": {"choices": ["Menos reuniones", "Concentración", "Café"]},
        }}, "es-MX": {"questions": {"mood": {"text": "¿Cómo estuvo la semana?"}}}},
        "x-survey": 7,
    })
}

#[test]
fn everything_of_the_contract_is_read_and_written_back() {
    let poll = Definition::from_value(&full()).unwrap();
    assert_eq!(poll.id.as_ref().map(PollId::as_str), Some("team-mood"));
    assert_eq!(
        poll.tenant.as_ref().map(|tenant| tenant.as_str()),
        Some("7d9b1f6c-2f0e-4c1b-9a52-3f1d5c8e0a11")
    );
    assert_eq!(poll.topic.as_str(), "mood");
    assert_eq!(
        poll.closes.time,
        Some(ClosingTime::After(Duration::from_secs(172_800)))
    );
    assert_eq!(poll.closes.quorum, Some(Quorum::Percent(80)));
    assert_eq!(
        poll.schedule.as_ref().unwrap().rule,
        Rule::Cron("0 9 ? * FRI *".into())
    );
    assert_eq!(poll.questions[2].id, "q3");
    assert!(!poll.questions[2].required);
    let ids: Vec<_> = poll.questions[1]
        .choices()
        .iter()
        .map(|c| c.id.as_str())
        .collect();
    assert_eq!(ids, ["c1", "focus", "c3"]);
    assert!(matches!(
        poll.questions[1].kind,
        Kind::Multiple {
            min: 1,
            max: Some(2),
            ..
        }
    ));
    assert_eq!(poll.extensions["x-survey"], 7);
    let written = serde_json::to_value(&poll).unwrap();
    assert_eq!(Definition::from_value(&written), Ok(poll.clone()));
    assert_eq!(serde_json::from_value::<Definition>(written).unwrap(), poll);
    let every = every_kind();
    assert_eq!(Definition::from_value(&every.to_value()), Ok(every));
}

#[test]
fn texts_fall_back_to_a_more_general_language_and_to_the_definition() {
    let poll = Definition::from_value(&full()).unwrap();
    let said = |tag: &str| {
        let locale: Locale = tag.parse().unwrap();
        let texts = Texts::of(&poll, Some(&locale));
        let [mood, help, _] = &poll.questions[..] else {
            unreachable!()
        };
        [
            texts.title(),
            texts.question(mood),
            texts.question(help),
            texts.choice(help, &help.choices()[1]),
        ]
        .map(str::to_owned)
    };
    assert_eq!(
        said("es-MX"),
        [
            "Ánimo del equipo",
            "¿Cómo estuvo la semana?",
            "What would help?",
            "Concentración"
        ]
    );
    assert_eq!(said("es")[1], "¿Qué tal la semana?");
    assert_eq!(said("de")[0], "Team mood");
}

#[test]
fn an_owner_is_called_by_a_name_that_can_be_written_and_read_again() {
    let mut poll = Definition::from_value(&full()).unwrap();
    let mut called = |name: &str| {
        poll.call_owner(name);
        let read = Definition::from_value(&poll.to_value()).unwrap();
        assert_eq!(read, poll);
        read.owner_name
    };
    assert_eq!(
        called(" Ana\n García\u{202e} "),
        Some("Ana García".to_owned())
    );
    assert_eq!(called(&"é".repeat(101)), Some("é".repeat(100)));
    // What nobody could read is no name: the address stands there then.
    for nothing in ["", " \u{ad}", "\u{200c}", "-"] {
        assert_eq!(called(nothing), None, "{nothing:?}");
    }
}

#[test]
fn every_problem_is_named_at_once() {
    insta::assert_snapshot!(problems(&json!({
        "specversion": "2",
        "id": "Team Mood",
        "title": "Two\nlines",
        "owner": "29:1abc",
        "ownerName": "Ana\nGarcía",
        "coOwners": ["everyone", 7],
        "to": ["-everyone"],
        "topic": "two words",
        "questions": [
            {"id": "a,b", "kind": "singel", "text": "x"},
            {"kind": "single", "text": "x"},
            {"kind": "single", "text": "x", "choices": ["One"]},
            {"kind": "single", "text": "x", "choices": ["One", "one", {"id": "c1", "text": "Two"}, 5], "max": 2},
            {"kind": "multiple", "text": "x", "choices": ["A", "B"], "min": 3, "max": 0},
            {"id": "q2", "kind": "rating", "choices": ["A", "B"], "color": "red"},
        ],
        "anonymous": "yes",
        "results": "alive",
        "schedule": {"at": "2026-12-01T09:00", "cron": "0 9 * * *", "zone": "Mars Base"},
        "closes": {"after": "soon", "at": "tomorrow", "quorum": "110%"},
        "remind": ["2h", "1h", "x"],
        "threshold": -1,
        "translations": {"spanish": {}},
        "tellEverbody": true,
    })));
}

#[test]
fn what_is_lacking_is_named() {
    insta::assert_snapshot!(problems(&json!({})), @r"
    title: found nothing, expected what the poll is about, in one line
    owner: found nothing, expected whose poll it is: aad:, upn: or mail:
    to: found nothing, expected a list of addresses: who is asked
    questions: found nothing, expected a list of 1 to 10 questions
    ");
    assert!(
        Definition::parse(b"{").unwrap_err().problems()[0]
            .found
            .starts_with("no JSON")
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (fields, path) in [
        (json!({"anonymous": true, "threshold": 4}), "threshold"),
        (
            json!({"mayAdd": true, "questions": [{"kind": "text", "text": "Why?"}]}),
            "mayAdd",
        ),
        (
            json!({"tellEverybody": true, "results": "owner"}),
            "tellEverybody",
        ),
        (json!({"schedule": {"zone": "Europe/Madrid"}}), "schedule"),
        (
            json!({"schedule": {"rate": "1 day"}, "closes": {"at": "2026-12-01T09:00:00Z"}}),
            "closes.at",
        ),
        (
            json!({"closes": {"after": "1h", "at": "2026-12-01T09:00:00Z"}}),
            "closes",
        ),
        (json!({"closes": {"quorum": "50%"}}), "closes.quorum"),
        (json!({"closes": {"quorum": 0}}), "closes.quorum"),
        (
            json!({"closes": {"after": "1h"}, "remind": ["1h"]}),
            "remind[0]",
        ),
        (
            json!({"translations": {"es": {"questions": {"q9": {}}}}}),
            "translations.es.questions.q9",
        ),
        (
            json!({"translations": {"es": {"questions": [{"choices": ["a"]}]}}}),
            "translations.es.questions[0].choices",
        ),
    ] {
        let errors = Definition::from_value(&with(fields)).unwrap_err();
        assert_eq!(errors.paths(), path, "{errors}");
    }
}

#[test]
fn a_poll_that_no_card_could_hold_is_refused() {
    let choices: Vec<String> = (0..20)
        .map(|n| format!("{n} {}", "long ".repeat(15)))
        .collect();
    let question = json!({"kind": "single", "text": "Which?", "choices": choices});
    let heavy = with(json!({"questions": vec![question; 10]}));
    let shown = problems(&heavy);
    assert!(
        shown.starts_with("questions: found questions and choices that weigh "),
        "{shown}"
    );
    let short: Vec<String> = (0..20).map(|n| format!("Choice {n}")).collect();
    let question = json!({"kind": "single", "text": "Which?", "choices": short});
    assert_eq!(problems(&with(json!({"questions": vec![question; 7]}))), "");
}

#[test]
fn a_problem_repeats_no_text_names_or_addresses() {
    let secret = "ana.garcia";
    let shown = problems(&json!({
        "id": format!("{secret} {secret}"), "title": format!("{secret}\n"), "owner": secret,
        "coOwners": [format!("mail:{secret}")], "to": [secret],
        "questions": [{"id": format!("{secret}, {secret}"), "kind": format!("{secret} {secret}"), "text": [secret], "choices": [secret]}],
        "schedule": {"zone": format!("{secret} {secret}")},
        "closes": {"after": secret, "quorum": secret}, "remind": [secret],
    }));
    assert!(!shown.is_empty() && !shown.contains(secret), "{shown}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0i64..30).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("single")),
        Just(json!("multiple")),
        Just(json!("ranking")),
        Just(json!("text")),
        Just(json!("everyone")),
        Just(json!("upn:a@b.c")),
        Just(json!("1h")),
        Just(json!("live")),
        Just(json!("50%")),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let name = prop::sample::select(vec![
            "title",
            "owner",
            "to",
            "questions",
            "kind",
            "text",
            "choices",
            "id",
            "min",
            "max",
            "closes",
            "after",
            "quorum",
            "schedule",
            "at",
            "zone",
            "remind",
            "translations",
            "es",
            "mayAdd",
            "anonymous",
            "x-a",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name, inner), 0..6).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_a_definition_or_a_named_problem(fields in any_json()) {
        let mut json = least();
        if let Some(fields) = fields.as_object() {
            json.as_object_mut().unwrap().extend(fields.clone());
        }
        match Definition::from_value(&json) {
            Ok(poll) => prop_assert_eq!(Definition::from_value(&poll.to_value()), Ok(poll)),
            Err(errors) => prop_assert!(!errors.problems().is_empty()),
        }
    }
}

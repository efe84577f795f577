use notifications::{Action, Address, Do, Importance, IncidentState, Notification};
use serde_json::{Value, json};

/// As little as the contract lets a notification have.
pub(crate) fn least() -> Value {
    json!({
        "topic": "deploys",
        "what": "Deployed v215 to production",
        "item": {"name": "checkout"},
        "actor": {"name": "Ben Okafor"},
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut json = least();
    json[name] = value;
    json
}

/// The problems of a notification, one a line.
fn problems(json: &Value) -> String {
    match Notification::from_value(json) {
        Ok(_) => String::new(),
        Err(errors) => errors
            .problems()
            .iter()
            .map(|problem| format!("{problem}\n"))
            .collect(),
    }
}

#[test]
fn the_least_is_enough() {
    let notification = Notification::from_value(&least()).unwrap();
    assert_eq!(notification.importance, Importance::Normal);
    assert_eq!(
        notification.audience().include,
        ["topic:deploys".parse::<Address>().unwrap()]
    );
    assert!(notification.to.is_none() && notification.actions.is_empty());
}

#[test]
fn everything_of_the_contract_is_read_and_written_back() {
    let json = json!({
        "specversion": "1",
        "id": "42",
        "tenant": "7d9b1f6c-2f0e-4c1b-9a52-3f1d5c8e0a11",
        "topic": "Alarms",
        "to": ["everyone", "-roster:19:abc", "29:1xyz"],
        "what": "It happened",
        "item": {"name": "orders", "url": "https://example.com/orders"},
        "actor": {"name": "CloudWatch", "id": "arn:aws:cloudwatch"},
        "actions": [
            {"title": "Take it", "verb": "take", "data": {"n": 1}},
            {"title": "Open", "url": "https://example.com"},
        ],
        "body": "More **text**\nin two lines",
        "facts": [{"title": "b", "value": "2"}, {"title": "a", "value": "1"}],
        "mentions": ["upn:ana@contoso.example"],
        "image": {"url": "https://example.com/a.png", "alt": "A line"},
        "translations": {"es": {"what": "Ocurrió", "actions": [{"title": "Tomar"}, {"title": "Abrir"}]}},
        "importance": "urgent",
        "incident": {"key": "INC-1", "state": "acknowledged"},
        "card": {"type": "AdaptiveCard", "body": []},
        "data": {"a": 1},
        "taskToken": "AQCEAAAAKgAAAAMAAAAA",
        "notBefore": "2026-10-08T09:30:00Z",
        "expires": "2026-10-08T11:30:00+02:00",
        "x-ticket": {"any": "thing"},
    });
    let mut later = json.clone();
    later["expires"] = "2026-10-08T12:30:00+02:00".into();
    let notification = Notification::from_value(&later).unwrap();
    assert_eq!(notification.topic.as_str(), "alarms");
    assert_eq!(notification.facts[0].title, "b");
    assert_eq!(
        notification.incident.as_ref().unwrap().state,
        IncidentState::Acknowledged
    );
    assert!(
        matches!(&notification.actions[0], Action { does: Do::Tell { verb, data: Some(_) }, .. } if verb == "take")
    );
    assert_eq!(notification.extensions["x-ticket"], json!({"any": "thing"}));
    let written = serde_json::to_value(&notification).unwrap();
    assert_eq!(Notification::from_value(&written).unwrap(), notification);
    assert_eq!(
        serde_json::from_value::<Notification>(written).unwrap(),
        notification
    );
    // The first of the two had an end before its beginning.
    assert_eq!(
        problems(&json),
        "expires: found a time not after notBefore, expected a time after notBefore\n"
    );
}

#[test]
fn every_problem_is_named_at_once() {
    let shown = problems(&json!({
        "specversion": "2",
        "id": "",
        "tenant": "two words",
        "topic": "two words",
        "to": ["maill:ana@contoso.example", "-everyone", "aad:ana", 7],
        "what": "Two\nlines",
        "item": {"url": "http://127.0.0.1/x"},
        "actor": "Ben",
        "actions": [
            {"title": "Both", "url": "https://example.com", "verb": "x"},
            {"title": "Neither"},
            {"url": "https://example.com", "data": {}},
            {"title": "Ours", "verb": "tidings.mute"},
        ],
        "body": " ",
        "facts": [{"title": "n", "value": 5}, {"title": "t"}],
        "mentions": ["everyone", "upn:ana"],
        "image": {"url": "ftp://example.com/a.png"},
        "translations": {"spanish": {}, "es": {"waht": "a", "actions": [{"title": "a"}]}},
        "importance": "hgh",
        "incident": {"key": "k", "state": "closed"},
        "card": {"type": "Card"},
        "data": [],
        "taskToken": "t",
        "notBefore": "tomorrow",
        "expires": 1791451800,
        "colour": "red",
        "importence": "high",
        "x-": 1,
    }));
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_lacking_is_named() {
    insta::assert_snapshot!(problems(&json!({})), @r"
    topic: found nothing, expected a topic name
    what: found nothing, expected what happened, in one line
    item: found nothing, expected what it happened to: {name, url?}
    actor: found nothing, expected who did it: {name, id?}
    ");
    for other in [json!(null), json!([]), json!("text"), json!(1)] {
        assert!(problems(&other).starts_with("$: found "), "{other}");
    }
}

#[test]
fn null_counts_as_absent() {
    let mut json = least();
    for name in [
        "id",
        "to",
        "body",
        "image",
        "translations",
        "taskToken",
        "expires",
    ] {
        json[name] = Value::Null;
    }
    assert_eq!(problems(&json), "");
    assert!(problems(&with("topic", Value::Null)).starts_with("topic: found nothing"));
}

#[test]
fn a_problem_repeats_no_text_names_or_addresses() {
    let secret = "ana.garcia";
    let json = json!({
        "id": [secret],
        "topic": format!("{secret} {secret}"),
        "to": [format!("mail:{secret}"), secret, format!("-{secret}")],
        "what": format!("{secret}\n"),
        "item": {"name": format!("{secret}\r{secret}"), "url": format!("https://{secret}:x@example.com")},
        "actor": {"name": [secret]},
        "mentions": [format!("upn:{secret}")],
        "importance": format!("{secret} {secret}"),
        "expires": secret,
        "facts": [secret],
    });
    let shown = problems(&json);
    assert!(!shown.is_empty());
    assert!(!shown.contains(secret), "{shown}");
}

#[test]
fn sizes_are_limited() {
    let long = "a".repeat(501);
    assert!(problems(&with("what", long.clone().into())).contains("1 to 500 characters"));
    assert_eq!(problems(&with("what", "é".repeat(500).into())), "");
    assert!(problems(&with("body", "a".repeat(100_001).into())).starts_with("body: "));
    let many = |n: usize, one: Value| Value::Array(vec![one; n]);
    let fact = json!({"title": "t", "value": "v"});
    let action = json!({"title": "t", "url": "https://example.com"});
    for (name, most, one) in [
        ("facts", 50, fact),
        ("actions", 6, action),
        ("to", 1000, json!("everyone")),
        ("mentions", 20, json!("29:1a")),
    ] {
        assert_eq!(problems(&with(name, many(most, one.clone()))), "", "{name}");
        let problem = problems(&with(name, many(most + 1, one)));
        assert!(problem.contains(&format!("at most {most}")), "{problem}");
    }
    let huge = with("x-mine", "a".repeat(256 * 1024).into());
    assert!(problems(&huge).starts_with("$: found 262"));
    let bytes = serde_json::to_vec(&huge).unwrap();
    assert_eq!(Notification::parse(&bytes).unwrap_err().paths(), "$");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (json, found) in [
        (&b""[..], "no JSON (line 1, column 0)"),
        (b"{", "no JSON (line 1, column 1)"),
        (b"{\"what\": \"\xff\"}", "no JSON"),
        (b"[1,]", "no JSON (line 1, column 4)"),
    ] {
        let errors = Notification::parse(json).unwrap_err();
        assert_eq!(errors.problems().len(), 1);
        assert!(errors.problems()[0].found.starts_with(found), "{errors}");
    }
    let deep = "[".repeat(100_000);
    assert!(Notification::parse(deep.as_bytes()).is_err());
}

#[test]
fn many_problems_are_named_up_to_a_limit() {
    let mut json = least();
    for n in 0..500 {
        json[format!("field{n}")] = 1.into();
    }
    let errors = Notification::from_value(&json).unwrap_err();
    assert_eq!(errors.problems().len(), 50);
}

#[test]
fn the_digest_changes_with_everything_but_the_id() {
    let digest = |json: &Value| Notification::from_value(json).unwrap().digest();
    let plain = digest(&least());
    assert_eq!(plain.len(), 64);
    assert_eq!(digest(&with("id", "42".into())), plain);
    assert_eq!(digest(&with("importance", "normal".into())), plain);
    assert_ne!(digest(&with("what", "Else".into())), plain);
    assert_ne!(digest(&with("x-mine", 1.into())), plain);
    let nested = |json: &str| digest(&with("x-mine", serde_json::from_str(json).unwrap()));
    assert_eq!(
        nested(r#"{"a": 1, "b": {"c": 1, "d": 2}}"#),
        nested(r#"{"b": {"d": 2, "c": 1}, "a": 1}"#)
    );
}

#[test]
fn a_task_token_is_not_shown_and_needs_an_answer() {
    let mut json = with("taskToken", "SECRET".into());
    assert!(problems(&json).starts_with("taskToken: found a token that no action answers"));
    json["actions"] = json!([{"title": "Yes", "verb": "yes"}]);
    let notification = Notification::from_value(&json).unwrap();
    assert!(!format!("{notification:?}").contains("SECRET"));
    assert_eq!(notification.task_token.unwrap().reveal(), "SECRET");
}

#[test]
fn a_tenant_is_the_same_in_any_case() {
    let body = br#"{"tenant":"3B5E7D10-8C1F-4D4E-9C55-0A1B2C3D4E01","topic":"deploys","what":"x","item":{"name":"x"},"actor":{"name":"x"}}"#;
    let tenant = Notification::parse(body).unwrap().tenant.unwrap();
    assert_eq!(tenant.as_str(), "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01");
}

use notifications::topic::{DefaultSubscription, Digest, Policy, Quiet};
use notifications::{Address, Topic};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_name_is_enough_and_the_rest_is_safe() {
    let topic = Topic::from_value(&json!({"name": "Deploys"})).unwrap();
    assert_eq!(topic, Topic::undefined("deploys".parse().unwrap()));
    assert_eq!(topic.policy, Policy::AtLeastOnce);
    assert_eq!(topic.default, DefaultSubscription::OptIn);
    assert!(!topic.urgent_allowed);
    assert_eq!(topic.shown(), "deploys");
}

#[test]
fn everything_of_the_contract_is_read_and_written_back() {
    let json = json!({
        "name": "payments",
        "title": "Payments",
        "description": "Money in and out",
        "owners": ["upn:ana@contoso.example"],
        "default": "opt-out",
        "policy": "at-most-once",
        "urgentAllowed": true,
        "quiet": "drop",
        "digest": "daily",
        "escalation": [{"after": "1h30m", "to": ["alias:on-call"]}],
        "rate": 6,
        "audienceAllowed": ["channel", "roster:19:abc"],
    });
    let topic = Topic::from_value(&json).unwrap();
    assert_eq!((topic.quiet, topic.digest), (Quiet::Drop, Digest::Daily));
    assert_eq!(topic.escalation[0].after, Duration::from_secs(5400));
    assert!(!topic.allows(&Address::Everyone));
    assert_eq!(serde_json::to_value(&topic).unwrap(), json);
    assert_eq!(serde_json::from_value::<Topic>(json).unwrap(), topic);
}

#[test]
fn every_problem_is_named_at_once() {
    let errors = Topic::from_value(&json!({
        "title": "",
        "owners": ["everyone"],
        "default": "optout",
        "policy": "exactly-once",
        "urgentAllowed": "yes",
        "quiet": "sometimes",
        "digest": "weekly",
        "escalation": [{"after": "soon", "to": []}],
        "rate": 0,
        "audienceAllowed": ["chanel"],
        "urgentAlowed": true,
    }))
    .unwrap_err();
    let lines: String = errors
        .problems()
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect();
    insta::assert_snapshot!(lines);
    assert_eq!(Topic::parse(b"{").unwrap_err().paths(), "$");
}

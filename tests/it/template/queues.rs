//! Queues and the functions that read them.

use serde_json::Value;

use super::Problems;
use super::document::{Template, target};

pub(super) fn check(template: &Template) -> Problems {
    let mut problems = Vec::new();
    for (id, function) in template.functions() {
        let timeout = function["Timeout"].as_u64().unwrap_or_default();
        for (name, event) in Template::events(&function, "SQS") {
            for what in mapping(template, timeout, event) {
                problems.push(format!("{id}, {name}: {what}"));
            }
        }
    }
    for (id, rule) in template.resources("AWS::Events::Rule") {
        for what in pattern(&rule["Properties"]) {
            problems.push(format!("{id}: {what}"));
        }
    }
    problems
}

/// An SQS event source.
fn mapping(template: &Template, timeout: u64, event: &Value) -> Problems {
    let mut problems = Vec::new();
    // Above ten SQS wants a batching window, which delays single messages.
    if !event["BatchSize"]
        .as_u64()
        .is_some_and(|size| (1..=10).contains(&size))
    {
        problems.push(format!("batch size {}", event["BatchSize"]));
    }
    let types = event["FunctionResponseTypes"].as_array();
    if !types.is_some_and(|types| types.contains(&"ReportBatchItemFailures".into())) {
        problems.push("no partial batch failures".to_owned());
    }
    let concurrency = &event["ScalingConfig"]["MaximumConcurrency"];
    // Planning is short and needs no bound; without one, fewer pollers ask an idle queue.
    let unbounded = target(&event["Queue"]) == Some("NotificationQueue") && concurrency.is_null();
    if !unbounded
        && !concurrency
            .as_u64()
            .is_some_and(|most| (2..=1000).contains(&most))
    {
        problems.push(format!("maximum concurrency {concurrency}"));
    }
    let queue = &template.resource(target(&event["Queue"]).unwrap_or_default())["Properties"];
    let visibility = queue["VisibilityTimeout"].as_u64().unwrap_or(30);
    if visibility < 6 * timeout {
        problems.push(format!(
            "a message is hidden {visibility} s, less than six times the function's {timeout} s"
        ));
    }
    let redrive = &queue["RedrivePolicy"];
    let dead_letters = target(&redrive["deadLetterTargetArn"]).unwrap_or_default();
    if template.resource(dead_letters)["Type"] != "AWS::SQS::Queue" {
        problems.push("its queue has no dead-letter queue".to_owned());
    }
    if redrive["maxReceiveCount"]
        .as_u64()
        .is_none_or(|count| count < 5)
    {
        problems.push(format!("receive limit {}", redrive["maxReceiveCount"]));
    }
    problems
}

/// A rule must not bring our own events back to us, but those that ask a function for something, by name.
fn pattern(rule: &Value) -> Problems {
    let mut problems = Vec::new();
    let source = &rule["EventPattern"]["source"];
    let excluded = source.pointer("/0/anything-but/prefix") == Some(&"tidings".into());
    let chosen = target(source) == Some("AwsEventSources");
    let targets = || rule["Targets"].as_array().into_iter().flatten();
    let notifies = targets().any(|to| target(&to["Arn"]) == Some("NotificationQueue"));
    let kinds = rule["EventPattern"]["detail-type"].as_array();
    let named = kinds.is_some_and(|kinds| kinds.iter().all(Value::is_string));
    let asks = !notifies && named;
    if !excluded && !chosen && !asks {
        problems.push("takes our own events".to_owned());
    }
    let excludes = |kind: &Value| kind.pointer("/anything-but/prefix") == Some(&"tidings.".into());
    let spares = |kind: &Value| kind == "tidings.notification" || excludes(kind);
    if notifies
        && !kinds.is_some_and(|kinds| kinds.iter().any(excludes) && kinds.iter().all(spares))
    {
        problems.push("makes notifications of what asks for something else".to_owned());
    }
    for event_target in targets() {
        if target(&event_target["DeadLetterConfig"]["Arn"]).is_none() {
            problems.push("loses what its target does not take".to_owned());
        }
    }
    problems
}

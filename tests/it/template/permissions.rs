//! Each function may do what it does, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Problems;
use super::document::{Template, listed, target};

pub(super) fn check(template: &Template) -> Problems {
    let mut problems = Vec::new();
    for (id, function) in template.functions() {
        let role = target(&function["Role"]).unwrap_or_default();
        let statements = statements(template, role);
        for statement in &statements {
            for what in too_much(statement) {
                problems.push(format!("{role}: {what}"));
            }
        }
        for (action, resources) in needed(&function) {
            let allowed = allowed(&statements, action);
            for missing in resources.difference(&allowed) {
                problems.push(format!("{id}: may not {action} {missing}"));
            }
            for unused in allowed.difference(&resources) {
                problems.push(format!("{id}: may {action} {unused} for nothing"));
            }
        }
    }
    for (id, policy) in template.resources("AWS::SQS::QueuePolicy") {
        for statement in listed(&policy["Properties"]["PolicyDocument"]["Statement"]) {
            if !statement["Condition"].is_object() {
                problems.push(format!("{id}: lets a whole service send"));
            }
        }
    }
    problems
}

/// The statements of a role's own policies; conditional ones count.
fn statements<'a>(template: &'a Template, role: &str) -> Vec<&'a Value> {
    let policies = listed(&template.resource(role)["Properties"]["Policies"]);
    policies
        .into_iter()
        .flat_map(|policy| listed(&policy["PolicyDocument"]["Statement"]))
        .map(|statement| statement["Fn::If"].get(1).unwrap_or(statement))
        .collect()
}

/// What is allowed by a wildcard.
fn too_much(statement: &Value) -> Problems {
    let mut problems = Vec::new();
    for action in listed(&statement["Action"]) {
        if action.as_str().is_none_or(|action| action.contains('*')) {
            problems.push(format!("allows {action}"));
        }
    }
    for resource in listed(&statement["Resource"]) {
        if resource
            .as_str()
            .is_some_and(|resource| resource.contains('*'))
        {
            problems.push(format!("allows {} on {resource}", statement["Action"]));
        }
    }
    problems
}

/// What a function's variables and events say that it does.
fn needed(function: &Value) -> Vec<(&'static str, BTreeSet<String>)> {
    let variables = function["Environment"]["Variables"].as_object();
    let of = |suffix: &str| -> BTreeSet<String> {
        variables
            .into_iter()
            .flatten()
            .filter(|(name, _)| name.ends_with(suffix))
            .filter_map(|(_, value)| target(value).map(str::to_owned))
            .collect()
    };
    let mut send = of("_QUEUE_URL");
    let on_failure = &function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"];
    send.extend(target(&on_failure["Destination"]).map(str::to_owned));
    let receive: BTreeSet<String> = Template::events(function, "SQS")
        .filter_map(|(_, event)| target(&event["Queue"]).map(str::to_owned))
        .collect();
    let logs = target(&function["LoggingConfig"]["LogGroup"]).map(str::to_owned);
    vec![
        ("sqs:SendMessage", send),
        ("sqs:ReceiveMessage", receive.clone()),
        ("sqs:DeleteMessage", receive.clone()),
        ("sqs:GetQueueAttributes", receive),
        ("dynamodb:GetItem", of("TABLE_NAME")),
        ("events:PutEvents", of("EVENT_BUS_NAME")),
        ("logs:PutLogEvents", logs.into_iter().collect()),
    ]
}

fn allowed(statements: &[&Value], action: &str) -> BTreeSet<String> {
    statements
        .iter()
        .filter(|statement| listed(&statement["Action"]).contains(&&action.into()))
        .flat_map(|statement| listed(&statement["Resource"]))
        .filter_map(|resource| target(resource).map(str::to_owned))
        .collect()
}

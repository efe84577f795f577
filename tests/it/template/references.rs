//! Everything that is referred to exists, also when its condition is false.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Problems;
use super::document::Template;

/// What `Fn::GetAtt` gives for the resource types we refer to.
const ATTRIBUTES: [(&str, &[&str]); 9] = [
    ("AWS::DynamoDB::Table", &["Arn", "StreamArn"]),
    ("AWS::SQS::Queue", &["Arn", "QueueName", "QueueUrl"]),
    ("AWS::Events::EventBus", &["Arn", "Name"]),
    ("AWS::Events::Rule", &["Arn"]),
    ("AWS::IAM::Role", &["Arn", "RoleId"]),
    ("AWS::Logs::LogGroup", &["Arn"]),
    ("AWS::Serverless::Function", &["Arn"]),
    ("AWS::Lambda::Url", &["FunctionArn", "FunctionUrl"]),
    ("AWS::Scheduler::Schedule", &["Arn"]),
];

pub(super) fn check(template: &Template) -> Problems {
    let mut finder = Finder {
        template,
        problems: Vec::new(),
    };
    for section in ["Conditions", "Globals", "Outputs"] {
        finder.walk(&template.all()[section], &Scope::default(), section);
    }
    for (id, resource) in template.section("Resources") {
        let mut scope = Scope::default();
        if let Some(condition) = resource["Condition"].as_str() {
            finder.condition(condition, id);
            scope.given.insert(condition.to_owned());
        }
        finder.walk(&resource["Properties"], &scope, id);
        for dependency in super::document::listed(&resource["DependsOn"]) {
            finder.resource(dependency.as_str().unwrap_or_default(), &scope, id);
        }
    }
    finder.problems
}

/// What is known where a reference stands.
#[derive(Clone, Default)]
struct Scope {
    /// Conditions that are true here.
    given: BTreeSet<String>,
    /// Names that a `Fn::Sub` around brings.
    names: BTreeSet<String>,
}

struct Finder<'a> {
    template: &'a Template,
    problems: Problems,
}

impl Finder<'_> {
    fn walk(&mut self, value: &Value, scope: &Scope, place: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, scope, place)),
            Value::Object(entries) => {
                for (key, value) in entries {
                    self.entry(key, value, scope, place);
                }
            }
            _ => {}
        }
    }

    fn entry(&mut self, key: &str, value: &Value, scope: &Scope, place: &str) {
        match (key, value) {
            ("Ref", Value::String(name)) => self.reference(name, scope, place),
            ("Fn::GetAtt", Value::Array(parts)) => {
                let mut parts = parts.iter().map(|part| part.as_str().unwrap_or_default());
                let id = parts.next().unwrap_or_default();
                let attribute = parts.collect::<Vec<_>>().join(".");
                self.attribute(id, &attribute, scope, place);
            }
            ("Fn::Sub", Value::String(text)) => self.substitution(text, scope, place),
            ("Fn::Sub", Value::Array(parts)) => {
                let mut inner = scope.clone();
                let names = parts.get(1).and_then(Value::as_object);
                inner
                    .names
                    .extend(names.into_iter().flatten().map(|(name, _)| name.clone()));
                self.substitution(parts[0].as_str().unwrap_or_default(), &inner, place);
                parts[1..]
                    .iter()
                    .for_each(|part| self.walk(part, scope, place));
            }
            ("Fn::If", Value::Array(parts)) => {
                let condition = parts[0].as_str().unwrap_or_default();
                self.condition(condition, place);
                let mut inner = scope.clone();
                inner.given.insert(condition.to_owned());
                self.walk(&parts[1], &inner, place);
                parts[2..]
                    .iter()
                    .for_each(|part| self.walk(part, scope, place));
            }
            ("Condition", Value::String(name)) => self.condition(name, place),
            _ => self.walk(value, scope, place),
        }
    }

    fn substitution(&mut self, text: &str, scope: &Scope, place: &str) {
        for piece in text.split("${").skip(1) {
            let name = piece.split('}').next().unwrap_or_default();
            if name.starts_with('!') || scope.names.contains(name) {
                continue;
            }
            match name.split_once('.') {
                Some((id, attribute)) => self.attribute(id, attribute, scope, place),
                None => self.reference(name, scope, place),
            }
        }
    }

    fn reference(&mut self, name: &str, scope: &Scope, place: &str) {
        let known =
            name.starts_with("AWS::") || self.template.section("Parameters").contains_key(name);
        if !known {
            self.resource(name, scope, place);
        }
    }

    fn attribute(&mut self, id: &str, attribute: &str, scope: &Scope, place: &str) {
        let Some(kind) = self.resource(id, scope, place) else {
            return;
        };
        let known = ATTRIBUTES.iter().find(|(of, _)| *of == kind);
        if !known.is_some_and(|(_, attributes)| attributes.contains(&attribute)) {
            self.problems.push(format!(
                "{place}: {id} ({kind}) has no attribute {attribute}"
            ));
        }
    }

    /// The type of the resource with this id, which must exist and be there whenever the reference is.
    fn resource(&mut self, id: &str, scope: &Scope, place: &str) -> Option<String> {
        let resource = self.template.resource(id);
        if let Some(kind) = resource["Type"].as_str() {
            if let Some(condition) = resource["Condition"].as_str()
                && !scope.given.contains(condition)
            {
                self.problems
                    .push(format!("{place}: {id} is only there if {condition}"));
            }
            return Some(kind.to_owned());
        }
        // SAM makes a resource of this name for a function with a URL.
        let function = id.strip_suffix("Url").unwrap_or_default();
        if self.template.resource(function)["Properties"]["FunctionUrlConfig"].is_object() {
            return Some("AWS::Lambda::Url".to_owned());
        }
        self.problems.push(format!("{place}: there is no {id}"));
        None
    }

    fn condition(&mut self, name: &str, place: &str) {
        if !self.template.section("Conditions").contains_key(name) {
            self.problems
                .push(format!("{place}: there is no condition {name}"));
        }
    }
}

//! The template as JSON, with CloudFormation's short tags written out.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

pub(super) struct Template(Value);

impl Template {
    pub(super) fn of_project() -> Self {
        Self::parse(&text())
    }

    pub(super) fn parse(text: &str) -> Self {
        let documents = Yaml::load_from_str(text).expect("the template is YAML");
        Self(plain(&documents[0]))
    }

    pub(super) fn all(&self) -> &Value {
        &self.0
    }

    pub(super) fn section(&self, name: &str) -> &Map<String, Value> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.0[name].as_object().unwrap_or(&NONE)
    }

    pub(super) fn resource(&self, id: &str) -> &Value {
        &self.0["Resources"][id]
    }

    /// Every resource of this type, by id.
    pub(super) fn resources(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        let resources = self.section("Resources").iter();
        resources.filter(move |(_, resource)| resource["Type"] == kind)
    }

    /// Every Lambda function: its id and its properties, those of `Globals` included.
    pub(super) fn functions(&self) -> Vec<(&str, Value)> {
        self.resources("AWS::Serverless::Function")
            .map(|(id, resource)| {
                let mut properties = self.0["Globals"]["Function"].clone();
                merge(&mut properties, &resource["Properties"]);
                (id.as_str(), properties)
            })
            .collect()
    }

    /// The events of a function of this type, by name.
    pub(super) fn events<'a>(
        properties: &'a Value,
        kind: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let events = properties["Events"].as_object().into_iter().flatten();
        events
            .filter(move |(_, event)| event["Type"] == kind)
            .map(|(name, event)| (name, &event["Properties"]))
    }
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(super) fn text() -> String {
    std::fs::read_to_string(root().join("template.yaml")).expect("template.yaml is there")
}

/// The resource that `{"Ref": …}` or `{"Fn::GetAtt": [….Arn]}` points to.
pub(super) fn target(value: &Value) -> Option<&str> {
    value["Ref"].as_str().or_else(|| {
        let attribute = value["Fn::GetAtt"].as_array()?;
        attribute.first()?.as_str()
    })
}

/// A value or a list of values, as a list.
pub(super) fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn plain(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Tagged(tag, inner) => intrinsic(&tag.suffix, plain(inner)),
        Yaml::Representation(text, _, Some(tag)) => intrinsic(&tag.suffix, json!(text)),
        Yaml::Representation(text, _, None) => json!(text),
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| {
                let key = plain(key);
                let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                (key, plain(value))
            })
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Alias(_) | Yaml::BadValue => panic!("the template holds {node:?}"),
    }
}

/// `!Ref x` is `{"Ref": x}`, `!GetAtt a.b` is `{"Fn::GetAtt": ["a", "b"]}`, `!Sub x` is `{"Fn::Sub": x}`.
fn intrinsic(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("Ref" | "Condition", _) => json!({ name: value }),
        ("GetAtt", Value::String(text)) => {
            let (id, attribute) = text.split_once('.').unwrap_or((text, ""));
            json!({ "Fn::GetAtt": [id, attribute] })
        }
        _ => json!({ format!("Fn::{name}"): value }),
    }
}

#[test]
fn short_tags_are_written_out() {
    let template = Template::parse(
        "a: !Ref X\nb: !GetAtt Q.Arn\nc: !If [C, !Sub '${X}', 1]\nd: !Select [0, [x]]\ne: 'no'",
    );
    assert_eq!(
        *template.all(),
        json!({
            "a": { "Ref": "X" },
            "b": { "Fn::GetAtt": ["Q", "Arn"] },
            "c": { "Fn::If": ["C", { "Fn::Sub": "${X}" }, 1] },
            "d": { "Fn::Select": [0, ["x"]] },
            "e": "no",
        })
    );
}

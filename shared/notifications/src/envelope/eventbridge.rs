//! EventBridge envelopes.

use crate::aws_events::ServiceEvent;
use crate::contract::{ContractErrors, Problem};
use serde_json::Value;

/// The parts of an EventBridge event that matter here.
pub(super) struct Envelope<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) source: &'a str,
    pub(super) detail_type: &'a str,
    pub(super) detail: &'a Value,
    whole: &'a Value,
}

impl<'a> Envelope<'a> {
    /// Opens an EventBridge envelope; `None` when the JSON is none.
    ///
    /// No notification has a `detail-type` or `detail`, so one of them with a
    /// `source` means that an envelope was meant; what it lacks is then named.
    pub(super) fn open(json: &'a Value) -> Result<Option<Self>, ContractErrors> {
        let text = |name: &str| {
            json.get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
        };
        let has = |name: &str| json.get(name).is_some();
        if !(has("detail-type") || has("detail") && has("source")) {
            return Ok(None);
        }
        let (Some(source), Some(detail_type), Some(detail)) =
            (text("source"), text("detail-type"), json.get("detail"))
        else {
            return Err(lacking(json));
        };
        if !detail.is_object() {
            return Err(lacking(json));
        }
        Ok(Some(Self {
            id: text("id"),
            source,
            detail_type,
            detail,
            whole: json,
        }))
    }

    /// The event, for describing.
    pub(super) fn event(&self) -> ServiceEvent<'a> {
        let text = |name: &str| self.whole.get(name).and_then(Value::as_str);
        let resources = self.whole.get("resources").and_then(Value::as_array);
        ServiceEvent {
            source: self.source,
            detail_type: self.detail_type,
            account: text("account"),
            region: text("region"),
            time: text("time"),
            resources: resources
                .map(|all| all.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default(),
            detail: self.detail,
        }
    }
}

fn lacking(json: &Value) -> ContractErrors {
    let mut problems = Vec::new();
    let mut check = |path: &str, fits: bool, expected: &str| {
        if !fits {
            let found = match json.get(path) {
                None => "nothing",
                Some(_) => "something else",
            };
            problems.push(Problem {
                path: path.to_owned(),
                found: found.to_owned(),
                expected: expected.to_owned(),
            });
        }
    };
    let text = |name: &str| {
        json.get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.trim().is_empty())
    };
    check(
        "source",
        text("source"),
        "the source of an EventBridge event",
    );
    check(
        "detail-type",
        text("detail-type"),
        "the detail-type of an EventBridge event",
    );
    let detail = json.get("detail").is_some_and(Value::is_object);
    check(
        "detail",
        detail,
        "the detail of an EventBridge event, an object",
    );
    ContractErrors::new(problems)
        .unwrap_or_else(|| ContractErrors::one("$", "something else", "an EventBridge event"))
}

//! A topic's definition, field by field.

use super::fields::{audience, choice, duration, flag, line, people, topic_name};
use super::walk::{At, Walk};
use super::{ContractErrors, LARGEST};
use crate::address::Address;
use crate::topic::{DefaultSubscription, Digest, Escalation, Policy, Quiet, Topic};
use serde_json::Value;

impl Topic {
    /// Reads a topic's definition, naming everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// [`ContractErrors`]: each place, what is there and what should be.
    pub fn from_value(json: &Value) -> Result<Self, ContractErrors> {
        let mut walk = Walk::default();
        let topic = topic(&mut walk, &At::root(json));
        walk.end(topic)
    }

    /// Reads a topic's definition from text.
    ///
    /// # Errors
    ///
    /// As [`Topic::from_value`]; also when it is no JSON, or too much.
    pub fn parse(json: &[u8]) -> Result<Self, ContractErrors> {
        if json.len() > LARGEST {
            let found = format!("{} bytes", json.len());
            return Err(ContractErrors::one(
                "$",
                found,
                format!("at most {LARGEST} bytes"),
            ));
        }
        match serde_json::from_slice(json) {
            Ok(value) => Self::from_value(&value),
            Err(error) => Err(super::notification::not_json(&error)),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Topic {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::from_value(&json).map_err(serde::de::Error::custom)
    }
}

fn topic(walk: &mut Walk, at: &At<'_>) -> Option<Topic> {
    let mut fields = at.fields(walk, "an object: a topic")?;
    let name = fields
        .require(walk, "name", "a topic name")
        .and_then(|at| topic_name(walk, &at));
    let title = fields.get("title").and_then(|at| line(walk, &at, 100));
    let description = fields
        .get("description")
        .and_then(|at| line(walk, &at, 500));
    let owners = fields
        .get("owners")
        .and_then(|at| people(walk, &at, 50))
        .unwrap_or_default();
    let default = fields
        .get("default")
        .and_then(|at| {
            let words = [
                ("opt-in", DefaultSubscription::OptIn),
                ("opt-out", DefaultSubscription::OptOut),
            ];
            choice(walk, &at, &words)
        })
        .unwrap_or_default();
    let policy = fields
        .get("policy")
        .and_then(|at| {
            let words = [
                ("at-least-once", Policy::AtLeastOnce),
                ("at-most-once", Policy::AtMostOnce),
            ];
            choice(walk, &at, &words)
        })
        .unwrap_or_default();
    let urgent_allowed = fields.get("urgentAllowed").and_then(|at| flag(walk, &at));
    let quiet = fields
        .get("quiet")
        .and_then(|at| choice(walk, &at, &[("keep", Quiet::Keep), ("drop", Quiet::Drop)]))
        .unwrap_or_default();
    let digest = fields
        .get("digest")
        .and_then(|at| {
            let words = [
                ("off", Digest::Off),
                ("hourly", Digest::Hourly),
                ("daily", Digest::Daily),
            ];
            choice(walk, &at, &words)
        })
        .unwrap_or_default();
    let escalation = match fields.get("escalation") {
        Some(at) => {
            let steps = at
                .list(walk, "a list of {after, to}", 10)
                .unwrap_or_default();
            steps.iter().filter_map(|at| step(walk, at)).collect()
        }
        None => Vec::new(),
    };
    let rate = fields.get("rate").and_then(|at| rate(walk, &at));
    let audience_allowed = match fields.get("audienceAllowed") {
        Some(at) => allowed(walk, &at),
        None => Vec::new(),
    };
    fields.end(walk);
    Some(Topic {
        name: name?,
        title,
        description,
        owners,
        default,
        policy,
        urgent_allowed: urgent_allowed.unwrap_or_default(),
        quiet,
        digest,
        escalation,
        rate,
        audience_allowed,
    })
}

fn rate(walk: &mut Walk, at: &At<'_>) -> Option<u32> {
    match at.value.as_u64().and_then(|rate| u32::try_from(rate).ok()) {
        Some(rate @ 1..) => Some(rate),
        _ => at.wrong(
            walk,
            "a whole number of messages per person and hour, 1 or more",
        ),
    }
}

fn step(walk: &mut Walk, at: &At<'_>) -> Option<Escalation> {
    let mut fields = at.fields(walk, "an object: {after, to}")?;
    let after = fields
        .require(walk, "after", "a duration such as 15m")
        .and_then(|at| duration(walk, &at));
    let to = fields
        .require(walk, "to", "a list of addresses")
        .and_then(|at| audience(walk, &at, 50));
    fields.end(walk);
    Some(Escalation {
        after: after?,
        to: to?,
    })
}

/// Whole addresses, and kinds of address alone.
fn allowed(walk: &mut Walk, at: &At<'_>) -> Vec<String> {
    const EXPECTED: &str = "an address, or the kind of one alone (channel, roster, …)";
    const KINDS: [&str; 11] = [
        "aad", "upn", "mail", "29", "roster", "channel", "thread", "chat", "topic", "alias",
        "everyone",
    ];
    let list = at
        .list(walk, "a list of addresses", 200)
        .unwrap_or_default();
    let mut entries = Vec::new();
    for element in &list {
        let Some(text) = element.str(walk, EXPECTED) else {
            continue;
        };
        if KINDS.contains(&text) {
            entries.push(text.to_owned());
        } else if let Ok(address) = text.parse::<Address>() {
            entries.push(address.to_string());
        } else {
            walk.problem(&element.path, "no address", EXPECTED);
        }
    }
    entries
}

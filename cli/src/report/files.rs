//! A report for programs and spreadsheets.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Value, json};
use store::{Counts, RecipientOutcome, RecipientState};

use super::Report;
use super::summary::{ended, state};
use crate::names::Named;
use crate::text::csv;

/// The numbers, for a program.
pub(super) fn counts_json(counts: &Counts) -> Value {
    let tally = &counts.tally;
    let skipped: BTreeMap<String, u64> = words(&tally.skipped);
    let failed: BTreeMap<String, u64> = words(&tally.failed);
    json!({
        "state": state(counts), "acceptedAt": counts.accepted_at, "startedAt": counts.started(),
        "endedAt": counts.ended, "cancelledAt": counts.cancelled, "round": counts.round,
        "plannedAll": counts.planned_all, "recipients": counts.planned, "waiting": counts.waiting,
        "waitingForInstall": counts.waiting_for_install,
        "unreachable": counts.unreachable, "sent": tally.sent, "maybeTwice": tally.maybe_twice,
        "skipped": tally.all_skipped(), "failed": tally.all_failed(), "unknown": tally.unknown,
        "skippedBy": skipped, "failedBy": failed,
    })
}

fn words<K: Display>(reasons: &BTreeMap<K, u64>) -> BTreeMap<String, u64> {
    reasons
        .iter()
        .map(|(reason, count)| (reason.to_string(), *count))
        .collect()
}

pub(super) fn json(report: &Report) -> String {
    let mut document = counts_json(&report.counts);
    let frozen = &report.frozen;
    document["key"] = frozen.key.as_str().into();
    document["id"] = frozen.id.as_str().into();
    document["source"] = frozen.source.to_string().into();
    document["topic"] = frozen.topic.name.as_str().into();
    document["broadcast"] = report
        .broadcast
        .as_ref()
        .map(|broadcast| broadcast.stage.as_str())
        .into();
    let recalled = report.who.recalled;
    if recalled.any() {
        document["recalled"] = json!({
            "gone": recalled.gone, "failed": recalled.failed, "waiting": recalled.waiting,
        });
    }
    document["unreachableAddresses"] = report
        .who
        .unreachable
        .iter()
        .map(|one| json!({ "address": one.address.to_string(), "why": one.why }))
        .collect();
    let people: Vec<Value> = report.who.listed.iter().map(person_json).collect();
    document["people"] = people.into();
    format!("{document:#}\n")
}

fn person_json(one: &Named<RecipientOutcome>) -> Value {
    let about = &one.about;
    let [group, why, _] = ended(about);
    let at = match &about.progress.state {
        RecipientState::Ended { at, .. } => Some(*at),
        _ => None,
    };
    json!({
        "recipient": about.recipient, "name": one.name, "outcome": group, "why": why, "at": at,
        "tries": about.progress.tries, "repairs": about.progress.repairs.words().collect::<Vec<_>>(),
    })
}

pub(super) fn csv(report: &Report) -> String {
    let mut text = csv::record([
        "recipient",
        "name",
        "outcome",
        "why",
        "tries",
        "repairs",
        "at",
    ]);
    for one in &report.who.unreachable {
        let address = one.address.to_string();
        text.push_str(&csv::record([
            &address,
            &address,
            "failed",
            one.why.as_str(),
            "0",
            "",
            "",
        ]));
    }
    for one in &report.who.listed {
        let [group, why, _] = ended(&one.about);
        let at = match &one.about.progress.state {
            RecipientState::Ended { at, .. } => at.to_string(),
            _ => String::new(),
        };
        text.push_str(&csv::record([
            one.about.recipient.as_str(),
            &one.name,
            &group,
            &why,
            &one.about.progress.tries.to_string(),
            &one.about.progress.repairs.to_string(),
            &at,
        ]));
    }
    text
}

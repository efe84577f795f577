//! Bulk messaging: `v3/batch/conversation/…` (protocol reference §4.8)

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Reply;
use crate::connector::{Ask, payload};
use crate::ids::new_guid;
use crate::model::{Batch, BatchEntry};
use crate::operation::Operation;

/// How many failed entries one answer lists.
const PAGE: usize = 100;

/// `POST v3/batch/conversation/{users|tenant|team|channels}`
pub(crate) fn start(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let body = ask.json()?;
    let activity = body
        .get("activity")
        .ok_or_else(|| Reply::missing_property("'activity' is required."))?;
    payload::check(activity)?;
    let tenant = body
        .get("tenantId")
        .and_then(Value::as_str)
        .ok_or_else(|| Reply::missing_property("'tenantId' is required."))?;
    let mut model = ask.model();
    if !tenant.eq_ignore_ascii_case(&model.tenant) || model.disabled_by_admin {
        return Err(Reply::error(
            403,
            "NotEnoughPermissions",
            "The bot is not allowed to post in this tenant.",
        ));
    }
    let ids: Vec<String> = match ask.address.operation {
        Operation::BatchUsers | Operation::BatchChannels => body
            .get("members")
            .and_then(Value::as_array)
            .filter(|members| !members.is_empty())
            .and_then(|members| {
                members
                    .iter()
                    .map(|member| member.get("id")?.as_str().map(str::to_owned))
                    .collect()
            })
            .ok_or_else(|| Reply::missing_property("'members' with ids is required."))?,
        Operation::BatchTeam => {
            let team = body
                .get("teamId")
                .and_then(Value::as_str)
                .ok_or_else(|| Reply::missing_property("'teamId' is required."))?;
            let (place, _) = model.reach(team)?;
            let roster = model.roster(place);
            roster
                .iter()
                .map(|person| model.teams_id(*person))
                .collect()
        }
        _ => (0..)
            .zip(&model.people)
            .filter(|(_, person)| person.installed)
            .map(|(index, _)| model.teams_id(index))
            .collect(),
    };
    let entries = ids
        .into_iter()
        .map(|id| BatchEntry {
            id,
            status: None,
            error: None,
        })
        .collect();
    let id = new_guid();
    model.batches.insert(
        id.clone(),
        Batch {
            started: ask.now(),
            takes: ask.shared.settings.bulk_takes,
            cancelled: false,
            activity: activity.to_string(),
            entries,
            done: 0,
        },
    );
    drop(model);
    ask.shared.advance_batches();
    Ok(Reply::json(201, json!({ "operationId": id })))
}

/// `GET v3/batch/conversation/{id}`
pub(crate) fn state(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let batch = find(&model.batches, &ask.address.first)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for status in batch.entries.iter().filter_map(|entry| entry.status) {
        *counts.entry(status.to_string()).or_default() += 1;
    }
    let succeeded = batch.entries.iter().any(|entry| entry.status == Some(201));
    let mut body = json!({
        "state": match (batch.is_over(), batch.cancelled) {
            (false, _) => "Ongoing",
            (true, true) => "Failed",
            (true, false) if succeeded || batch.entries.is_empty() => "Completed",
            (true, false) => "Failed",
        },
        "statusMap": counts,
        "totalEntriesCount": batch.entries.len(),
    });
    if !batch.is_over() {
        let next = ask.now() + Duration::from_secs(1);
        body["retryAfter"] = format!("{next:.0}").into();
    }
    Ok(Reply::json(200, body))
}

/// `GET v3/batch/conversation/failedentries/{id}`
pub(crate) fn failed_entries(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let batch = find(&model.batches, &ask.address.first)?;
    let from: usize = match ask.query.get("continuationToken") {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| Reply::bad_argument("Invalid continuation token."))?,
    };
    let failed: Vec<&BatchEntry> = batch
        .entries
        .iter()
        .filter(|entry| entry.status.is_some_and(|status| status >= 400))
        .collect();
    let page: Vec<Value> = failed
        .iter()
        .skip(from)
        .take(PAGE)
        .map(|entry| json!({"entryId": entry.id, "error": entry.error}))
        .collect();
    let next = from + page.len();
    let mut body = json!({ "failedEntryResponses": page });
    if next < failed.len() {
        body["continuationToken"] = next.to_string().into();
    }
    Ok(Reply::json(200, body))
}

/// `DELETE v3/batch/conversation/{id}`
pub(crate) fn cancel(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let mut model = ask.model();
    let batch = model
        .batches
        .get_mut(&ask.address.first)
        .ok_or_else(operation_not_found)?;
    if !batch.is_over() {
        batch.cancelled = true;
    }
    Ok(Reply::empty(200))
}

fn find<'a>(batches: &'a BTreeMap<String, Batch>, id: &str) -> Result<&'a Batch, Reply> {
    batches.get(id).ok_or_else(operation_not_found)
}

fn operation_not_found() -> Reply {
    Reply::error(404, "NotFound", "The operation was not found.")
}

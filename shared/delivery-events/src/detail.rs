//! What the events say.

use std::collections::BTreeMap;

use aws::BusEvent;
use jiff::Timestamp;
use notifications::{Outcome, RecipientKey};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use store::{Counts, FrozenNotification, RecipientProgress, RecipientState, Tally};
use work_items::ChunkKey;

/// The `source` of our own events; `notify` drops them.
pub const SOURCE: &str = "tidings";
/// Everybody a notification is for has an outcome.
pub const ENDED: &str = "tidings.delivery.ended";
/// A chunk's outcomes are on the ledger.
pub const CHUNK: &str = "tidings.delivery.chunk";
/// A recipient's outcome is on the ledger.
pub const RECIPIENT: &str = "tidings.delivery.recipient";

/// The version of every detail. Fields may be added to it; what a receiver may
/// rely on changes with another number.
const VERSION: u32 = 1;

/// Which notification it is about.
#[derive(Serialize)]
struct About<'a> {
    key: &'a str,
    id: &'a str,
    source: String,
    tenant: &'a str,
    topic: &'a str,
}

impl<'a> About<'a> {
    fn new(frozen: &'a FrozenNotification) -> Self {
        Self {
            key: frozen.key.as_str(),
            id: frozen.id.as_str(),
            source: frozen.source.to_string(),
            tenant: frozen.tenant.as_str(),
            topic: frozen.topic.name.as_str(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    sent: u64,
    maybe_twice: u64,
    skipped: BTreeMap<&'static str, u64>,
    failed: BTreeMap<String, u64>,
    unknown: u64,
}

impl Numbers {
    fn new(tally: &Tally) -> Self {
        let skipped = tally.skipped.iter().filter(|(_, count)| **count > 0);
        let failed = tally.failed.iter().filter(|(_, count)| **count > 0);
        Self {
            sent: tally.sent,
            maybe_twice: tally.maybe_twice,
            skipped: skipped
                .map(|(reason, count)| (reason.code(), *count))
                .collect(),
            failed: failed
                .map(|(code, count)| (code.to_string(), *count))
                .collect(),
            unknown: tally.unknown,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ended<'a> {
    version: u32,
    /// The same in every copy of this event.
    id: String,
    notification: About<'a>,
    /// 0; one more each time that what had failed was sent again.
    round: u32,
    accepted_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    ended_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Timestamp>,
    recipients: u64,
    unreachable: u64,
    outcomes: Numbers,
}

/// The event of a notification's end. `None` when it has not ended.
#[must_use]
pub fn ended(frozen: &FrozenNotification, counts: &Counts) -> Option<BusEvent> {
    let detail = Ended {
        version: VERSION,
        id: format!("{}/ended/{}", frozen.key, counts.round),
        notification: About::new(frozen),
        round: counts.round,
        accepted_at: counts.accepted_at,
        started_at: counts.started(),
        ended_at: counts.ended?,
        cancelled_at: counts.cancelled,
        recipients: counts.planned,
        unreachable: counts.unreachable,
        outcomes: Numbers::new(&counts.tally),
    };
    Some(event(ENDED, &detail))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    version: u32,
    id: String,
    notification: About<'a>,
    /// Names the chunk within the notification.
    chunk: String,
    /// How many times it was worked on.
    attempt: u32,
    at: Timestamp,
    recipients: u64,
    outcomes: Numbers,
}

/// The event of a chunk: those of its recipients who have ended with this
/// `attempt` at it.
#[must_use]
pub fn chunk(
    frozen: &FrozenNotification,
    key: &ChunkKey,
    attempt: u32,
    tally: &Tally,
    at: Timestamp,
) -> BusEvent {
    let chunk = name(key);
    let detail = Chunk {
        version: VERSION,
        id: format!("{}/{chunk}/{attempt}", frozen.key),
        notification: About::new(frozen),
        chunk,
        attempt,
        at,
        recipients: tally.ended(),
        outcomes: Numbers::new(tally),
    };
    event(CHUNK, &detail)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recipient<'a> {
    version: u32,
    id: String,
    notification: About<'a>,
    recipient: &'a str,
    /// `sent`, `skipped`, `failed` or `unknown`.
    outcome: &'static str,
    /// Why, when it was skipped or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_id: Option<&'a str>,
    maybe_twice: bool,
    tries: u32,
    at: Timestamp,
}

/// The event of a recipient. `None` while they have no outcome.
#[must_use]
pub fn recipient(
    frozen: &FrozenNotification,
    recipient: &RecipientKey,
    progress: &RecipientProgress,
) -> Option<BusEvent> {
    let RecipientState::Ended { outcome, at } = &progress.state else {
        return None;
    };
    let (mut reason, mut activity_id, mut twice) = (None, None, false);
    match outcome {
        Outcome::Sent {
            activity,
            maybe_twice,
        } => {
            activity_id = activity.as_ref().map(|id| id.as_str());
            twice = *maybe_twice;
        }
        Outcome::Skipped(why) => reason = Some(why.to_string()),
        Outcome::Failed(code) => reason = Some(code.to_string()),
        Outcome::Unknown => {}
    }
    let detail = Recipient {
        version: VERSION,
        id: format!("{}/{recipient}/{}", frozen.key, at.as_second()),
        notification: About::new(frozen),
        recipient: recipient.as_str(),
        outcome: outcome.group(),
        reason,
        activity_id,
        maybe_twice: twice,
        tries: u32::from(progress.tries) + u32::from(progress.earlier),
        at: *at,
    };
    Some(event(RECIPIENT, &detail))
}

/// A chunk's key holds that of a person; this names it as well, and nobody.
fn name(key: &ChunkKey) -> String {
    let digest = digest(&SHA256, key.as_str().as_bytes());
    let digits = digest.as_ref()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn event(detail_type: &str, detail: &impl Serialize) -> BusEvent {
    BusEvent {
        source: SOURCE.to_owned(),
        detail_type: detail_type.to_owned(),
        detail: serde_json::to_string(detail).expect("names are texts, so it is JSON"),
    }
}

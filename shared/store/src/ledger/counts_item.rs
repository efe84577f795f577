//! The item in which a notification's numbers are added up, and then final.

use jiff::Timestamp;
use notifications::{FailureCode, NotificationKey, SkipReason};

use super::{Counts, Tally};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, n};
use crate::keys;
use crate::retention::{self, EXPIRES, expires};

pub(super) const ENTITY: &str = "counts";
pub(super) const CHUNKS_DONE: &str = "done";
pub(super) const OF: &str = "of";
pub(super) const SENT: &str = "sent";
pub(super) const TWICE: &str = "twice";
pub(super) const UNKNOWN: &str = "unknown";
pub(super) const FIRST: &str = "first";
pub(super) const LAST: &str = "last";
pub(super) const ENDED: &str = "ended";
pub(super) const ROUND: &str = "round";
pub(super) const WALKING: &str = "walking";
/// The requests that began a round.
pub(super) const REQUESTS: &str = "requests";
pub(super) const TOLD: &str = "told";
pub(super) const SKIPPED: &str = "k:";
pub(super) const FAILED: &str = "f:";

/// The change, if this condition holds and no other round has begun.
pub(super) fn in_round(change: Change, condition: String, round: u32) -> Change {
    match round {
        0 => change.only_if(format!("{condition} AND attribute_not_exists(#{ROUND})")),
        round => change
            .only_if(format!("{condition} AND #{ROUND} = :{ROUND}"))
            .value(ROUND, n(round)),
    }
}

/// The change that adds these counts (or, with -1, takes them off).
pub(super) fn adding(
    notification: &NotificationKey,
    chunks: u64,
    tally: &Tally,
    sign: i64,
) -> Change {
    let mut change = Change::update(keys::counts(notification));
    let signed = |count: u64| sign.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
    change = change.add_number(CHUNKS_DONE, signed(chunks));
    let mut words = 0;
    for (name, count) in numbers(tally) {
        if count > 0 {
            let alias = format!("c{words}");
            change = change
                .add_number(&alias, signed(count))
                .alias(&alias, &name);
            words += 1;
        }
    }
    change
}

/// The counts' item as it is when it is right.
pub(super) fn exact(counts: &Counts, now: Timestamp) -> Item {
    let tally = &counts.tally;
    let mut item = Item::from([
        (CHUNKS_DONE.to_owned(), n(counts.chunks_done)),
        (OF.to_owned(), n(counts.planned)),
        (EXPIRES.to_owned(), expires(now, retention::LEDGER)),
    ]);
    if counts.round > 0 {
        item.insert(ROUND.to_owned(), n(counts.round));
    }
    if let (Some(first), Some(last)) = (tally.first, tally.last) {
        item.insert(FIRST.to_owned(), ms(first));
        item.insert(LAST.to_owned(), ms(last));
    }
    for (name, count) in numbers(tally) {
        if count > 0 {
            item.insert(name, n(count));
        }
    }
    item
}

fn numbers(tally: &Tally) -> impl Iterator<Item = (String, u64)> {
    let plain = [
        (SENT, tally.sent),
        (TWICE, tally.maybe_twice),
        (UNKNOWN, tally.unknown),
    ];
    let plain = plain.map(|(name, count)| (name.to_owned(), count));
    let skipped = tally.skipped.iter();
    let skipped = skipped.map(|(reason, count)| (format!("{SKIPPED}{reason}"), *count));
    let failed = tally.failed.iter();
    let failed = failed.map(|(code, count)| (format!("{FAILED}{code}"), *count));
    plain.into_iter().chain(skipped).chain(failed)
}

pub(super) fn numbers_in(item: &Item) -> Result<Tally, StoreError> {
    let read = Attributes::of(ENTITY, item);
    let mut tally = Tally {
        sent: number(&read, SENT),
        maybe_twice: number(&read, TWICE),
        unknown: number(&read, UNKNOWN),
        first: read.time(FIRST),
        last: read.time(LAST),
        ..Tally::default()
    };
    for (name, value) in item {
        let count = || {
            let count = value.as_n().ok().and_then(|count| count.parse().ok());
            // An addition that is missing can leave less than nothing.
            u64::try_from(count.unwrap_or(0_i64)).unwrap_or(0)
        };
        if let Some(reason) = name.strip_prefix(SKIPPED) {
            let reason: SkipReason = reason.parse().map_err(|_| read.unreadable(SKIPPED))?;
            tally.skipped.insert(reason, count());
        } else if let Some(code) = name.strip_prefix(FAILED) {
            tally.failed.insert(FailureCode::new(code), count());
        }
    }
    tally.skipped.retain(|_, count| *count > 0);
    tally.failed.retain(|_, count| *count > 0);
    Ok(tally)
}

pub(super) fn number(read: &Attributes<'_>, name: &'static str) -> u64 {
    u64::try_from(read.number(name).unwrap_or(0)).unwrap_or(0)
}

pub(super) fn round(read: &Attributes<'_>) -> u32 {
    u32::try_from(number(read, ROUND)).unwrap_or(u32::MAX)
}

//! When a card that many see may be edited again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Edits of one card: at least a second apart, at most 1,200 in any hour.
///
/// A bucket of 60 edits that fills by one every 3.158 s, kept as two times
/// instead of a count: a burst is answered every second, and what goes on for
/// long about three times in ten seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditPace {
    /// When the last edit goes, or went.
    pub last: Timestamp,
    /// When the bucket is full again.
    pub full: Timestamp,
}

/// The most edits of a card in an hour.
pub const MOST_AN_HOUR: i64 = 1200;
const BURST: i64 = 60;
const APART: SignedDuration = SignedDuration::from_secs(1);
const HOUR_MILLIS: i64 = 3_600_000;
/// What comes into the bucket in an hour is less than the limit by what may
/// be in it when the hour begins.
const FILLS_EVERY: SignedDuration =
    SignedDuration::from_millis(HOUR_MILLIS / (MOST_AN_HOUR - BURST) + 1);
/// How far `full` may lie ahead while there is still an edit in the bucket.
const AHEAD: SignedDuration =
    SignedDuration::from_millis((HOUR_MILLIS / (MOST_AN_HOUR - BURST) + 1) * (BURST - 1));

impl EditPace {
    /// When the card may be edited next, and the pace once that edit is
    /// taken. Without a pace the card was never edited.
    #[must_use]
    pub fn next(pace: Option<Self>, now: Timestamp) -> (Timestamp, Self) {
        let at = pace.map_or(now, |pace| {
            let spaced = pace.last.saturating_add(APART).unwrap_or(now);
            let filled = pace.full.saturating_sub(AHEAD).unwrap_or(now);
            now.max(spaced).max(filled)
        });
        let full = pace.map_or(at, |pace| pace.full.max(at));
        let taken = Self {
            last: at,
            full: full.saturating_add(FILLS_EVERY).unwrap_or(full),
        };
        (at, taken)
    }
}

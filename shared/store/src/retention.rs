//! How long things are kept where they end by themselves.
//!
//! DynamoDB deletes what has expired hours late, so whoever reads an item that
//! expires looks at the time too.

use aws::dynamodb::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::item::n;

/// The attribute that DynamoDB's time to live looks at, in seconds.
pub const EXPIRES: &str = "expires";

/// The ledger: long enough to ask about last month's message.
pub const LEDGER: SignedDuration = SignedDuration::from_hours(35 * 24);

/// The notification itself: longer than the rest of its ledger, so that the
/// rest is gone before the id can be used again.
pub const NOTIFICATION: SignedDuration = SignedDuration::from_hours(42 * 24);

/// An inbound activity and its answer: Teams gives up within minutes.
pub const INBOUND: SignedDuration = SignedDuration::from_hours(24);

/// The note that somebody left a team, which keeps a late arrival out.
pub const DEPARTURE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Signing keys that could not be refreshed.
pub const SIGNING_KEYS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An occurrence of a poll: its votes, unless they were anonymous, and its
/// result. Counted from its opening, so that no vote says when it was given.
pub const POLL: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What paces sending: longer than the longest window and the longest pause.
pub const PACING: SignedDuration = SignedDuration::from_hours(2);

/// The value of [`EXPIRES`] for what is kept this long from `now`.
pub(crate) fn expires(now: Timestamp, keep: SignedDuration) -> AttributeValue {
    n(now.as_second().saturating_add(keep.as_secs()))
}

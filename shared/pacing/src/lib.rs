#![doc = include_str!("../README.md")]

mod book;
mod hand;
mod line;
mod pace;
mod settings;
mod storm;
mod transit;
mod window;

pub use book::{Book, LineState, Order, Sale};
pub use hand::{CONFIRM, Hand, LATE, Taken};
pub use line::{Line, Need, Slot};
pub use pace::{CLIMB_A_SECOND, FLOOR, Pace, SHORTEST_PAUSE, Share};
pub use settings::{AlarmShare, Rate, Settings, SettingsError};
pub use storm::{Blame, Storms};
pub use transit::{MOST_UNEVEN, Transit};
pub use window::{Limit, READS, SENDS, SKEW, Window};

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Adds, and stops at the end of the calendar.
fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How long it is from `from` to `to`; nothing if that is past.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

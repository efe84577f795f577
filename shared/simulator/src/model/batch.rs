//! Bulk operations of the Connector, which go on after their request ended.

use std::time::Duration;

use jiff::Timestamp;

/// One bulk operation.
pub(crate) struct Batch {
    pub(crate) started: Timestamp,
    pub(crate) takes: Duration,
    pub(crate) cancelled: bool,
    pub(crate) activity: String,
    pub(crate) entries: Vec<BatchEntry>,
    /// How many entries, from the first, have been worked off.
    pub(crate) done: usize,
}

/// One recipient of a bulk operation.
pub(crate) struct BatchEntry {
    /// The id that the request named.
    pub(crate) id: String,
    /// The status it ended with.
    pub(crate) status: Option<u16>,
    /// The error's code.
    pub(crate) error: Option<String>,
}

impl Batch {
    /// How many entries are due at this time.
    pub(crate) fn due(&self, now: Timestamp) -> usize {
        if self.cancelled {
            return self.done;
        }
        let passed = now.duration_since(self.started).as_millis().max(0);
        let takes = i128::try_from(self.takes.as_millis()).unwrap_or(i128::MAX);
        if passed >= takes {
            return self.entries.len();
        }
        let all = i128::try_from(self.entries.len()).unwrap_or(i128::MAX);
        usize::try_from(all * passed / takes).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.cancelled || self.done == self.entries.len()
    }
}

//! What an anonymous poll shows while it is open.
//!
//! Who watches results move with every vote sees how each voter voted whom
//! they saw voting. So results move in steps of at least the poll's threshold
//! of new voters. A step is shown only when the next one is full: whenever
//! the poll closes, its result then differs from what was last shown by at
//! least a threshold of voters, too.

use crate::definition::Definition;
use crate::tally::Tally;
use serde::{Deserialize, Serialize};

/// The counters that an open anonymous poll shows, and those that it will
/// show next.
///
/// To be kept where its ballots are: an older copy of it, beside an older
/// list of who had voted, would tell who voted what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// What is shown; absent, nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Tally>,
    /// What is shown when the next step is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Tally>,
}

impl Released {
    /// The next step, when these counters fill it; to be stored before
    /// anything of it is shown. `None`: all stays as it is.
    #[must_use]
    pub fn next(&self, definition: &Definition, now: &Tally) -> Option<Self> {
        let step = definition.threshold.max(1);
        match &self.waiting {
            None => (now.voters() >= step).then(|| Self {
                shown: None,
                waiting: Some(now.clone()),
            }),
            Some(waiting) => (now.voters() >= waiting.voters() + step).then(|| Self {
                shown: Some(waiting.clone()),
                waiting: Some(now.clone()),
            }),
        }
    }

    /// The counters to show now; none below the threshold.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.shown.clone().unwrap_or_default()
    }
}

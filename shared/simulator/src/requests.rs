//! Which requests came, and how they were answered.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use crate::Operation;

/// A request that the simulator answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Request {
    /// When it came.
    pub at: Timestamp,
    /// What it asked for.
    pub operation: Operation,
    /// The method.
    pub method: String,
    /// The path as it was written, with the query.
    pub target: String,
    /// The conversation, team, meeting or authority in the path.
    pub subject: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The error's code, if the answer has one.
    pub code: Option<String>,
    /// Whether a fault decided the answer.
    pub faulted: bool,
}

/// How many of the latest requests are kept whole. All are counted.
const KEPT: usize = 10_000;

/// The latest requests, and how many there were of each kind.
#[derive(Default)]
pub(crate) struct RequestLog {
    latest: VecDeque<Request>,
    counts: BTreeMap<(Operation, u16), u64>,
}

impl RequestLog {
    pub(crate) fn add(&mut self, request: Request) {
        *self
            .counts
            .entry((request.operation, request.status))
            .or_default() += 1;
        if self.latest.len() == KEPT {
            self.latest.pop_front();
        }
        self.latest.push_back(request);
    }

    pub(crate) fn latest(&self) -> Vec<Request> {
        self.latest.iter().cloned().collect()
    }

    pub(crate) fn count(&self, operation: Operation, status: Option<u16>) -> u64 {
        self.counts
            .iter()
            .filter(|((of, with), _)| *of == operation && status.is_none_or(|s| s == *with))
            .map(|(_, count)| count)
            .sum()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

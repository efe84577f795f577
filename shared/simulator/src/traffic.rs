//! How many requests came when, and how many were too many.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::limits::Kind;

const SECOND: Duration = Duration::from_secs(1);

/// What the Connector saw of requests, and which it refused as too many.
///
/// Requests for tokens and keys are not among them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Traffic {
    /// Requests in all, however they were answered.
    pub requests: u64,
    /// Answers 429 for the limit of the app in its tenant.
    pub throttled_for_app: u64,
    /// Answers 429 for the limit of one conversation.
    pub throttled_for_conversation: u64,
    /// Answers 429 that a fault gave.
    pub throttled_by_fault: u64,
    /// When the first request came.
    pub first: Option<Timestamp>,
    /// When the latest request came.
    pub latest: Option<Timestamp>,
    /// The most requests within any second.
    pub busiest_second: u64,
    /// Requests in each second of the simulator's clock in which there were any.
    pub per_second: BTreeMap<Timestamp, u64>,
}

impl Traffic {
    /// Answers 429 in all.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.throttled_for_app + self.throttled_for_conversation + self.throttled_by_fault
    }
}

/// Counts requests as they come.
#[derive(Default)]
pub(crate) struct TrafficLog {
    seen: Traffic,
    last_second: VecDeque<Timestamp>,
}

impl TrafficLog {
    pub(crate) fn came(&mut self, now: Timestamp) {
        self.seen.requests += 1;
        self.seen.first.get_or_insert(now);
        self.seen.latest = Some(now);
        let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
        *self.seen.per_second.entry(second).or_default() += 1;
        while let Some(first) = self.last_second.front()
            && Duration::try_from(now.duration_since(*first)).is_ok_and(|age| age >= SECOND)
        {
            self.last_second.pop_front();
        }
        self.last_second.push_back(now);
        let in_this_second = self.last_second.len() as u64;
        self.seen.busiest_second = self.seen.busiest_second.max(in_this_second);
    }

    pub(crate) fn too_many(&mut self, kind: Kind) {
        match kind {
            Kind::App => self.seen.throttled_for_app += 1,
            _ => self.seen.throttled_for_conversation += 1,
        }
    }

    pub(crate) fn throttled_by_fault(&mut self) {
        self.seen.throttled_by_fault += 1;
    }

    pub(crate) fn seen(&self) -> Traffic {
        self.seen.clone()
    }
}

//! How a broadcast went.

use std::time::Duration;

use simulator::FaultsMet;

/// How a broadcast went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many people there are.
    pub people: u64,
    /// How many got no message.
    pub missing: u64,
    /// How many messages came twice.
    pub doubles: u64,
    /// Simulated time from the event to the last answer of Teams.
    pub took: Duration,
    /// Simulated time from the event to the first message.
    pub first_after: Duration,
    /// Requests that Teams saw.
    pub requests: u64,
    /// How many of them it answered 429.
    pub throttled: u64,
    /// The most requests that it saw within a second.
    pub busiest_second: u64,
    /// Chunks that were put back for later.
    pub delayed: u64,
    /// Messages that can never succeed.
    pub dead_letters: u64,
    /// Faults that were met.
    pub faults: Vec<FaultsMet>,
}

impl Outcome {
    /// Messages a second, from the first to the last.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let sending = self.took.saturating_sub(self.first_after).as_secs_f64();
        // The first message begins the time that is measured.
        (self.people.saturating_sub(self.missing + 1)) as f64 / sending.max(f64::MIN_POSITIVE)
    }

    /// The part of the requests that was answered 429.
    #[must_use]
    pub fn throttled_part(&self) -> f64 {
        self.throttled as f64 / (self.requests as f64).max(1.0)
    }
}

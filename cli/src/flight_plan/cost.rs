//! How long a notification takes and what it costs, estimated.

use std::time::Duration;

use notifications::Policy;
use serde::Serialize;

use super::Rates;

/// Dollars a million, in us-east-1, as listed in November 2026; arm64, on demand, without a free tier.
const WRITE_UNITS: f64 = 0.625;
const READ_UNITS: f64 = 0.125;
const QUEUE_REQUESTS: f64 = 0.40;
const INVOCATIONS: f64 = 0.20;
const GIGABYTE_SECONDS: f64 = 13.3334;
/// Dollars a gigabyte that leaves AWS.
const EGRESS: f64 = 0.09;

/// What a message to Teams takes on the wire beside the notification: its card's frame, headers, TLS.
const BESIDE: f64 = 4.0 * 1024.0;
/// `deliver` has 128 MB.
const MEMORY: f64 = 0.125;
/// Copies of `deliver` that share the rate, each paid while it waits: the maximum concurrency of the broadcast queue.
const COPIES: f64 = 2.0;
/// Chunks that an invocation of `deliver` gets, as in the template.
const BATCH: f64 = 2.0;
/// Read units of a recipient who is read by key, and of one among everyone.
const BY_KEY: f64 = 0.5;
const IN_A_RUN: f64 = 0.08;

/// Recipients of a chunk, as `notify` plans them.
fn chunk(policy: Policy) -> u64 {
    match policy {
        Policy::AtLeastOnce => notify::planning::CHUNK as u64,
        Policy::AtMostOnce => notify::planning::CHUNK_AT_MOST_ONCE as u64,
    }
}

/// An estimate of time and dollars.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Estimate {
    /// Seconds from the first message to the last.
    pub(super) seconds: u64,
    /// Messages a second.
    pub(super) rate: u32,
    /// Dollars for the table.
    pub(super) table: f64,
    /// Dollars for the queues.
    pub(super) queues: f64,
    /// Dollars for the functions.
    pub(super) functions: f64,
    /// Dollars for what leaves AWS.
    pub(super) egress: f64,
}

/// What is sent.
pub(super) struct Load {
    pub(super) recipients: u64,
    pub(super) messages: u64,
    pub(super) to_be_opened: u64,
    /// Bytes of the notification.
    pub(super) bytes: usize,
    pub(super) policy: Policy,
    /// Whether it is for everyone.
    pub(super) everyone: bool,
}

impl Estimate {
    /// Estimates from what a chunk, a recipient and a message take; see `docs/data-model.md` and `docs/cost.md`.
    #[expect(
        clippy::cast_precision_loss,
        reason = "an estimate of counts far below 2^52"
    )]
    pub(super) fn of(load: &Load, rates: &Rates) -> Self {
        let rate = rates.of(load.recipients);
        let sending = load.messages as f64 / f64::from(rate);
        // Conversations are opened from the other budget, side by side with sending.
        let opening = load.to_be_opened as f64 / f64::from(rates.other());
        let seconds = sending.max(opening).max(0.0);
        let chunks = load.recipients.div_ceil(chunk(load.policy)) as f64;
        let kilobytes = (load.bytes as f64 / 1024.0).ceil();
        // Freezing; planning, claiming and recording each chunk; the counts and the pace, some two a second.
        let writes = kilobytes + 1.0 + 4.0 * chunks + 2.0 * (1.0 + seconds);
        // Where each recipient is; the notification and its audience.
        let each = if load.everyone { IN_A_RUN } else { BY_KEY };
        let batches = (chunks / BATCH).ceil();
        let reads = each * load.recipients as f64
            + kilobytes * batches / 4.0
            + load.recipients as f64 / 80.0;
        // The notification, then its chunks, sent ten at a time, received and deleted in batches.
        let batches = batches + 1.0;
        let requests = 2.0 * batches + (chunks / 10.0).ceil() + 1.0;
        let million = 1_000_000.0;
        Self {
            seconds: seconds.ceil() as u64,
            rate,
            table: (writes * WRITE_UNITS + reads * READ_UNITS) / million,
            queues: requests * QUEUE_REQUESTS / million,
            functions: (batches * INVOCATIONS + COPIES * seconds * MEMORY * GIGABYTE_SECONDS)
                / million,
            egress: load.messages as f64 * (BESIDE + load.bytes as f64) / 1024.0_f64.powi(3)
                * EGRESS,
        }
    }

    pub(super) fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    pub(super) fn dollars(&self) -> f64 {
        self.table + self.queues + self.functions + self.egress
    }
}

/// Dollars, to the cent, as a guess.
pub(super) fn money(dollars: f64) -> String {
    if dollars < 0.01 {
        "under $0.01".to_owned()
    } else {
        format!("about ${dollars:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(recipients: u64, to_be_opened: u64) -> Estimate {
        let load = Load {
            recipients,
            messages: recipients,
            to_be_opened,
            bytes: 1_000,
            policy: Policy::AtLeastOnce,
            everyone: true,
        };
        Estimate::of(&load, &Rates::default())
    }

    #[test]
    fn a_broadcast_takes_the_time_that_its_share_of_the_rate_allows() {
        let many = estimate(100_000, 0);
        assert_eq!(many.seconds, 2_500, "100,000 at 40 a second");
        assert_eq!(estimate(90, 0).seconds, 2, "few go at the whole rate");
        assert_eq!(estimate(0, 0).seconds, 0);
    }

    #[test]
    fn conversations_that_must_be_opened_can_take_longer_than_sending() {
        assert_eq!(estimate(1_000, 1_000).seconds, 200, "5 a second");
    }

    #[test]
    fn a_thousand_messages_cost_about_what_the_page_on_cost_says() {
        // docs/cost.md: 26 requests of queues; 12 invocations and 6.25 GB-seconds; 135 write and 125 read units.
        let estimate = estimate(1_000, 0);
        for (estimated, documented) in [
            (estimate.queues, 26.0 * QUEUE_REQUESTS),
            (
                estimate.functions,
                12.0 * INVOCATIONS + 6.25 * GIGABYTE_SECONDS,
            ),
            (estimate.table, 135.0 * WRITE_UNITS + 125.0 * READ_UNITS),
        ] {
            let share = estimated * 1_000_000.0 / documented;
            assert!((0.8..1.2).contains(&share), "{share} of {documented}");
        }
    }

    #[test]
    fn a_hundred_thousand_messages_cost_cents() {
        let dollars = estimate(100_000, 0).dollars();
        assert!((0.02..0.2).contains(&dollars), "{dollars}");
        assert_eq!(money(estimate(1, 0).dollars()), "under $0.01");
        assert_eq!(money(1.234), "about $1.23");
    }
}

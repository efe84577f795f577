//! From an event to its end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use activity::ids::TenantId;
use aws::{Queue, Schedules};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Diagnostic;
use serde::Serialize;
use sources::{Period, Watch};
use startup::logging::chain;
use startup::{Clock, Deadline, Metrics};
use store::Store;

use crate::fetch::Fetcher;
use crate::looking::{Looked, Unlooked};

/// How many sources are looked at at once.
const AT_ONCE: usize = 8;

/// What the work needs. Made once, in `main`.
pub struct Watcher {
    /// The table.
    pub store: Store,
    /// Where what is new goes.
    pub notifications: Arc<dyn Queue>,
    /// What ticks.
    pub schedules: Arc<dyn Schedules>,
    /// Asks sources.
    pub fetcher: Fetcher,
    /// Whose people are told.
    pub tenant: TenantId,
    /// How long a source may fail before somebody is told.
    pub patience: SignedDuration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What operators watch.
    pub metrics: Metrics,
}

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ticked {
    /// How many sources were looked at, or left alone because they fail.
    pub looked: usize,
    /// How many things were new.
    pub news: usize,
    /// How many sources could not be read.
    pub failed: usize,
    /// How many there was no time for.
    pub left: usize,
}

impl Watcher {
    /// Looks at every source of this period.
    ///
    /// One that fails, or cannot be recorded, leaves the others alone.
    pub(crate) async fn tick(
        &self,
        every: Period,
        deadline: Deadline,
    ) -> Result<Ticked, Diagnostic> {
        let stored = self.store.watches().list(&self.tenant).await;
        let stored = stored.map_err(|error| diagnostic(&error.into()))?;
        let watches = stored
            .iter()
            .filter_map(|watch| self.parsed(&watch.definition));
        let mut watches: Vec<Watch> = watches.filter(|watch| watch.every == every).collect();
        let first = beginning(self.clock.now(), every, watches.len());
        watches.rotate_left(first);
        if watches.is_empty() {
            // The last one went while its schedule could not be removed.
            self.unschedule_if_unused(every).await?;
        }
        // Boxed one by one: the compiler does not see through a closure that borrows what it is given.
        let mut looks: Vec<BoxFuture<'_, Result<Option<Looked>, Unlooked>>> = Vec::new();
        for watch in &watches {
            looks.push(Box::pin(async move {
                if deadline.time_left(self.clock.now()).is_zero() {
                    return Ok(None);
                }
                // What is wrong with one source must not take the others with it.
                let look = AssertUnwindSafe(self.look(&self.tenant, watch)).catch_unwind();
                let look = look.await.unwrap_or(Err(Unlooked::Panicked));
                look.map(Some)
            }));
        }
        let looks: Vec<_> = stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut ticked = Ticked::default();
        let mut trouble = None;
        for look in looks {
            match look {
                Ok(Some(Looked { news, is_failed })) => {
                    ticked.looked += 1;
                    ticked.news += news;
                    ticked.failed += usize::from(is_failed);
                }
                Ok(None) => ticked.left += 1,
                Err(error) => {
                    tracing::error!(error = chain(&error), "a look did not end");
                    trouble = Some(diagnostic(&error));
                }
            }
        }
        // A tick that finds nothing counts nothing: it costs no metric.
        self.metrics.count("SourcesFailed", count(ticked.failed));
        self.metrics.count("SourcesLeft", count(ticked.left));
        self.metrics.count("NewsQueued", count(ticked.news));
        trouble.map_or(Ok(ticked), Err)
    }

    /// A definition that was stored; one of a newer version is none here.
    pub(crate) fn parsed(&self, definition: &str) -> Option<Watch> {
        let value = serde_json::from_str(definition).ok();
        let watch = value.and_then(|value| Watch::from_value(&value).ok());
        if watch.is_none() {
            tracing::error!("a watch that is stored cannot be read");
        }
        watch
    }
}

/// With which of so many watches a tick begins.
///
/// Sources that take long can use up a tick's time, and what it leaves must not be the same each time. Multiples of the golden
/// ratio spread the beginnings evenly, however many watches a tick gets through.
fn beginning(now: Timestamp, every: Period, watches: usize) -> usize {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let tick = now.as_second().unsigned_abs() / every.length().as_secs();
    let place = u128::from(tick.wrapping_mul(GOLDEN)) * watches as u128;
    // Less than `watches`.
    usize::try_from(place >> 64).unwrap_or_default()
}

fn count(number: usize) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

fn diagnostic(error: &Unlooked) -> Diagnostic {
    Diagnostic {
        error_type: error.error_type().to_owned(),
        error_message: chain(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_that_leave_most_of_their_watches_get_to_all_of_them() {
        let start: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        for every in ["1m", "5m", "1h", "1d"] {
            let every: Period = every.parse().unwrap();
            for (watches, looked) in [(1, 1), (7, 2), (31, 8), (60, 40), (500, 40), (500, 90)] {
                let ticks = 3 * watches / looked;
                let mut seen = vec![false; watches];
                for tick in 0..ticks {
                    let now = start + every.length() * u32::try_from(tick).unwrap();
                    let first = beginning(now, every, watches);
                    (0..looked).for_each(|place| seen[(first + place) % watches] = true);
                }
                assert!(seen.iter().all(|seen| *seen), "{watches} {looked} {every}");
            }
        }
        assert_eq!(beginning(start, "1m".parse().unwrap(), 0), 0);
    }
}

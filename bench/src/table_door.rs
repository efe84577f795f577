//! A door in front of the table that counts who goes through, and how long they stay.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use testbed::{Answer, Door, Keeper};

/// A door; it closes when the value is dropped.
pub(crate) struct TableDoor {
    door: Door,
    meter: Arc<Meter>,
}

/// How the table was used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TableUse {
    /// How many calls there were.
    pub(crate) calls: u64,
    /// For how long at least one call was open.
    pub(crate) open_for: Duration,
}

#[derive(Default)]
struct Meter(Mutex<Reading>);

#[derive(Default)]
struct Reading {
    so_far: TableUse,
    open: u32,
    since: Option<Instant>,
}

impl TableDoor {
    /// Opens a door on a free port of loopback to the engine at `engine`.
    pub(crate) async fn open(engine: String) -> anyhow::Result<Self> {
        let meter = Arc::<Meter>::default();
        let door = Door::open(engine, meter.clone()).await?;
        Ok(Self { door, meter })
    }

    /// Where the SDK finds the table.
    pub(crate) fn url(&self) -> &str {
        self.door.url()
    }

    /// How the table was used since `before`.
    pub(crate) fn used_since(&self, before: TableUse) -> TableUse {
        let now = self.used();
        TableUse {
            calls: now.calls - before.calls,
            open_for: now.open_for - before.open_for,
        }
    }

    /// How the table was used so far.
    pub(crate) fn used(&self) -> TableUse {
        self.meter.read(|reading| reading.so_far)
    }
}

impl Meter {
    fn read<T>(&self, act: impl FnOnce(&mut Reading) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Keeper for Meter {
    fn goes_in(&self, _: &str, request: Bytes) -> Bytes {
        self.read(|reading| {
            reading.so_far.calls += 1;
            if reading.open == 0 {
                reading.since = Some(Instant::now());
            }
            reading.open += 1;
        });
        request
    }

    fn comes_out(&self, _: &str, _: &[u8], _: &Answer) {
        self.read(|reading| {
            reading.open -= 1;
            if reading.open == 0
                && let Some(since) = reading.since.take()
            {
                reading.so_far.open_for += since.elapsed();
            }
        });
    }
}

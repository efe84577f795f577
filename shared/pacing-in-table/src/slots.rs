//! The slots of this worker, and buying more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use activity::TenantId;
use jiff::Timestamp;
use pacing::{Book, Hand, Need, Order, Sale, Slot, Taken};
use startup::logging::chain;
use store::{Replaced, StoreError, Versioned};

use crate::asking::Ask;
use crate::pacer::{TablePacer, after, left};

/// After so many refusals in a row the table counts as failing: somebody else is always faster.
const TRIES: u32 = 12;
/// How long a table that failed is not asked.
const AWAY: Duration = Duration::from_secs(5);
/// Without the table each worker takes this part of the rate: as many copies of `deliver` as the template allows at once.
const ALONE: u32 = 20;

/// What this worker knows of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) hand: Hand,
    /// The book, as it was last seen.
    book: Option<Versioned<Book>>,
    /// Others buy too: the book that was last seen is likely to be an old one.
    contended: bool,
    /// Without the table: when the next request may go.
    alone_next: Timestamp,
}

/// A slot that somebody waits for.
pub(crate) struct Held<'a> {
    slot: HeldSlot,
    served: &'a AtomicUsize,
}

enum HeldSlot {
    Bought(Taken),
    Alone(Timestamp),
}

impl Held<'_> {
    pub(crate) fn at(&self) -> Timestamp {
        match &self.slot {
            HeldSlot::Bought(taken) => taken.slot.at,
            HeldSlot::Alone(at) => *at,
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.served.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why nothing was bought.
enum NotBought {
    /// The first slot is too late.
    Later(Timestamp),
    /// The table fails.
    Away,
}

impl TablePacer {
    /// Takes a slot, or buys some.
    ///
    /// # Errors
    ///
    /// How long to stay away, when there is none in time.
    pub(crate) async fn slot(&self, ask: &Ask<'_>, until: Timestamp) -> Result<Held<'_>, Duration> {
        if let Some(held) = self.take(ask) {
            return held.in_time(self.clock.now(), until);
        }
        let _asking = self.asking.lock().await;
        let mut counted = false;
        loop {
            // Somebody may have bought for everybody.
            if let Some(held) = self.take(ask) {
                return held.in_time(self.clock.now(), until);
            }
            if !counted {
                // Whoever else asks in this moment is to be counted.
                tokio::task::yield_now().await;
                counted = true;
                continue;
            }
            let now = self.clock.now();
            match self.buy(ask.tenant, ask.need, until).await {
                Ok(()) => {}
                Err(NotBought::Later(at)) => return Err(left(now, at)),
                Err(NotBought::Away) => return self.alone(ask).in_time(now, until),
            }
            if self.clock.now() >= until {
                return Err(Duration::ZERO);
            }
        }
    }

    fn take(&self, ask: &Ask<'_>) -> Option<Held<'_>> {
        let now = self.clock.now();
        let taken = self.state().tenant(ask.tenant).hand.take(ask.need, now)?;
        Some(self.hold(HeldSlot::Bought(taken)))
    }

    fn hold(&self, slot: HeldSlot) -> Held<'_> {
        self.served.fetch_add(1, Ordering::Relaxed);
        Held {
            slot,
            served: &self.served,
        }
    }

    /// Buys slots for everybody who waits.
    async fn buy(&self, tenant: &TenantId, need: Need, latest: Timestamp) -> Result<(), NotBought> {
        let now = self.clock.now();
        if self.state().table_is_away(now) {
            return Err(NotBought::Away);
        }
        let waiting = self.announced.load(Ordering::Relaxed);
        let served = self.served.load(Ordering::Relaxed);
        let count = u32::try_from(waiting.saturating_sub(served)).unwrap_or(u32::MAX);
        let mut looked = false;
        for tries in 0..TRIES {
            let contended = self.state().tenant(tenant).contended;
            if contended && !looked {
                // A read that shows the newest book is a fifth of the price of a write that is refused.
                self.look(tenant).await?;
                looked = true;
            }
            let now = self.clock.now();
            let order = Order {
                need,
                count,
                now,
                latest,
            };
            let (read, book) = self.book(tenant, now);
            let uneven = self.state().transit.unevenness();
            let settings = self.settings.with_uneven_transit(uneven);
            let (slots, book) = match book.sell(&settings, &order) {
                Sale::Sold { slots, book } => (slots, book),
                Sale::Later(at) if looked => return Err(NotBought::Later(at)),
                Sale::Later(_) => {
                    self.look(tenant).await?;
                    looked = true;
                    continue;
                }
            };
            let pacing = self.store.pacing();
            match pacing.replace_book(tenant, read, &book, now).await {
                Ok(Replaced::Done { version }) => {
                    self.bought(tenant, version, book, slots, now, tries > 0);
                    return Ok(());
                }
                Ok(Replaced::Refused(stands)) => {
                    self.saw(tenant, Some(stands), now);
                    self.state().tenant(tenant).contended = true;
                    looked = true;
                }
                Err(error) => {
                    self.table_failed(tenant, &error);
                    return Err(NotBought::Away);
                }
            }
        }
        let busy = StoreError::Busy {
            code: "PacingContended".to_owned(),
        };
        self.table_failed(tenant, &busy);
        Err(NotBought::Away)
    }

    fn bought(
        &self,
        tenant: &TenantId,
        version: i64,
        book: Book,
        slots: Vec<Slot>,
        now: Timestamp,
        contended: bool,
    ) {
        let mut state = self.state();
        let rate = book.pace.at(now).of(self.settings.delivery());
        state.bought_at_rate = Some(rate);
        let known = state.tenant(tenant);
        known.hand.hear(book.pace, now);
        known.hand.add(slots);
        known.contended = contended;
        known.book = Some(Versioned {
            version,
            value: book,
        });
    }

    /// The book to sell from, and its version.
    fn book(&self, tenant: &TenantId, now: Timestamp) -> (Option<i64>, Book) {
        match self.state().tenant(tenant).book {
            None => (None, Book::default()),
            Some(seen) if seen.value.settled() <= now => (Some(seen.version), Book::default()),
            Some(seen) => (Some(seen.version), seen.value),
        }
    }

    fn saw(&self, tenant: &TenantId, seen: Option<Versioned<Book>>, asked: Timestamp) {
        let mut state = self.state();
        let known = state.tenant(tenant);
        let pace = seen.map(|seen| seen.value.pace).unwrap_or_default();
        known.hand.hear(pace, asked);
        known.book = seen;
    }

    /// Looks at the book as it is now.
    async fn look(&self, tenant: &TenantId) -> Result<(), NotBought> {
        let asked = self.clock.now();
        match self.store.pacing().book(tenant).await {
            Ok(seen) => {
                self.saw(tenant, seen, asked);
                Ok(())
            }
            Err(error) => {
                self.table_failed(tenant, &error);
                Err(NotBought::Away)
            }
        }
    }

    /// Whether the slot may still be used, now that its time has come.
    pub(crate) async fn still_good(&self, tenant: &TenantId, held: &Held<'_>) -> bool {
        let taken = match &held.slot {
            HeldSlot::Bought(taken) => taken,
            HeldSlot::Alone(at) => return *at >= self.state().tenant(tenant).hand.pace().resume,
        };
        if self.must_look(tenant) {
            let _asking = self.asking.lock().await;
            if self.must_look(tenant) && self.look(tenant).await.is_err() {
                // It was sold, so it is within the rate; only a pause may have been missed.
                let now = self.clock.now();
                let mut state = self.state();
                let hand = &mut state.tenant(tenant).hand;
                let pace = hand.pace();
                hand.hear(pace, now);
            }
        }
        let now = self.clock.now();
        self.state().tenant(tenant).hand.is_good(taken, now)
    }

    fn must_look(&self, tenant: &TenantId) -> bool {
        let now = self.clock.now();
        self.state().tenant(tenant).hand.must_look(now)
    }

    /// Slows the tenant, here and for everybody.
    pub(crate) async fn lower(&self, tenant: &TenantId, retry_after: Option<Duration>) {
        let _asking = self.asking.lock().await;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (read, book) = self.book(tenant, now);
            let Some(lower) = book.lowered(now, retry_after) else {
                return;
            };
            // Here at once, whatever the table says.
            self.state().tenant(tenant).hand.hear(lower.pace, now);
            if self.state().table_is_away(now) {
                return;
            }
            let pacing = self.store.pacing();
            match pacing.replace_book(tenant, read, &lower, now).await {
                Ok(Replaced::Done { version }) => {
                    tracing::warn!(
                        retry_after_ms = retry_after.map(|wait| wait.as_millis()),
                        share = f64::from(lower.pace.share.get()) / 1e6,
                        "Teams throttles the tenant: everybody goes slower"
                    );
                    self.state().tenant(tenant).book = Some(Versioned {
                        version,
                        value: lower,
                    });
                    return;
                }
                Ok(Replaced::Refused(stands)) => self.saw(tenant, Some(stands), now),
                Err(error) => {
                    self.table_failed(tenant, &error);
                    return;
                }
            }
        }
    }

    /// The next slot of a worker that has to do without the table.
    fn alone(&self, ask: &Ask<'_>) -> Held<'_> {
        let now = self.clock.now();
        let mut state = self.state();
        let known = state.tenant(ask.tenant);
        let pace = known.hand.pace();
        let at = now.max(known.alone_next).max(pace.resume);
        let lines = ask.need.lines().iter();
        let rate: u32 = lines.map(|line| self.settings.of(*line)).sum();
        let rate = pace.at(at).of(rate).max(1);
        known.alone_next = after(at, Duration::from_secs(1) * ALONE / rate);
        drop(state);
        self.hold(HeldSlot::Alone(at))
    }

    /// From now on for a while the table is not asked.
    pub(crate) fn table_failed(&self, tenant: &TenantId, error: &StoreError) {
        tracing::warn!(
            error = chain(error),
            error.kind = error.error_type(),
            "what is sold of the rate cannot be seen: sending goes on slowly"
        );
        let until = after(self.clock.now(), AWAY);
        let mut state = self.state();
        state.table_away_until = Some(until);
        // What was written may stand or not.
        state.tenant(tenant).book = None;
    }
}

impl<'a> Held<'a> {
    fn in_time(self, now: Timestamp, until: Timestamp) -> Result<Held<'a>, Duration> {
        match self.at() > until {
            true => Err(left(now, self.at())),
            false => Ok(self),
        }
    }
}

//! Waiting for a notification to end, and telling how far it is.

use std::time::Duration;

use anyhow::anyhow;
use startup::{Clock as _, SystemClock};
use store::{Counts, FrozenNotification, Recent};

use crate::deployment::Deployment;
use crate::finding;
use crate::progress;
use crate::terminal::Terminal;
use crate::text::words::{counted, lasting, number, time};

/// How often the ledger is asked: one read of some small items.
const LOOK: Duration = Duration::from_secs(1);
/// How often a line is written where nothing can be drawn.
const LINE: Duration = Duration::from_secs(10);
/// How long a notification is waited for that was perhaps sent this moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// The notification, which may be accepted only in a moment.
pub(super) async fn find(
    deployment: &Deployment,
    text: &str,
    terminal: &mut Terminal,
) -> anyhow::Result<Recent> {
    let clock = SystemClock;
    let began = clock.now();
    let mut told = false;
    loop {
        let now = clock.now();
        let waited = Duration::try_from(now.duration_since(began)).unwrap_or(PATIENCE);
        match finding::look_for(deployment, text, now).await?.len() {
            0 if waited < PATIENCE => {
                if !told {
                    terminal.aside("Not on the ledger; waiting a moment for it.")?;
                    told = true;
                }
                clock.sleep(LOOK).await;
            }
            _ => return finding::find(deployment, text, now).await,
        }
    }
}

/// Returns when everybody has an outcome, when nobody knows when that will be, or when somebody presses Ctrl-C.
pub(super) async fn until_the_end(
    deployment: &Deployment,
    frozen: &FrozenNotification,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let watching = watch(deployment, frozen, terminal);
    tokio::select! {
        watched = watching => watched,
        stopped = tokio::signal::ctrl_c() => Ok(stopped?),
    }
}

async fn watch(
    deployment: &Deployment,
    frozen: &FrozenNotification,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let clock = SystemClock;
    let ledger = deployment.store.ledger();
    let bar = progress::bar(terminal);
    let mut pace = Pace::default();
    let mut last_line = None;
    loop {
        let now = clock.now();
        let counts = ledger.counts(&frozen.key).await?.ok_or_else(|| {
            anyhow!(
                "the notification {} is not on the ledger any more",
                frozen.key
            )
        })?;
        let is_void = counts.cancelled.is_some() && counts.planned == 0;
        if counts.ended.is_some() || is_void {
            bar.finish_and_clear();
            return Ok(());
        }
        let due = frozen.notification.not_before.filter(|due| *due > now);
        if let Some(due) = due.filter(|_| !counts.planned_all) {
            terminal.aside(&format!("It waits for its time, {}.", time(due)))?;
            return Ok(());
        }
        let broadcast = ledger.broadcast(&frozen.key).await?;
        if let Some(stage) = broadcast
            .map(|broadcast| broadcast.stage)
            .filter(|stage| stage.waits_for_somebody() && counts.cancelled.is_none())
        {
            bar.finish_and_clear();
            terminal.aside(&format!(
                "It waits for a person's decision in Teams ({stage})."
            ))?;
            return Ok(());
        }
        if pace.rests(&counts, now.as_millisecond()) {
            // Perhaps nothing moves because whoever is left waits for the app, which may take days.
            let exact = ledger.recount(&frozen.key).await?;
            if exact.is_some_and(|exact| {
                exact.planned_all && exact.waiting == exact.waiting_for_install
            }) {
                bar.finish_and_clear();
                terminal.aside("Whoever is left waits until they have the app.")?;
                return Ok(());
            }
        }
        let line = pace.line(&counts, now.as_millisecond());
        if terminal.draws() {
            bar.set_length(counts.planned);
            bar.set_position(counts.tally.ended());
            bar.set_message(line);
        } else if last_line.is_none_or(|last| now.duration_since(last) >= signed(LINE)) {
            terminal.aside(&line)?;
            last_line = Some(now);
        }
        clock.sleep(LOOK).await;
    }
}

fn signed(time: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX)
}

/// How fast it goes, from what was seen since the beginning.
#[derive(Default)]
struct Pace {
    /// When it was first looked at, in milliseconds, and how many had ended.
    first: Option<(i64, u64)>,
    /// When something last moved, and how many had ended then.
    moved: Option<(i64, u64)>,
}

/// Without an outcome for so many milliseconds, it is asked what is waited for.
const REST: i64 = 5_000;

impl Pace {
    /// Whether nothing has moved for a while. Asked again only after another while.
    fn rests(&mut self, counts: &Counts, now: i64) -> bool {
        let ended = counts.tally.ended();
        let (since, before) = *self.moved.get_or_insert((now, ended));
        let rests = before == ended && now - since >= REST;
        if rests || before != ended {
            self.moved = Some((now, ended));
        }
        rests
    }

    /// How far it is, in a line.
    fn line(&mut self, counts: &Counts, now: i64) -> String {
        let ended = counts.tally.ended();
        let (since, before) = *self.first.get_or_insert((now, ended));
        let mut line = match counts.planned_all {
            true => format!("{} of {}", number(ended), number(counts.planned)),
            false => format!(
                "{}, {} planned so far",
                number(ended),
                number(counts.planned)
            ),
        };
        let bad = counts.tally.all_failed() + counts.tally.unknown;
        if bad > 0 {
            line.push_str(&format!(", {}", counted(bad, "not sent", "not sent")));
        }
        let seconds = u64::try_from((now - since) / 1_000).unwrap_or(0);
        let since_then = ended.saturating_sub(before);
        if counts.cancelled.is_some() {
            line.push_str(", cancelled");
        } else if seconds >= 3 && since_then > 0 {
            let left = counts.waiting.saturating_mul(seconds) / since_then;
            let rate = since_then.div_ceil(seconds);
            line.push_str(&format!(
                ", {}/s, {} left",
                number(rate),
                lasting(Duration::from_secs(left))
            ));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::summary::tests::counts;

    #[test]
    fn the_line_says_how_fast_it_goes_and_how_long_it_takes() {
        let mut pace = Pace::default();
        let mut now = counts(100_000, 0);
        assert_eq!(pace.line(&now, 0), "0 of 100,000");
        now = counts(100_000, 400);
        assert_eq!(
            pace.line(&now, 10_000),
            "400 of 100,000, 40/s, 41 min 30 s left"
        );
        now.planned_all = false;
        now.planned = 2_000;
        now.waiting = 1_600;
        assert_eq!(
            pace.line(&now, 10_000),
            "400, 2,000 planned so far, 40/s, 40 s left"
        );
        now.cancelled = Some(jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(
            pace.line(&now, 10_000),
            "400, 2,000 planned so far, cancelled"
        );
    }
}

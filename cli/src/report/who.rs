//! Who did not get it, and why.

use notifications::Outcome;
use store::{Counts, FrozenNotification, RecipientOutcome, RecipientState, Unreachable};

use crate::deployment::Deployment;
use crate::names::{self, Named};
use crate::progress::Waiting;
use crate::text::words::{counted, number};

/// Recipients and addresses that are listed.
#[derive(Default)]
pub(super) struct Who {
    /// Recipients, in the order of the ledger.
    pub(super) listed: Vec<Named<RecipientOutcome>>,
    /// How many there are of whom `listed` holds the first.
    pub(super) all: u64,
    /// Addresses that lead to nobody.
    pub(super) unreachable: Vec<Unreachable>,
    /// What was recalled: gone, and not.
    pub(super) recalled: Recalled,
}

/// How a recall goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Recalled {
    /// The message is gone.
    pub(super) gone: u64,
    /// It could not be deleted.
    pub(super) failed: u64,
    /// It was not tried so far, or nothing of the sort was asked for.
    pub(super) waiting: u64,
}

impl Recalled {
    /// Whether anybody asked for it, as far as it shows.
    pub(super) fn any(self) -> bool {
        self.gone + self.failed > 0
    }

    fn count(&mut self, one: &RecipientOutcome) {
        let was_sent = matches!(
            one.progress.state,
            RecipientState::Ended {
                outcome: Outcome::Sent { .. },
                ..
            }
        );
        if !was_sent {
            return;
        }
        match &one.recall {
            Some(RecipientState::Ended {
                outcome: Outcome::Sent { .. },
                ..
            }) => self.gone += 1,
            Some(RecipientState::Ended { .. }) => self.failed += 1,
            Some(_) | None => self.waiting += 1,
        }
    }
}

/// Whether somebody has the message, for sure.
fn got_it(one: &RecipientOutcome) -> bool {
    matches!(
        &one.progress.state,
        RecipientState::Ended {
            outcome: Outcome::Sent { .. },
            ..
        }
    )
}

/// Goes through everybody, and keeps `most` of those that are listed.
pub(super) async fn look(
    deployment: &Deployment,
    frozen: &FrozenNotification,
    counts: &Counts,
    everyone: bool,
    most: usize,
    waiting: &Waiting,
) -> anyhow::Result<Who> {
    let ledger = deployment.store.ledger();
    let mut who = Who {
        unreachable: ledger.unreachable(&frozen.key).await?.unwrap_or_default(),
        ..Who::default()
    };
    let mut listed = Vec::new();
    let (mut cursor, mut seen) = (None, 0);
    // While it runs, whoever waits is no news.
    let running = counts.ended.is_none();
    loop {
        let page = ledger.outcomes(&frozen.key, cursor.as_ref()).await?;
        let size = page.recipients.len() as u64;
        for one in page.recipients {
            who.recalled.count(&one);
            let waits = !matches!(one.progress.state, RecipientState::Ended { .. });
            if everyone || !(got_it(&one) || (running && waits)) {
                who.all += 1;
                if listed.len() < most {
                    listed.push(one);
                }
            }
        }
        seen += size;
        waiting.tell(&counted(seen, "recipient", "recipients"));
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    waiting.tell(&format!("names of {}", number(listed.len() as u64)));
    let tenant = &frozen.tenant;
    who.listed = names::named(&deployment.store, tenant, listed, |one| &one.recipient).await?;
    Ok(who)
}

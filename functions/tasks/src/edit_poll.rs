//! There is something new on a poll that many see: its card there is edited, as often as Teams allows.

use std::time::Duration;

use jiff::Timestamp;
use polls::{EditPace, PollNotice};
use store::Phase;
use work_items::{EditPoll, Task, Update};

use crate::failure::Failure;
use crate::handler::{Progress, Tasks};

impl Tasks {
    /// Begins the edit that is due, if one is and its time has come, and queues it.
    ///
    /// What was begun by a try that died is queued again: whoever replaces a card for a revision does so once.
    pub(crate) async fn edit_poll(&self, task: EditPoll) -> Result<Progress, Failure> {
        let ledger = self.store.ledger();
        let key = &task.notification;
        let frozen = ledger.notification(key).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        let notice = PollNotice::read(&frozen.source, &frozen.id).ok_or(Failure::NotOnLedger)?;
        let (tenant, id) = (&frozen.tenant, &notice.occurrence);
        let polls = self.store.polls();
        let occurrence = polls.occurrence(tenant, id).await?;
        // Whoever closes it replaces its cards for good.
        if occurrence.is_none_or(|occurrence| occurrence.phase != Phase::Open) {
            return Ok(Progress::Done);
        }
        let edits = polls.edits(tenant, id).await?;
        let pace: Option<EditPace> = edits
            .pace
            .as_deref()
            .and_then(|pace| serde_json::from_str(pace).ok());
        let now = self.clock.now();
        let number = match edits.due {
            Some(due) => {
                let (at, taken) = EditPace::next(pace, now);
                if let Some(wait) = wait(now, at.max(due)) {
                    return Ok(Progress::Left(Task::EditPoll(task), wait));
                }
                let taken = serde_json::to_string(&taken).unwrap_or_default();
                match polls.begin_edit(tenant, id, &edits, &taken, now).await? {
                    Some(edit) => edit.number,
                    None => return Ok(Progress::Done),
                }
            }
            None if edits.number > 0 => edits.number,
            None => return Ok(Progress::Done),
        };
        let revision = EditPoll::revision(number);
        // What it says is read from the poll when it is written.
        let content = &frozen.notification;
        ledger.revise(key, &revision, content, now).await?;
        let update = Update {
            notification: task.notification,
            revision,
            after: None,
        };
        self.update(update).await
    }
}

/// How long it is until then; `None`, no more.
fn wait(now: Timestamp, at: Timestamp) -> Option<Duration> {
    let wait = Duration::try_from(at.duration_since(now)).ok()?;
    (!wait.is_zero()).then_some(wait)
}

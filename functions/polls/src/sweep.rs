//! What was missed: a schedule that was lost, a function that died.

use jiff::SignedDuration;
use startup::Deadline;
use startup::logging::chain;
use store::{Due, Phase};

use crate::due::What;
use crate::error::Failure;
use crate::handler::{Answer, Polling};

/// What is due for longer was missed: a schedule fires within a minute.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2);
/// Things that are read together.
const PAGE: u16 = 50;
/// What one thing may take; with less time left, the next sweep goes on.
const FOR_ONE: std::time::Duration = std::time::Duration::from_secs(15);

impl Polling {
    /// Does everything that is overdue. What cannot be done holds up nothing else.
    pub(crate) async fn sweep(&self, deadline: Deadline) -> Result<Answer, Failure> {
        let polls = self.store.polls();
        let now = self.clock.now();
        let before = now.saturating_sub(OVERDUE).unwrap_or(now);
        let (mut overdue, mut failed) = (0, 0);
        let mut after: Option<Due> = None;
        loop {
            let page = polls.due(before, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.clone());
            for due in &page {
                if deadline.time_left(self.clock.now()) < FOR_ONE {
                    let more = true;
                    return Ok(Answer::Ticked { overdue, more });
                }
                match Box::pin(self.make_good(due)).await {
                    Ok(()) => overdue += 1,
                    Err(error) => {
                        failed += 1;
                        tracing::error!(
                            poll.id = due.poll.as_str(),
                            due.what = due.what,
                            error.kind = error.error_type(),
                            error = chain(&error),
                            "what is overdue could not be done"
                        );
                    }
                }
            }
        }
        self.metrics
            .count("PollsOverdue", u64::try_from(overdue).unwrap_or(u64::MAX));
        match failed {
            0 => Ok(Answer::Ticked {
                overdue,
                more: false,
            }),
            failed => Err(Failure::Overdue(failed)),
        }
    }

    /// Does what is overdue, and takes it away if it is done.
    async fn make_good(&self, due: &Due) -> Result<(), Failure> {
        let polls = self.store.polls();
        let tenant = &due.tenant;
        match What::read(due) {
            // For a version that knows it.
            None => return Ok(()),
            Some(What::Open) => self.advance(tenant, &due.poll).await?,
            Some(What::Remind(id, number)) => {
                if let Some((definition, occurrence)) = self.found(tenant, &id).await? {
                    self.remind(tenant, &definition, &occurrence, number)
                        .await?;
                }
            }
            Some(What::Close(id)) => self.close_at_time(tenant, &id).await?,
            Some(What::Reopen(id)) => self.reopen(tenant, &id).await?,
            Some(What::Erase(id)) => {
                if let Some((definition, occurrence)) = self.found(tenant, &id).await? {
                    self.erase(tenant, &definition, &occurrence.id).await?;
                }
            }
            Some(What::Delete) => self.delete(tenant, &due.poll).await?,
        }
        if !self.still_due(due).await? {
            polls.remove_due(due).await?;
        }
        Ok(())
    }

    /// Whether the table says that it is to be done at that time.
    async fn still_due(&self, due: &Due) -> Result<bool, Failure> {
        let polls = self.store.polls();
        Ok(match What::read(due) {
            Some(What::Open) => {
                let poll = polls.get(&due.tenant, &due.poll).await?;
                poll.is_some_and(|poll| poll.next == Some(due.at))
            }
            Some(What::Close(id)) => {
                let found = polls.occurrence(&due.tenant, &id).await?;
                found.is_some_and(|now| match now.phase {
                    Phase::Open => now.closes == Some(due.at),
                    Phase::Closing | Phase::Closed => !now.finished,
                })
            }
            _ => false,
        })
    }
}

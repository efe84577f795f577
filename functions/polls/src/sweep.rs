//! What was missed: a schedule that was lost, a function that died.

use jiff::{SignedDuration, Timestamp};
use polls::OccurrenceId;
use startup::Deadline;
use startup::logging::chain;
use store::{Due, Occurrence, Phase};

use crate::due::What;
use crate::error::Failure;
use crate::handler::{Answer, Polling};

/// What is due for longer was missed: a schedule fires within a minute.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2);
/// Things that are read together.
const PAGE: u16 = 50;
/// What one thing may take; with less time left, the next sweep goes on.
const FOR_ONE: std::time::Duration = std::time::Duration::from_secs(15);

/// What became of what was due.
enum Made {
    /// It was to be done, and is.
    Good,
    /// There was nothing to do but to look.
    Sure,
}

/// When the sweep is to look for a quorum again: it sees to that the next time that it comes. At a whole minute, so that a look
/// which was noted twice is one.
pub(crate) fn next_look(now: Timestamp) -> Timestamp {
    let minute = now.as_second().div_euclid(60) + 1;
    Timestamp::from_second(minute * 60).unwrap_or(now)
}

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
                    Ok(Made::Good) => overdue += 1,
                    Ok(Made::Sure) => {}
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
    async fn make_good(&self, due: &Due) -> Result<Made, Failure> {
        let polls = self.store.polls();
        let tenant = &due.tenant;
        match What::read(due) {
            // For a version that knows it.
            None => return Ok(Made::Good),
            Some(What::Quorum(id)) => return self.look_for_quorum(due, &id).await,
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
        Ok(Made::Good)
    }

    /// Closes if enough have voted. Whoever takes a vote says when they have, and may die on the way; no vote may follow that
    /// would say it. So each sweep looks, as long as the poll is open for the first time: a quorum does not close what its owner
    /// opened again.
    async fn look_for_quorum(&self, due: &Due, id: &OccurrenceId) -> Result<Made, Failure> {
        let (polls, tenant) = (self.store.polls(), &due.tenant);
        let is_open = || async {
            let found = polls.occurrence(tenant, id).await?;
            let first = |now: Occurrence| now.phase == Phase::Open && now.round == 0;
            Ok::<_, Failure>(found.is_some_and(first))
        };
        let mut made = Made::Sure;
        if is_open().await? {
            self.close_at_quorum(tenant, id).await?;
            if is_open().await? {
                let next = What::Quorum(id.clone());
                let next = next.at(next_look(self.clock.now()), tenant, id.poll());
                polls.note_due(&next).await?;
            } else {
                made = Made::Good;
            }
        }
        polls.remove_due(due).await?;
        Ok(made)
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

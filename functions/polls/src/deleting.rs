//! Removing a poll, or one time that it was asked, with all votes and results.

use activity::ids::TenantId;
use polls::{Definition, OccurrenceId, PollId};
use store::{DueChange, Occurrence, Phase, Poll};

use crate::due::What;
use crate::error::Failure;
use crate::handler::Polling;
use crate::opening::{TURNS, read, reminders_due};

/// Occurrences that are looked at together.
const PAGE: u16 = 25;

impl Polling {
    /// Removes a poll with everything that it had. Due until it is gone, so that whoever dies is followed.
    pub(crate) async fn delete(&self, tenant: &TenantId, id: &PollId) -> Result<(), Failure> {
        let polls = self.store.polls();
        let mut turns = 0..TURNS;
        let poll = loop {
            turns.next().ok_or(Failure::Contended)?;
            let Some(poll) = polls.get(tenant, id).await? else {
                return Ok(());
            };
            if poll.deleting {
                break poll;
            }
            let next = Poll {
                deleting: true,
                ..poll.clone()
            };
            let dues = [DueChange::Note(self.deletion(tenant, &poll))];
            if let Some(deleting) = polls.change(tenant, &poll, &next, &dues).await? {
                break deleting;
            }
        };
        let definition = read(&poll)?;
        loop {
            let page = polls.occurrences(tenant, id, None, PAGE).await?;
            if page.occurrences.is_empty() {
                break;
            }
            for occurrence in page.occurrences {
                self.erase(tenant, &definition, &occurrence.id).await?;
            }
        }
        self.let_sleep_for_good(tenant, id).await;
        if let Some(next) = poll.next {
            polls.remove_due(&What::Open.at(next, tenant, id)).await?;
        }
        let due = self.deletion(tenant, &poll);
        polls.delete(tenant, id).await?;
        Ok(polls.remove_due(&due).await?)
    }

    /// At a time that the poll itself says: so whoever ends it finds it.
    fn deletion(&self, tenant: &TenantId, poll: &Poll) -> store::Due {
        What::Delete.at(poll.created_at, tenant, &poll.id)
    }

    /// Removes one time that a poll was asked.
    pub(crate) async fn erase(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        id: &OccurrenceId,
    ) -> Result<(), Failure> {
        let polls = self.store.polls();
        let mut turns = 0..TURNS;
        let occurrence = loop {
            turns.next().ok_or(Failure::Contended)?;
            let Some(occurrence) = polls.occurrence(tenant, id).await? else {
                return Ok(());
            };
            if occurrence.closed_by.as_deref() == Some(ERASED) {
                break occurrence;
            }
            // Nobody closes it any more, and nothing is told of it.
            let next = Occurrence {
                phase: Phase::Closed,
                closed_by: Some(ERASED.to_owned()),
                finished: true,
                ..occurrence.clone()
            };
            let dues = [DueChange::Note(self.erasure(tenant, &occurrence))];
            let changed = polls.change_occurrence(tenant, &occurrence, &next, &dues);
            if let Some(erased) = changed.await? {
                break erased;
            }
        };
        polls.seal(tenant, &occurrence).await?;
        self.ask_no_more(tenant, definition, id).await?;
        self.let_sleep(tenant, definition, &occurrence).await;
        self.replace_cards(tenant, definition, &occurrence, ERASED)
            .await?;
        let close = What::Close(id.clone());
        let times = [occurrence.closes, occurrence.closing_at];
        for at in times.into_iter().flatten() {
            polls.remove_due(&close.at(at, tenant, id.poll())).await?;
        }
        for due in reminders_due(tenant, definition, &occurrence) {
            polls.remove_due(&due).await?;
        }
        let due = self.erasure(tenant, &occurrence);
        polls.erase(tenant, &occurrence).await?;
        Ok(polls.remove_due(&due).await?)
    }

    fn erasure(&self, tenant: &TenantId, occurrence: &Occurrence) -> store::Due {
        let id = &occurrence.id;
        What::Erase(id.clone()).at(occurrence.opened, tenant, id.poll())
    }
}

/// Who closed what is being removed, and the revision of its cards.
pub(crate) const ERASED: &str = "deleted";

#![doc = include_str!("../README.md")]

mod by_name;

use activity::ids::TenantId;
use jiff::Timestamp;
use polls::{AddedChoice, Definition, OccurrenceId, Phase, Released, Results, Standing, Tally};
use store::{Occurrence, Store, StoreError};

/// An occurrence of a poll, with its poll.
#[derive(Clone, Debug)]
pub struct PollView {
    /// The tenant.
    pub tenant: TenantId,
    /// What is asked.
    pub definition: Definition,
    /// Where it stands.
    pub occurrence: Occurrence,
    /// What voters added.
    pub added: Vec<AddedChoice>,
    result: Option<Results>,
}

/// Why a poll cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PollViewError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was written of it cannot be read; no later attempt can succeed.
    #[error("the {what} of the poll {poll} cannot be read")]
    Unreadable {
        /// The part that cannot be read.
        what: &'static str,
        /// Which poll.
        poll: OccurrenceId,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl PollView {
    /// Reads an occurrence and its poll; `None` when either is gone, or the poll is being deleted.
    ///
    /// # Errors
    ///
    /// [`PollViewError`].
    pub async fn load(
        store: &Store,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<Option<Self>, PollViewError> {
        let polls = store.polls();
        let Some(poll) = polls.get(tenant, id.poll()).await? else {
            return Ok(None);
        };
        let Some(occurrence) = polls.occurrence(tenant, id).await? else {
            return Ok(None);
        };
        if poll.deleting {
            return Ok(None);
        }
        let unreadable = |what| {
            move |source| PollViewError::Unreadable {
                what,
                poll: id.clone(),
                source,
            }
        };
        let definition: Definition =
            serde_json::from_str(&poll.definition).map_err(unreadable("definition"))?;
        // Each vote reads this: what there cannot be is not asked for.
        let closed = match occurrence.phase {
            store::Phase::Closed => polls.result(tenant, id, occurrence.round).await?,
            store::Phase::Open | store::Phase::Closing => None,
        };
        let (added, result) = match closed {
            Some(closed) => {
                let result = serde_json::from_str(&closed.result).map_err(unreadable("result"))?;
                (closed.added, Some(result))
            }
            None if definition.may_add => (polls.added_choices(tenant, &occurrence).await?, None),
            None => (Vec::new(), None),
        };
        Ok(Some(Self {
            tenant: tenant.clone(),
            definition,
            occurrence,
            added,
            result,
        }))
    }

    /// Where it stands, for decisions.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            phase: match self.occurrence.phase {
                store::Phase::Open => Phase::Open,
                store::Phase::Closing => Phase::Closing,
                store::Phase::Closed => Phase::Closed,
            },
            closes: self.occurrence.closes,
            latest: Some(polls::voting::latest(self.occurrence.opened)),
        }
    }

    /// When it closes, or when it began to.
    #[must_use]
    pub fn closes(&self) -> Option<Timestamp> {
        self.occurrence.closing_at.or(self.occurrence.closes)
    }

    /// The results that there are at this moment. Who may see them is another question.
    ///
    /// # Errors
    ///
    /// [`PollViewError`].
    pub async fn results(&self, store: &Store) -> Result<Results, PollViewError> {
        if let Some(result) = &self.result {
            return Ok(result.clone());
        }
        let polls = store.polls();
        let tally = if self.occurrence.anonymous {
            let released = polls.released(&self.tenant, &self.occurrence).await?;
            let text = released.text.as_deref();
            let released = text.map(serde_json::from_str::<Released>).transpose();
            let released = released.map_err(|source| PollViewError::Unreadable {
                what: "released result",
                poll: self.occurrence.id.clone(),
                source,
            })?;
            released.unwrap_or_default().tally()
        } else {
            let counted = polls.tallies(&self.tenant, &self.occurrence).await?;
            Tally::from(counted.counters)
        };
        Ok(Results::of(&self.definition, &self.added, &tally, None))
    }
}

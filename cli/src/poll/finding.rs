//! The poll that somebody names.

use anyhow::{Context as _, anyhow};
use aws::{BusEvent, EventBus, Events as _};
use notifications::suggest;
use polls::{Definition, OccurrenceId, PollId};
use startup::Environment;
use store::{Occurrence, Poll, Store};

use crate::deployment::Deployment;
use crate::stack_variables::Where;

/// The variable that names the bus.
pub(super) const BUS: &str = "EVENT_BUS_NAME";
/// Among so many polls is looked for one that may be meant.
const GUESSED: u16 = 100;
const BALLOTS: &str = "BALLOT_TABLE_NAME";

/// A poll, what it asks, and one time that it was asked.
pub(super) struct Found {
    pub(super) poll: Poll,
    pub(super) definition: Definition,
    /// The one that was named, else the last; none before the first.
    pub(super) occurrence: Option<Occurrence>,
}

/// Where a command works, with the ballots of anonymous polls as far as its environment names them.
pub(super) fn deployment(
    place: &Where,
    environment: Environment,
    variables: &[&'static str],
) -> anyhow::Result<Deployment> {
    let environment = place.environment(environment)?;
    let ballots = environment.optional(BALLOTS);
    let mut deployment = Deployment::with(environment, variables)?;
    if let Some(table) = ballots {
        deployment.store = deployment.store.with_ballots(table);
    }
    Ok(deployment)
}

/// Looks a poll up by its id, or by that of one of its occurrences.
pub(super) async fn find(deployment: &Deployment, id: &str) -> anyhow::Result<Found> {
    match look(deployment, id).await? {
        Some(found) => Ok(found),
        None => Err(missing(deployment, id).await?),
    }
}

/// There is no such poll, or it was not asked then; with what may be meant.
async fn missing(deployment: &Deployment, id: &str) -> anyhow::Result<anyhow::Error> {
    let polls = deployment.store.polls();
    let page = polls.list(&deployment.tenant, None, GUESSED).await?;
    let ids: Vec<&str> = page.polls.iter().map(|poll| poll.id.as_str()).collect();
    let poll = id.split('@').next().unwrap_or(id);
    if ids.contains(&poll) {
        return Ok(anyhow!(
            "the poll {poll} was not asked as {id:?}. When it was:\n\n  tidings poll list {poll}"
        ));
    }
    // Polls from chat have long ids, of which somebody may have typed the beginning.
    let begun = ids.iter().copied().find(|known| known.starts_with(poll));
    let meant = suggest::nearest(poll, ids.iter().copied()).or(begun.filter(|_| !poll.is_empty()));
    Ok(match meant {
        Some(meant) => {
            anyhow!("there is no poll {id:?}; is {meant} meant? What there is: tidings poll list")
        }
        None => nothing(id),
    })
}

/// The same; `None` when there is none, or none any more.
pub(super) async fn look(deployment: &Deployment, id: &str) -> anyhow::Result<Option<Found>> {
    let Deployment { tenant, store, .. } = deployment;
    let named: Option<OccurrenceId> = id.parse().ok();
    let poll_id: PollId = match &named {
        Some(occurrence) => occurrence.poll().clone(),
        None => match id.parse() {
            Ok(poll) => poll,
            Err(_) => return Ok(None),
        },
    };
    let Some(poll) = store.polls().get(tenant, &poll_id).await? else {
        return Ok(None);
    };
    let definition = definition(&poll)?;
    let occurrence = match named {
        Some(named) => {
            let found = store.polls().occurrence(tenant, &named).await?;
            let Some(found) = found else {
                return Ok(None);
            };
            Some(found)
        }
        None => latest(store, deployment, &poll_id).await?,
    };
    Ok(Some(Found {
        poll,
        definition,
        occurrence,
    }))
}

async fn latest(
    store: &Store,
    deployment: &Deployment,
    poll: &PollId,
) -> anyhow::Result<Option<Occurrence>> {
    let polls = store.polls();
    let page = polls.occurrences(&deployment.tenant, poll, None, 1).await?;
    Ok(page.occurrences.into_iter().next())
}

/// What a poll asks.
pub(super) fn definition(poll: &Poll) -> anyhow::Result<Definition> {
    let definition = serde_json::from_str(&poll.definition);
    definition.with_context(|| format!("the definition of the poll {} cannot be read", poll.id))
}

/// There is no such poll.
pub(super) fn nothing(id: &str) -> anyhow::Error {
    anyhow!("there is no poll {id:?}. What there is: tidings poll list")
}

/// Publishes an event for the function `polls`.
pub(super) async fn publish(
    deployment: &Deployment,
    detail_type: &str,
    detail: String,
) -> anyhow::Result<()> {
    let bus = EventBus::new(&deployment.clients, deployment.value(BUS));
    let event = BusEvent {
        source: "tidings.cli".to_owned(),
        detail_type: detail_type.to_owned(),
        detail,
    };
    bus.publish(event)
        .await
        .context("failed to put it on the event bus; nothing was changed")
}

//! Handing a new poll over to the function that asks it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use polling::event::DEFINE;
use polls::{Definition, PollId};
use startup::{Clock as _, SystemClock};

use super::finding;
use crate::deployment::Deployment;
use crate::progress::Waiting;
use crate::terminal::Terminal;

/// How long is waited until the poll is there. The function may have to start.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(500);

/// An id for a poll that nobody named: as its title, and like no other.
pub(super) fn fresh_id(definition: &Definition) -> PollId {
    let tail = uuid::Uuid::new_v4().simple().to_string();
    PollId::from_title(&definition.title, &tail[..8])
}

/// Puts a poll on the bus under this id, waits until it is there, and says `done`.
///
/// # Errors
///
/// When it cannot be put there, and when there is another poll of this id.
pub(super) async fn over(
    deployment: &Deployment,
    id: &PollId,
    mut definition: Definition,
    done: &str,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    definition.id = Some(id.clone());
    let detail = definition.to_value().to_string();
    finding::publish(deployment, DEFINE, detail.clone()).await?;
    let polls = deployment.store.polls();
    let waiting = Waiting::begin(terminal, "waiting for the poll");
    let mut left = PATIENCE;
    let created = loop {
        let there = polls.get(&deployment.tenant, id).await?;
        if there.is_some() {
            break there;
        }
        let Some(less) = left.checked_sub(LOOK) else {
            break None;
        };
        left = less;
        SystemClock.sleep(LOOK).await;
    };
    waiting.end();
    let Some(created) = created else {
        terminal.say(&format!(
            "It is on the event bus, but after {} s there is no poll {id} yet. If it does not come, \
             \"tidings redrive polls\" says why; docs/operations.md has the rest",
            PATIENCE.as_secs()
        ))?;
        return Ok(ExitCode::FAILURE);
    };
    // Somebody may have been faster, with another poll of this name.
    if created.definition != detail {
        return Err(anyhow!(
            "somebody else created another poll {:?} just now; yours is not asked: give it another id",
            id.as_str()
        ));
    }
    terminal.say(done)?;
    terminal.say(&format!("Its results:\n\n  tidings poll results {id}"))?;
    Ok(ExitCode::SUCCESS)
}

//! `tidings poll clone`.

use std::process::ExitCode;

use startup::{Clock as _, Environment, SystemClock};

use super::Which;
use super::finding::{self, BUS};
use super::handing;
use crate::terminal::Terminal;
use crate::text::words::{escaped, within};

/// Asks the same again, as a poll with an id that is known before: so it can be said.
pub(super) async fn run(
    which: &Which,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let deployment = finding::deployment(&which.place, environment, &[BUS])?;
    let found = finding::find(&deployment, &which.id).await?;
    let title = within(&escaped(&found.definition.title), 60);
    let question = format!(
        "{} “{title}”. Ask the same again, as a new poll?",
        found.poll.id
    );
    if !which.yes && !terminal.agrees(&question)? {
        terminal.say("Nothing was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let again = found.definition.again(SystemClock.now());
    let id = handing::fresh_id(&again);
    let done = format!("It is being asked again, as {id}.");
    handing::over(&deployment, &id, again, &done, terminal).await
}

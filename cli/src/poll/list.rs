//! `tidings poll list`.

use std::process::ExitCode;

use polls::{OccurrenceId, PollId};
use startup::Environment;
use store::Occurrence;

use super::finding;
use crate::deployment::Deployment;
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::table::{self, Column};
use crate::text::words::time;

/// So many are read at once.
const PAGE: u16 = 50;
/// So many times that a poll was asked are listed.
const MOST: usize = 200;

const DASH: &str = "–";

pub(super) async fn run(
    id: Option<&str>,
    place: &Where,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let deployment = finding::deployment(place, environment, &[])?;
    match id {
        Some(id) => one(&deployment, id, terminal).await?,
        None => all(&deployment, terminal).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(deployment: &Deployment, terminal: &mut Terminal) -> anyhow::Result<()> {
    let polls = deployment.store.polls();
    let mut rows = Vec::new();
    let mut after: Option<PollId> = None;
    loop {
        let page = polls.list(&deployment.tenant, after.as_ref(), PAGE).await?;
        for poll in &page.polls {
            let title = finding::definition(poll).map(|definition| definition.title);
            let latest = polls
                .occurrences(&deployment.tenant, &poll.id, None, 1)
                .await?;
            let latest = latest.occurrences.first();
            rows.push(vec![
                poll.id.to_string(),
                title.unwrap_or_else(|_| "(cannot be read)".to_owned()),
                latest
                    .map_or(DASH, |latest| latest.phase.as_str())
                    .to_owned(),
                poll.next.map_or_else(|| DASH.to_owned(), time),
            ]);
        }
        after = page.more;
        if after.is_none() {
            break;
        }
    }
    if rows.is_empty() {
        terminal.say("There are no polls. Create one: tidings poll create FILE")?;
        return Ok(());
    }
    let columns = [
        Column::copied("poll", 31),
        Column::cut("title", 16),
        Column::text("now"),
        Column::text("asked next"),
    ];
    terminal.write(&table::table(&columns, &rows))?;
    Ok(())
}

async fn one(deployment: &Deployment, id: &str, terminal: &mut Terminal) -> anyhow::Result<()> {
    let found = finding::find(deployment, id).await?;
    let polls = deployment.store.polls();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut before: Option<OccurrenceId> = None;
    while rows.len() < MOST {
        let page = polls
            .occurrences(&deployment.tenant, &found.poll.id, before.as_ref(), PAGE)
            .await?;
        rows.extend(page.occurrences.iter().map(row));
        before = page.more;
        if before.is_none() {
            break;
        }
    }
    let next = found.poll.next.map(time);
    if rows.is_empty() {
        let when = next.map_or_else(|| "never".to_owned(), |next| format!("at {next}"));
        terminal.say(&format!("It was not asked yet. It is asked next {when}."))?;
        return Ok(());
    }
    let columns = [
        Column::copied("asked", 27),
        Column::text("opened"),
        Column::text("now"),
        Column::text("closes"),
    ];
    terminal.write(&table::table(&columns, &rows))?;
    if let Some(next) = next {
        terminal.say(&format!("It is asked next at {next}."))?;
    }
    Ok(())
}

fn row(occurrence: &Occurrence) -> Vec<String> {
    let closes = occurrence.closing_at.or(occurrence.closes);
    vec![
        occurrence.id.to_string(),
        time(occurrence.opened),
        occurrence.phase.as_str().to_owned(),
        closes.map_or_else(|| "by hand".to_owned(), time),
    ]
}

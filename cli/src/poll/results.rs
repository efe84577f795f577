//! `tidings poll results`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use polls::{AddedChoice, Definition, Kind, Tally};
use startup::Environment;
use store::{Occurrence, Phase};

use super::bars::{Outcome, withheld};
use super::votes::{self, Votes};
use super::{files, finding, plot, screen, votes_shown};
use crate::deployment::Deployment;
use crate::format::{Format, Output};
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::words::time;

/// What is wanted of the results.
pub(super) struct Wanted {
    pub(super) id: String,
    pub(super) plot: Option<PathBuf>,
    /// Who voted what, instead of what came of it.
    pub(super) votes: bool,
    pub(super) output: Output,
}

pub(super) async fn run(
    wanted: &Wanted,
    place: &Where,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let deployment = finding::deployment(place, environment, &[])?;
    let found = finding::find(&deployment, &wanted.id).await?;
    let occurrence = found.occurrence.ok_or_else(|| {
        let when = found.poll.next.map(time);
        let when = when.unwrap_or_else(|| "not at all".to_owned());
        anyhow!("it was not asked yet, so it has no results; it is asked next: {when}")
    })?;
    if wanted.votes && occurrence.anonymous {
        return Err(votes::of_an_anonymous_poll(&occurrence));
    }
    let (added, results) = counted(&deployment, &found.definition, &occurrence).await?;
    let is_open = occurrence.phase != Phase::Closed;
    if is_open && !wanted.output.is_for_programs() {
        terminal.aside("It is open: these are the votes so far.")?;
    }
    if wanted.votes {
        if let Some(why) = withheld(&results) {
            return Err(anyhow!("{why}"));
        }
        let most = match wanted.output.is_whole() {
            true => usize::MAX,
            false => votes_shown::ROWS,
        };
        let (listed, all) = votes::read(&deployment, &occurrence, most, terminal).await?;
        let votes = Votes {
            definition: &found.definition,
            occurrence: &occurrence,
            added: &added,
            listed,
            all,
        };
        wanted.output.write(terminal, |format| match format {
            Format::Table => votes_shown::table(&votes),
            Format::Json => votes_shown::json(&votes),
            Format::Csv => votes_shown::csv(&votes),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let texts = texts(&deployment, &found.definition, &occurrence).await?;
    let outcome = Outcome {
        definition: &found.definition,
        added: &added,
        results: &results,
        texts: &texts,
    };
    wanted.output.write(terminal, |format| match format {
        Format::Table => screen::results(&outcome),
        Format::Json => files::json(&outcome),
        Format::Csv => files::csv(&outcome),
    })?;
    if let Some(file) = &wanted.plot {
        let picture = plot::svg(&outcome)?;
        std::fs::write(file, picture)
            .with_context(|| format!("failed to write {}", file.display()))?;
        terminal.aside(&format!("Drawn into {}.", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The result that was written when it closed; while it is open, what is counted so far.
async fn counted(
    deployment: &Deployment,
    definition: &Definition,
    occurrence: &Occurrence,
) -> anyhow::Result<(Vec<AddedChoice>, polls::Results)> {
    let Deployment { tenant, store, .. } = deployment;
    let polls = store.polls();
    let written = polls
        .result(tenant, &occurrence.id, occurrence.round)
        .await?;
    if let Some(closed) = written {
        let results = serde_json::from_str(&closed.result)
            .context("the result of this poll cannot be read")?;
        return Ok((closed.added, results));
    }
    if occurrence.anonymous {
        return Err(anyhow!(
            "an anonymous poll has no results before it is closed: who votes could be seen as the numbers move"
        ));
    }
    let added = polls.added_choices(tenant, occurrence).await?;
    let tallies = polls.tallies(tenant, occurrence).await?;
    let tally = Tally::from(tallies.counters);
    let results = polls::Results::of(definition, &added, &tally, None);
    Ok((added, results))
}

/// All free texts of a closed occurrence.
async fn texts(
    deployment: &Deployment,
    definition: &Definition,
    occurrence: &Occurrence,
) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut all = BTreeMap::new();
    let asked = definition.questions.iter();
    for question in asked.filter(|question| matches!(question.kind, Kind::Text)) {
        let mut written = Vec::new();
        let mut page = Some(0);
        while let Some(number) = page {
            let polls = deployment.store.polls();
            let read = polls
                .texts(&deployment.tenant, occurrence, &question.id, number)
                .await?;
            written.extend(read.texts);
            page = read.next;
        }
        all.insert(question.id.clone(), written);
    }
    Ok(all)
}

//! `tidings poll create`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use jiff::Timestamp;
use notifications::ContractErrors;
use polls::{Definition, PollId, Rule};
use startup::{Clock as _, Environment, SystemClock};

use super::finding::{self, BUS};
use crate::progress::Waiting;
use crate::reading::{called, whole};
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::words::time;

/// How long is waited until the poll is there. The function may have to start.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(500);

pub(super) async fn run(
    file: &Path,
    place: &Where,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    // The file is read first: a mistake in it needs no account to be found.
    let now = SystemClock.now();
    let mut definition = read(file)?;
    let first = first(&definition, now, file)?;
    let deployment = finding::deployment(place, environment, &[BUS])?;
    let id = match &definition.id {
        Some(id) => id.clone(),
        None => {
            let tail = uuid::Uuid::new_v4().simple().to_string();
            PollId::from_title(&definition.title, &tail[..8])
        }
    };
    let polls = deployment.store.polls();
    if polls.get(&deployment.tenant, &id).await?.is_some() {
        return Err(anyhow!(
            "there is a poll {:?} already; to ask the same again: tidings poll clone {0}",
            id.as_str()
        ));
    }
    definition.id = Some(id.clone());
    let detail = definition.to_value().to_string();
    finding::publish(&deployment, "tidings.poll", detail).await?;
    let waiting = Waiting::begin(terminal, "waiting for the poll");
    let mut left = PATIENCE;
    let created = loop {
        if polls.get(&deployment.tenant, &id).await?.is_some() {
            break true;
        }
        let Some(less) = left.checked_sub(LOOK) else {
            break false;
        };
        left = less;
        SystemClock.sleep(LOOK).await;
    };
    waiting.end();
    if !created {
        terminal.say(&format!(
            "It is on the event bus, but after {} s there is no poll {id} yet. If it does not come, the dead letters of \
             the function polls say why: tidings redrive",
            PATIENCE.as_secs()
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    let when = match first {
        Some(first) => format!("It is asked first at {}.", time(first)),
        None => "It is being asked now.".to_owned(),
    };
    terminal.say(&format!("Created {id}. {when}"))?;
    terminal.say(&format!("Its results: tidings poll results {id}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a definition; every mistake is named.
fn read(file: &Path) -> anyhow::Result<Definition> {
    let text = whole(file)?;
    Definition::parse(&text).map_err(|errors| broken(&errors, file))
}

fn broken(errors: &ContractErrors, file: &Path) -> anyhow::Error {
    let problems = errors.problems().iter();
    let lines: Vec<String> = problems.map(|problem| format!("\n  {problem}")).collect();
    anyhow!(
        "{} is no poll, nothing was created:{}",
        called(file),
        lines.concat()
    )
}

/// When it is asked first; `None` for at once.
///
/// # Errors
///
/// When its schedule is wrong, or has no time any more.
fn first(
    definition: &Definition,
    now: Timestamp,
    file: &Path,
) -> anyhow::Result<Option<Timestamp>> {
    let Some(schedule) = &definition.schedule else {
        return Ok(None);
    };
    let mut spec = recurrence::Spec {
        zone: schedule.zone.as_deref(),
        start: schedule.start.as_deref(),
        end: schedule.end.as_deref(),
        ..recurrence::Spec::default()
    };
    match &schedule.rule {
        Rule::At(text) => spec.at = Some(text),
        Rule::Cron(text) => spec.cron = Some(text),
        Rule::Rate(text) => spec.rate = Some(text),
        Rule::Rrule(text) => spec.rrule = Some(text),
    }
    let wrong = |error: String| {
        anyhow!(
            "the schedule of {} is wrong, nothing was created: {error}",
            called(file)
        )
    };
    let schedule =
        recurrence::Schedule::parse(&spec, now).map_err(|errors| wrong(errors.to_string()))?;
    let first = schedule
        .first(now)
        .map_err(|refused| wrong(refused.to_string()))?;
    Ok(Some(first))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(schedule: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(
            file,
            r#"{{"title": "Lunch?", "owner": "upn:ada@example.com", "to": ["everyone"], "schedule": {schedule},
                "questions": [{{"kind": "single", "text": "What?", "choices": ["Pizza", "Sushi"]}}]}}"#
        )
        .unwrap();
        file
    }

    #[test]
    fn a_schedule_that_is_past_is_refused_with_the_next_possible_time() {
        let file = file(r#"{"at": "2027-07-05T09:00", "zone": "Europe/Madrid"}"#);
        let definition = read(file.path()).unwrap();
        let now = "2027-07-05T10:00:00Z".parse().unwrap();
        let error = first(&definition, now, file.path())
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("the next possible time is 2027-07-06T09:00 Europe/Madrid"),
            "{error}"
        );
    }

    #[test]
    fn a_schedule_with_mistakes_names_each() {
        let file = file(r#"{"cron": "0 9 * *", "zone": "Mars/Olympus"}"#);
        let definition = read(file.path()).unwrap();
        let error = first(&definition, Timestamp::UNIX_EPOCH, file.path()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("zone: found \"Mars/Olympus\""), "{error}");
        assert!(error.contains("cron: found \"0 9 * *\""), "{error}");
    }
}

//! `tidings poll create`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use jiff::Timestamp;
use notifications::ContractErrors;
use notifications::contract::LARGEST;
use polling::event::DEFINE;
use polls::Definition;
use serde_json::Value;
use startup::{Clock as _, Environment, SystemClock};

use super::finding::{self, BUS};
use super::handing;
use crate::reading::{called, whole};
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::words::{listed, time};

pub(super) async fn run(
    file: &Path,
    place: &Where,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    // The file is read first: a mistake in it needs no account to be found.
    let now = SystemClock.now();
    let definition = read(file, now)?;
    let first = first(&definition, now, file)?;
    let deployment = finding::deployment(place, environment, &[BUS])?;
    let id = match &definition.id {
        Some(id) => id.clone(),
        None => handing::fresh_id(&definition),
    };
    let polls = deployment.store.polls();
    if polls.get(&deployment.tenant, &id).await?.is_some() {
        return Err(anyhow!(
            "there is a poll {:?} already; to ask the same again:\n\n  tidings poll clone {0}",
            id.as_str()
        ));
    }
    let when = match first {
        Some(first) => format!("It is asked first at {}.", time(first)),
        None => "It is being asked now.".to_owned(),
    };
    let done = format!("Created {id}. {when}");
    handing::over(&deployment, &id, definition, &done, terminal).await
}

/// Reads a definition, or the event that carries one; every mistake is named.
fn read(file: &Path, now: Timestamp) -> anyhow::Result<Definition> {
    let text = whole(file)?;
    let event = serde_json::from_slice::<Value>(&text).ok();
    let kind = event
        .as_ref()
        .and_then(|event| event["detail-type"].as_str());
    let definition = match (kind, &event) {
        (Some(DEFINE), Some(event)) => checked(&event["detail"], now),
        (Some(other), _) => Err(ContractErrors::one(
            "detail-type",
            format!("{other:?}"),
            format!("{DEFINE:?}, or a poll without an envelope"),
        )),
        (None, Some(json)) if text.len() <= LARGEST => checked(json, now),
        (None, _) => Definition::parse(&text),
    };
    definition.map_err(|errors| broken(&errors, file))
}

fn checked(json: &Value, now: Timestamp) -> Result<Definition, ContractErrors> {
    Definition::from_value(json).map_err(|errors| polling::all_wrong(errors, json, now))
}

fn broken(errors: &ContractErrors, file: &Path) -> anyhow::Error {
    anyhow!(
        "{} cannot be asked, nothing was created:{}",
        called(file),
        listed(errors.problems())
    )
}

/// When it is asked first; `None` for at once.
///
/// # Errors
///
/// What the function would refuse, in time to say why: a schedule that is wrong or past, a closing time that is.
fn first(
    definition: &Definition,
    now: Timestamp,
    file: &Path,
) -> anyhow::Result<Option<Timestamp>> {
    let first = polling::first(definition, now).map_err(|errors| broken(&errors, file))?;
    Ok(definition.schedule.as_ref().map(|_| first))
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
        let definition = read(file.path(), Timestamp::UNIX_EPOCH).unwrap();
        let now = "2027-07-05T10:00:00Z".parse().unwrap();
        let error = first(&definition, now, file.path())
            .unwrap_err()
            .to_string();
        let words: Vec<&str> = error.split_whitespace().collect();
        assert!(
            words
                .join(" ")
                .contains("the next possible time is 2027-07-06T09:00 Europe/Madrid"),
            "{error}"
        );
    }

    #[test]
    fn a_schedule_with_mistakes_names_each() {
        let file = file(r#"{"cron": "0 9 * *", "zone": "Mars/Olympus"}"#);
        let definition = read(file.path(), Timestamp::UNIX_EPOCH).unwrap();
        let error = first(&definition, Timestamp::UNIX_EPOCH, file.path()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("zone: found \"Mars/Olympus\""), "{error}");
        assert!(error.contains("cron: found \"0 9 * *\""), "{error}");
    }

    #[test]
    fn a_schedule_with_mistakes_is_named_beside_other_mistakes() {
        let json = serde_json::json!({"schedule": {"cron": "0 25 * * *", "zone": "Mars/Olympus"}});
        let error = checked(&json, Timestamp::UNIX_EPOCH).unwrap_err();
        let paths: Vec<&str> = error
            .problems()
            .iter()
            .map(|one| one.path.as_str())
            .collect();
        for path in ["title", "schedule.cron", "schedule.zone"] {
            assert!(paths.contains(&path), "{path}: {paths:?}");
        }
    }

    #[test]
    fn a_closing_time_that_the_function_would_refuse_is_named_before_anything_is_asked() {
        let definition = Definition::from_value(&serde_json::json!({
            "title": "Lunch?", "owner": "upn:ada@example.com", "to": ["everyone"], "closes": {"after": "60d"},
            "questions": [{"kind": "rating", "text": "How was it?"}],
        }));
        let file = Path::new("lunch.json");
        let error = first(&definition.unwrap(), Timestamp::UNIX_EPOCH, file).unwrap_err();
        assert_eq!(
            error.to_string(),
            "lunch.json cannot be asked, nothing was created:\n  \
             closes.after: found more than 30 days, expected at most 30 days after it is\n    asked"
        );
    }

    #[test]
    fn an_event_that_carries_a_poll_is_read_as_the_poll() {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/polls");
        let lunch = read(
            &events.join("single-choice-in-a-group-chat.json"),
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        assert_eq!(lunch.title, "Lunch on Friday");
        let error = read(&events.join("everything-wrong.json"), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(error.to_string().contains("\n  colour: "), "{error}");
        let error = read(&events.join("command-to-close.json"), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(
            error.to_string().ends_with(
                "\n  detail-type: found \"tidings.poll.command\", expected \"tidings.poll\", or a poll\n    without an envelope"
            ),
            "{error}"
        );
    }
}

//! When a poll is asked, and until when.

use jiff::{SignedDuration, Timestamp};
use notifications::{ContractErrors, Problem};
use polls::voting::LONGEST;
pub(crate) use polls::voting::latest;
use polls::{ClosingTime, Definition, Rule};
use recurrence::{Refused, Schedule, Spec};

/// A time in whole seconds: occurrences are named by them.
pub(crate) fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The schedule of a definition that was written at `created`; `None` when it is asked at once.
pub(crate) fn schedule(
    definition: &Definition,
    created: Timestamp,
) -> Result<Option<Schedule>, ContractErrors> {
    definition
        .schedule
        .as_ref()
        .map(|written| readable(written, created))
        .transpose()
}

/// Everything that is wrong with a definition that cannot be read: its schedule, too, which is read in a second step.
pub fn all_wrong(
    errors: ContractErrors,
    json: &serde_json::Value,
    now: Timestamp,
) -> ContractErrors {
    let written = polls::Schedule::of(json);
    let Some(Err(more)) = written.map(|written| readable(&written, now)) else {
        return errors;
    };
    let both = errors.problems().iter().chain(more.problems()).cloned();
    ContractErrors::new(both.collect()).unwrap_or(errors)
}

fn readable(written: &polls::Schedule, created: Timestamp) -> Result<Schedule, ContractErrors> {
    let mut spec = Spec {
        zone: written.zone.as_deref(),
        start: written.start.as_deref(),
        end: written.end.as_deref(),
        ..Spec::default()
    };
    match &written.rule {
        Rule::At(at) => spec.at = Some(at),
        Rule::Cron(cron) => spec.cron = Some(cron),
        Rule::Rate(rate) => spec.rate = Some(rate),
        Rule::Rrule(rrule) => spec.rrule = Some(rrule),
    }
    let parsed = Schedule::parse(&spec, second(created));
    parsed.map_err(|wrong| {
        let problems = wrong.0.into_iter().map(|wrong| Problem {
            path: match wrong.field {
                "schedule" => "schedule".to_owned(),
                field => format!("schedule.{field}"),
            },
            found: wrong.found,
            expected: wrong.expected,
        });
        ContractErrors::new(problems.collect())
            .unwrap_or_else(|| ContractErrors::one("schedule", "nothing", "a schedule"))
    })
}

/// When it is asked first.
///
/// # Errors
///
/// A schedule that cannot be read, that never happens, or is past: then with the next time at which it would be possible.
/// A closing time that is not after that, or too long after it.
pub fn first(definition: &Definition, now: Timestamp) -> Result<Timestamp, ContractErrors> {
    let first = match schedule(definition, now)? {
        None => second(now),
        Some(schedule) => schedule.first(now).map_err(|refused| match refused {
            Refused::Past { .. } => {
                // What follows is when it would be possible.
                let said = refused.to_string();
                let next = said.strip_prefix("its time is past").unwrap_or_default();
                let expected = format!("a time to come{next}");
                ContractErrors::one("schedule", "a time that is past", expected)
            }
            Refused::Never => ContractErrors::one(
                "schedule",
                "a time that never comes",
                "a time that there is",
            ),
        })?,
    };
    let longest = "at most 30 days after it is asked";
    match definition.closes.time {
        Some(ClosingTime::After(after))
            if SignedDuration::try_from(after).is_ok_and(|after| after > LONGEST) =>
        {
            Err(ContractErrors::one(
                "closes.after",
                "more than 30 days",
                longest,
            ))
        }
        Some(ClosingTime::At(at)) if at <= first => {
            let expected = format!("a time after it is asked, {first}");
            Err(ContractErrors::one("closes.at", at.to_string(), expected))
        }
        Some(ClosingTime::At(at)) if at > latest(first) => {
            Err(ContractErrors::one("closes.at", at.to_string(), longest))
        }
        _ => Ok(first),
    }
}

/// When it closes by itself that was opened then.
pub(crate) fn closes(definition: &Definition, opened: Timestamp) -> Timestamp {
    let latest = latest(opened);
    definition
        .closes_at(opened)
        .map_or(latest, |closes| closes.min(latest))
}

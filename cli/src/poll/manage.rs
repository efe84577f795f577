//! `tidings poll close`, `reopen`, `extend`, `delete`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use notifications::durations;
use polls::voting::latest;
use polls::{Command, Longer, Manage};
use startup::{Clock as _, Environment, SystemClock};
use store::Phase;

use super::Which;
use super::finding::{self, BUS, Found};
use crate::progress::Waiting;
use crate::terminal::Terminal;
use crate::text::words::{escaped, time, within};

/// How long is waited until it is done. The function may have to start, and a large poll has many votes to count.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(500);

/// What is wanted, and how it is said.
pub(super) struct Wish {
    does: Manage,
    /// What is asked before.
    question: &'static str,
    /// What is said after.
    done: &'static str,
}

pub(super) fn close() -> Wish {
    Wish {
        does: Manage::Close,
        question: "Close it, and tell the result?",
        done: "Closed.",
    }
}

pub(super) fn reopen(time: Option<&str>) -> anyhow::Result<Wish> {
    let longer = time.map(duration).transpose()?.map(Longer::For);
    Ok(Wish {
        does: Manage::Reopen(longer),
        question: "Take votes again?",
        done: "Open again.",
    })
}

pub(super) fn extend(time: &str) -> anyhow::Result<Wish> {
    Ok(Wish {
        does: Manage::Extend(Longer::For(duration(time)?)),
        question: "Close it later?",
        done: "It closes later now.",
    })
}

pub(super) fn delete() -> Wish {
    Wish {
        does: Manage::Delete,
        question: "Delete it with all its votes and results? This cannot be undone.",
        done: "Deleted.",
    }
}

fn duration(text: &str) -> anyhow::Result<Duration> {
    durations::parse(text).with_context(|| {
        format!("found {text:?}, expected a duration from a minute to a year: 2h, 3 days")
    })
}

pub(super) async fn run(
    wish: Wish,
    which: &Which,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let deployment = finding::deployment(&which.place, environment, &[BUS])?;
    let before = finding::find(&deployment, &which.id).await?;
    possible(&wish, &before)?;
    let title = within(&escaped(&before.definition.title), 60);
    let question = format!("{} “{title}”. {}", before.poll.id, wish.question);
    if !which.yes && !terminal.agrees(&question)? {
        terminal.say("Nothing was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let whole = wish.does == Manage::Delete && !which.id.contains('@');
    let occurrence = before.occurrence.as_ref().map(|there| there.id.clone());
    let command = Command {
        tenant: None,
        poll: before.poll.id.clone(),
        occurrence: occurrence.filter(|_| !whole),
        does: wish.does,
        // Whoever may write to the bus and the table acts for the owner.
        by: before.definition.owner.clone(),
    };
    let detail = command.to_value().to_string();
    finding::publish(&deployment, "tidings.poll.command", detail).await?;
    let waiting = Waiting::begin(terminal, "waiting until it is done");
    let mut left = Some(PATIENCE);
    let mut is_done = false;
    let mut closes = None;
    while let (false, Some(patience)) = (is_done, left) {
        SystemClock.sleep(LOOK).await;
        is_done = match finding::look(&deployment, &which.id).await? {
            Some(after) => {
                closes = after.occurrence.as_ref().and_then(|there| there.closes);
                done(&wish, &before, &after)
            }
            None if wish.does == Manage::Delete => true,
            None => return Err(finding::nothing(&which.id)),
        };
        left = patience.checked_sub(LOOK);
    }
    waiting.end();
    if !is_done {
        terminal.say(&format!(
            "It is on the event bus, but not done after {} s. If nothing happens, \"tidings redrive polls\" says why; \
             docs/operations.md has the rest",
            PATIENCE.as_secs()
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    terminal.say(wish.done)?;
    if let (Manage::Extend(_) | Manage::Reopen(_), Some(closes)) = (wish.does, closes) {
        terminal.say(&format!("It closes at {}.", time(closes)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the function would refuse, in time to say why.
fn possible(wish: &Wish, found: &Found) -> anyhow::Result<()> {
    let id = &found.poll.id;
    let Some(occurrence) = &found.occurrence else {
        return match wish.does {
            Manage::Delete => Ok(()),
            _ => Err(anyhow!("the poll {id} was not asked yet")),
        };
    };
    match (wish.does, occurrence.phase) {
        (Manage::Close, Phase::Closed) => Err(anyhow!("the poll {id} is closed already")),
        (Manage::Reopen(_), _) if occurrence.anonymous => Err(anyhow!(
            "an anonymous poll cannot be reopened: what joined voters and votes was destroyed when it closed. To ask the \
             same again:\n\n  tidings poll clone {id}"
        )),
        (Manage::Reopen(_), Phase::Open) => Err(anyhow!("the poll {id} is open")),
        (Manage::Extend(_), Phase::Open) if occurrence.closes.is_none() => Err(anyhow!(
            "the poll {id} has no closing time: it is closed by hand"
        )),
        (Manage::Extend(_), Phase::Open)
            if occurrence
                .closes
                .is_some_and(|closes| closes >= latest(occurrence.opened)) =>
        {
            Err(anyhow!(
                "the poll {id} cannot be open for longer than 30 days; to ask the same again:\n\n  tidings poll clone {id}"
            ))
        }
        (Manage::Extend(_), Phase::Closing | Phase::Closed) => Err(anyhow!(
            "the poll {id} is closed; to take votes again:\n\n  tidings poll reopen {id}"
        )),
        _ => Ok(()),
    }
}

/// Whether what was wished for shows on a poll that is there.
fn done(wish: &Wish, before: &Found, after: &Found) -> bool {
    let (Some(was), Some(is)) = (&before.occurrence, &after.occurrence) else {
        return false;
    };
    match wish.does {
        Manage::Close => is.phase == Phase::Closed,
        Manage::Reopen(_) => is.phase == Phase::Open,
        Manage::Extend(_) => is.closes != was.closes,
        // As long as it is found it is not gone. Nobody wishes for a copy here.
        Manage::Delete | Manage::Clone => false,
    }
}

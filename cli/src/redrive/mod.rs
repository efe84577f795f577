//! `tidings redrive`: dead letters, looked at and moved back.

mod dead_letter_queue;
mod event;
mod failed_invocation;
mod letter;
mod listing;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use aws::EventBus;
use clap::ValueEnum;
use startup::{Clock as _, Environment, SystemClock};
use store::Store;
use work_items::PlanPage;

use crate::deployment::Deployment;
use crate::format::{Format, Output};
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::words::counted;

use dead_letter_queue::{DeadLetterQueue, Held, Home};
use event::Of;
use letter::{Back, Letter};
use listing::Listed;

/// Where dead letters came from: a queue, or the event bus for a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// What senders sent, and pages of planning
    Notification,
    /// Chunks of few recipients
    Delivery,
    /// Chunks of many recipients
    Broadcast,
    /// Background work
    Task,
    /// Polls, commands and ticks
    Polls,
    /// Requests for watches, and ticks
    Watch,
}

/// Which dead letters, and what with them.
#[derive(Debug, clap::Args)]
pub(crate) struct RedriveOptions {
    /// The queue; without it, all six
    queue: Option<Which>,
    /// Move back all of them
    #[arg(long, conflicts_with_all = ["id", "error_type"])]
    all: bool,
    /// Move back the letter with this id, or the beginning of one; may be given several times
    #[arg(long, value_name = "ID")]
    id: Vec<String>,
    /// Move back those with this error-type; may be given several times
    #[arg(long, value_name = "TYPE")]
    error_type: Vec<String>,
    /// Show what would be moved back, and move nothing
    #[arg(long)]
    dry_run: bool,
    /// At most so many letters of each queue are looked at
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    most: usize,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Where,
}

impl Which {
    const ALL: [Self; 6] = [
        Self::Notification,
        Self::Delivery,
        Self::Broadcast,
        Self::Task,
        Self::Polls,
        Self::Watch,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Delivery => "delivery",
            Self::Broadcast => "broadcast",
            Self::Task => "task",
            Self::Polls => "polls",
            Self::Watch => "watch",
        }
    }

    /// The variables that name where its letters go back to, and where they are.
    const fn variables(self) -> [&'static str; 2] {
        match self {
            Self::Notification => [
                "NOTIFICATION_QUEUE_URL",
                "NOTIFICATION_DEAD_LETTER_QUEUE_URL",
            ],
            Self::Delivery => ["DELIVERY_QUEUE_URL", "DELIVERY_DEAD_LETTER_QUEUE_URL"],
            Self::Broadcast => ["BROADCAST_QUEUE_URL", "BROADCAST_DEAD_LETTER_QUEUE_URL"],
            Self::Task => ["TASK_QUEUE_URL", "TASK_DEAD_LETTER_QUEUE_URL"],
            Self::Polls => ["EVENT_BUS_NAME", "POLLS_DEAD_LETTER_QUEUE_URL"],
            Self::Watch => ["EVENT_BUS_NAME", "WATCH_DEAD_LETTER_QUEUE_URL"],
        }
    }

    /// Where its letters go back to.
    fn home(self, deployment: &Deployment) -> Home {
        let [name, _] = self.variables();
        let name = deployment.value(name);
        let bus = || EventBus::new(&deployment.clients, name);
        match self {
            Self::Polls => Home::Bus(bus(), Of::Polls),
            Self::Watch => Home::Bus(bus(), Of::Watch),
            _ => Home::Queue(name.to_owned()),
        }
    }
}

impl RedriveOptions {
    /// Whether letters were chosen, rather than asked for.
    fn chooses(&self) -> bool {
        self.all || !self.id.is_empty() || !self.error_type.is_empty()
    }

    fn is_chosen(&self, letter: &Letter) -> bool {
        let by_id = self.id.iter().any(|id| letter.id.starts_with(id.as_str()));
        let by_type = self.error_type.contains(&letter.error_type());
        self.all || by_id || by_type
    }
}

/// What became of the letters of a queue.
#[derive(Default)]
struct Done {
    moved: u64,
    settled: u64,
    /// Letters that were there and could not be read: somebody else looks at them.
    hidden: u64,
    stay: Vec<(String, &'static str)>,
    /// The first ids of what was moved. What comes back while letters are read must not go round and round.
    originals: BTreeSet<String>,
}

const AGAIN: &str = "the same message was moved back just now, and came back or was here twice";

pub(crate) async fn run(
    options: RedriveOptions,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    if let Some(empty) = options.id.iter().find(|id| id.trim().is_empty()) {
        return Err(anyhow!(
            "found --id {empty:?}, expected the beginning of an id"
        ));
    }
    let queues = match options.queue {
        Some(one) => vec![one],
        None => Which::ALL.to_vec(),
    };
    let variables: Vec<_> = queues.iter().flat_map(|queue| queue.variables()).collect();
    let environment = options.place.environment(environment)?;
    let deployment = Deployment::with(environment, &variables)?;
    let mut listed = Vec::new();
    let mut done = Done::default();
    let mut found = BTreeSet::new();
    for which in queues {
        let [_, dead_letters] = which.variables();
        let queue = DeadLetterQueue {
            sqs: sdk_clients::sqs(&deployment.clients),
            url: deployment.value(dead_letters).to_owned(),
            home: which.home(&deployment),
        };
        let result = one_queue(&options, &deployment.store, which, &queue, &mut done).await;
        let letters = result.with_context(|| match done.moved {
            0 => format!("nothing of the dead letters of {} was moved", which.name()),
            moved => format!("{} moved before", were(moved)),
        })?;
        for letter in &letters {
            found.extend(options.id.iter().filter(|id| letter.begins_with(id)));
        }
        listed.extend(letters);
    }
    let missing: Vec<_> = options.id.iter().filter(|id| !found.contains(id)).collect();
    tell(&options, &listed, &done, terminal)?;
    for id in &missing {
        terminal.say(&format!(
            "No dead letter has an id that begins with {id:?}."
        ))?;
    }
    Ok(match missing.is_empty() && done.stay.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Goes through the dead letters of a queue, and gives back those that were asked for.
async fn one_queue(
    options: &RedriveOptions,
    store: &Store,
    which: Which,
    queue: &DeadLetterQueue,
    done: &mut Done,
) -> anyhow::Result<Vec<Listed>> {
    let depth = queue.depth().await?;
    if depth == 0 {
        return Ok(Vec::new());
    }
    let now = SystemClock.now();
    let (mut looked_at, mut only_looked_at, mut listed) = (0, Vec::new(), Vec::new());
    let mut reading = queue.read();
    let result = loop {
        let letters = match reading.next().await {
            Ok(letters) if letters.is_empty() => break Ok(()),
            Ok(letters) => letters,
            Err(error) => break Err(error),
        };
        for held in letters {
            looked_at += 1;
            let chosen = options.is_chosen(&held.letter);
            if chosen || !options.chooses() {
                listed.push(Listed::of(which.name(), &held.letter, now));
            }
            if chosen && !options.dry_run {
                if let Err(error) = move_back(store, queue, held, done, &mut only_looked_at).await {
                    queue.release(only_looked_at).await?;
                    return Err(error);
                }
            } else {
                only_looked_at.push(held.handle);
            }
        }
        if looked_at >= options.most {
            break Ok(());
        }
    };
    queue.release(only_looked_at).await?;
    if looked_at < options.most {
        done.hidden += depth.saturating_sub(looked_at as u64);
    }
    result.map(|()| listed)
}

async fn move_back(
    store: &Store,
    queue: &DeadLetterQueue,
    held: Held,
    done: &mut Done,
    only_looked_at: &mut Vec<String>,
) -> anyhow::Result<()> {
    let original = held.letter.original_id().to_owned();
    match queue.back(&held.letter) {
        _ if done.originals.contains(&original) => {
            done.stay.push((held.letter.id, AGAIN));
            only_looked_at.push(held.handle);
        }
        Back::Copy { body, attributes } => {
            let body = going_on(store, &held.letter).await?.unwrap_or(body);
            queue.replace(&held, body, attributes).await?;
            done.moved += 1;
            done.originals.insert(original);
        }
        Back::Event(event) => {
            queue.publish(&held, event).await?;
            done.moved += 1;
            done.originals.insert(original);
        }
        Back::Nothing => {
            queue.delete(&held).await?;
            done.settled += 1;
        }
        Back::Stays(why) => {
            done.stay.push((held.letter.id, why));
            only_looked_at.push(held.handle);
        }
    }
    Ok(())
}

/// What lets a notification go on that a failed invocation has put on the ledger. In the queue it would be another one,
/// and people would get it twice.
async fn going_on(store: &Store, letter: &Letter) -> anyhow::Result<Option<String>> {
    let Some(incoming) = letter.invoked_with() else {
        return Ok(None);
    };
    let ledger = store.ledger();
    if ledger.notification(&incoming.key).await?.is_none() {
        return Ok(None);
    }
    let page = ledger.plan(&incoming.key).await?.queued;
    let notification = incoming.key;
    Ok(Some(PlanPage { notification, page }.to_body()))
}

fn tell(
    options: &RedriveOptions,
    listed: &[Listed],
    done: &Done,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    options.output.write(terminal, |format| match format {
        Format::Table => listing::table(listed),
        Format::Json => listing::json(listed),
        Format::Csv => listing::csv(listed),
    })?;
    if options.output.is_for_programs() {
        return Ok(());
    }
    if done.hidden > 0 {
        terminal.say(&format!(
            "{} not be read: somebody else looks at them. They show again within five minutes.",
            could(done.hidden)
        ))?;
    }
    let chosen = listed.len() as u64;
    if listed.is_empty() && done.hidden > 0 {
        return Ok(());
    }
    if listed.is_empty() {
        let what = match options.chooses() {
            true => "No dead letter fits.",
            false => "There are no dead letters.",
        };
        return Ok(terminal.say(what)?);
    }
    terminal.say("")?;
    if !options.chooses() {
        // Who looked at one queue moves no letters of the others.
        let again = match options.queue {
            Some(queue) => format!("tidings redrive {}", queue.name()),
            None => "tidings redrive".to_owned(),
        };
        terminal.say(&format!(
            "{}. Mend the cause, then move them back:\n\n  {again} --all\n  {again} --error-type {}\n  \
             {again} --id {}",
            counted(chosen, "dead letter", "dead letters"),
            listed[0].error_type_word(),
            listed[0].short_id(),
        ))?;
    } else if options.dry_run {
        terminal.say(&format!("{} be moved back; nothing was.", would(chosen)))?;
    } else {
        terminal.say(&format!("{} moved back.", were(done.moved)))?;
        if done.settled > 0 {
            terminal.say(&format!(
                "{} deleted: failed ticks, whose work the next ones did.",
                were(done.settled)
            ))?;
        }
        for (id, why) in &done.stay {
            terminal.say(&format!("{id} stays: {why}."))?;
        }
    }
    Ok(())
}

fn were(count: u64) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(count, "dead letter", "dead letters"))
}

fn could(count: u64) -> String {
    format!("{} could", counted(count, "dead letter", "dead letters"))
}

fn would(count: u64) -> String {
    format!("{} would", counted(count, "dead letter", "dead letters"))
}

#![doc = include_str!("../README.md")]

mod broadcast;
mod events;
mod goals;
mod instructions;
mod measure;
mod peers;
mod planning;
mod process;
mod programs;
mod progress;
mod report;
mod results;
mod samples;
mod sending;
mod table;
mod table_door;
mod work;
mod world;

use std::io::Write as _;
use std::path::PathBuf;

use clap::Parser;

use crate::measure::Bench;
use crate::peers::Peer;
use crate::programs::{Name, Programs};
use crate::progress::Progress;
use crate::results::Results;
use crate::work::Work;

/// Measures what the functions cost, beside an empty function.
#[derive(Parser)]
#[command(name = "bench", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Rounds: in each, everything is measured once, in turn.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Cold starts of each program in a round.
    #[arg(long, default_value_t = 4)]
    cold: usize,
    /// Events of each warm run.
    #[arg(long, default_value_t = 60)]
    events: usize,
    /// Measures the release binaries that are there.
    #[arg(long)]
    no_build: bool,
    /// Counts no instructions, which takes a minute.
    #[arg(long)]
    no_instructions: bool,
    /// Measures this program alone, beside the floor; may be given several times.
    #[arg(long, value_parser = Name::read)]
    only: Vec<Name>,
    /// Keeps what callgrind writes in this folder.
    #[arg(long, value_name = "FOLDER")]
    keep_counts: Option<PathBuf>,
    /// Measures the functions by others of this list beside ours (README.md).
    #[arg(long, value_name = "FILE")]
    peers: Option<PathBuf>,
    /// Shows what the functions log.
    #[arg(long)]
    show_log: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Measures a broadcast: in simulated time with Teams' real limits, and without limits.
    Broadcast(broadcast::Options),
    /// Measures the planning of a broadcast to very many people, undisturbed and killed again and again.
    Planning(planning::Options),
}

impl Arguments {
    /// What is measured, the floor first.
    fn names(&self) -> Vec<Name> {
        let wanted = |name: &Name| {
            let is_floor = !Name::FUNCTIONS.contains(name);
            is_floor || self.only.is_empty() || self.only.contains(name)
        };
        Name::ALL.into_iter().filter(wanted).collect()
    }

    /// What they are given to do.
    fn works(&self) -> Vec<Work> {
        let names = self.names();
        let does = |work: &Work| names.contains(&work.program());
        Work::ALL.into_iter().filter(does).collect()
    }

    /// What of it is measured against the slow Connector.
    fn slow_works(&self) -> Vec<Work> {
        let slow = |work: &Work| SLOW_WORK.contains(work);
        self.works().into_iter().filter(slow).collect()
    }
}

/// Batches for the slow Connector: each takes its time.
const SLOW_EVENTS: usize = 10;

/// Kinds of work that are measured against the slow Connector.
const SLOW_WORK: [Work; 3] = [Work::BareBatch, Work::Chunk, Work::Records];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::parse();
    if let Some(command) = arguments.command.take() {
        let report = match command {
            Command::Broadcast(options) => broadcast::run(options).await?,
            Command::Planning(options) => planning::run(options).await?,
        };
        std::io::stdout().write_all(report.as_bytes())?;
        return Ok(());
    }
    let programs = Programs::find()?;
    if !arguments.no_build {
        for name in Name::ALL {
            Programs::build(name)?;
        }
    }
    let results = measure(&arguments, programs).await?;
    let report = report::report(&results);
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(())
}

async fn measure(arguments: &Arguments, programs: Programs) -> anyhow::Result<Results> {
    let mut results = Results::default();
    let (names, works) = (arguments.names(), arguments.works());
    for name in names.iter().copied() {
        results.sizes.insert(name, programs.size(name)?);
    }
    let counts = !arguments.no_instructions && instructions::can_be_counted();
    let in_round = names.len() * arguments.cold + works.len() + arguments.slow_works().len();
    let counted = if counts { names.len() + works.len() } else { 0 };
    let peers = match &arguments.peers {
        Some(list) => Peer::read(list, arguments.show_log)?,
        None => Vec::new(),
    };
    let lives = if peers.is_empty() {
        0
    } else {
        peers.len() + LIVES.len()
    };
    let steps = arguments.rounds * (in_round + lives) + counted;
    let mut progress = Progress::new(steps);
    progress.phase("people install the bot");
    let mut bench = Bench::start(programs, arguments.show_log).await?;
    for round in 1..=arguments.rounds {
        progress.phase(format!("round {round} of {}", arguments.rounds));
        one_round(&mut bench, arguments, &mut progress, &mut results).await?;
        if !peers.is_empty() {
            beside(&mut bench, &peers, &mut progress, &mut results).await?;
        }
    }
    if counts {
        progress.phase("counting instructions");
        let keep = arguments.keep_counts.as_deref();
        for name in names {
            progress.step(name.as_str());
            bench.count_cold(name, keep, &mut results).await?;
        }
        for work in works {
            progress.step(work.label());
            bench.count_warm(work, keep, &mut results).await?;
        }
    }
    progress.end();
    bench.end().await?;
    Ok(results)
}

/// What is done by ours and by others.
const LIVES: [Work; 2] = [Work::Inbound, Work::Chunk];

async fn beside(
    bench: &mut Bench,
    peers: &[Peer],
    progress: &mut Progress,
    results: &mut Results,
) -> anyhow::Result<()> {
    for work in LIVES {
        let name = work.program().as_str();
        progress.step(&format!("{name}, a life"));
        let lives = results.lives.entry((work, name.to_owned())).or_default();
        bench.live(work, lives).await?;
    }
    for peer in peers {
        progress.step(&format!("{}, a life", peer.name));
        let lives = results.lives.entry((peer.does, peer.name.clone()));
        peer.live(lives.or_default()).await?;
    }
    Ok(())
}

async fn one_round(
    bench: &mut Bench,
    arguments: &Arguments,
    progress: &mut Progress,
    results: &mut Results,
) -> anyhow::Result<()> {
    for _ in 0..arguments.cold {
        for name in arguments.names() {
            progress.step(&format!("{}, cold", name.as_str()));
            bench.cold(name, results).await?;
        }
    }
    for work in arguments.works() {
        progress.step(work.label());
        bench.warm(work, arguments.events, results).await?;
    }
    for work in arguments.slow_works() {
        progress.step(&format!("{}, slow Connector", work.label()));
        bench.slow(work, SLOW_EVENTS, results).await?;
    }
    Ok(())
}

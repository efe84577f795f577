//! `tidings local`: everything on this machine.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use simulator::{BotEndpoint, Config, Simulator, World};
use startup::Environment;

use crate::local::data::DataFolder;
use crate::local::dead_letters::DeadLetters;
use crate::local::functions::Mode;
use crate::local::play::{Outcome, play};
use crate::local::samples;
use crate::local::screen::{Detail, Screen};
use crate::local::settings::{Setting, setting};
use crate::local::stack::{Addresses, Stack, StackOptions};
use crate::local::variables::exports;
use crate::local::weather;
use crate::render;

/// Where the table and the queues listen when nothing else is asked for.
const USUAL_TABLE: &str = "127.0.0.1:8000";
const USUAL_QUEUES: &str = "127.0.0.1:9324";

/// How a local run is set up.
#[derive(Debug, clap::Args)]
pub(crate) struct LocalOptions {
    /// Play the sample events, say whether all arrived, and end
    #[arg(long, conflicts_with = "playground")]
    once: bool,
    /// Serve Microsoft's Agents Playground instead of the simulator: no tokens, loopback only
    #[arg(long)]
    playground: bool,
    /// Print the variables of a run at these addresses for a shell, and start nothing
    #[arg(long, conflicts_with_all = ["once", "playground", "data"])]
    env: bool,
    /// Let go wrong what this file says; docs/simulator.md explains it
    #[arg(long, value_name = "FILE", conflicts_with = "playground")]
    faults: Option<PathBuf>,
    /// Keep the table and the queues in this folder; without it they are gone at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A setting of the functions, such as BROADCAST_APPROVAL_ABOVE=2; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
    /// The sample events to play
    #[arg(long, value_name = "DIR", default_value = "events/notify")]
    events: PathBuf,
    /// Where the bot listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3978")]
    bot: SocketAddr,
    /// Where the simulated Teams listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3979")]
    teams: SocketAddr,
    /// Where the DynamoDB engine listens
    #[arg(long, value_name = "ADDRESS", default_value = USUAL_TABLE)]
    table: SocketAddr,
    /// Where the queues listen (the protocol of SQS)
    #[arg(long, value_name = "ADDRESS", default_value = USUAL_QUEUES)]
    queues: SocketAddr,
}

pub(crate) async fn run(options: LocalOptions) -> anyhow::Result<ExitCode> {
    if options.env {
        let endpoint = |address: SocketAddr| format!("http://{address}");
        let lines = exports(
            &endpoint(options.table),
            &endpoint(options.queues),
            &options.set,
        );
        io::stdout().write_all(lines.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    init_logs();
    if options.playground {
        run_playground(options).await
    } else {
        run_simulator(options).await
    }
}

async fn run_simulator(options: LocalOptions) -> anyhow::Result<ExitCode> {
    let samples = samples::read(&options.events)?;
    let data = options.data.as_deref().map(DataFolder::take).transpose()?;
    let known = data.as_ref().is_some_and(DataFolder::is_ready);
    let world = World::contoso();
    let teams = Simulator::start(Config {
        listen: options.teams,
        // Whoever is in the table installed the bot in an earlier run.
        world: if known {
            world.with_bot_everywhere()
        } else {
            world
        },
        ..Config::default()
    })
    .await
    .context(
        "failed to start the small Teams; choose another address with --teams 127.0.0.1:PORT",
    )?;
    if let Some(data) = data.as_ref().filter(|_| known) {
        data.recall(&teams)?;
    }
    if let Some(path) = &options.faults {
        weather::begin(&teams, path)?;
    }
    let stack = Stack::start(
        stack_options(&options, teams.environment()),
        Mode::Simulator,
    )
    .await?;
    teams.set_bot_endpoint(BotEndpoint::url(&stack.messaging_endpoint)?);

    let mut screen = Screen::new(&teams, io::stdout());
    screen.line("Tidings runs on this machine, with a small Teams to talk to.\n")?;
    let mut dead_letters = DeadLetters::new(stack.queues.dead_letters());
    let all_is_well = if known {
        // Those of the earlier run were told then.
        drop(dead_letters.untold());
        screen.line(
            "It goes on with the data of an earlier run: people are known, their messages\n\
             are there and can be pressed, and nothing is played.\n",
        )?;
        true
    } else {
        let outcome = play(&stack, &teams, &samples, &mut screen).await?;
        for letter in dead_letters.untold() {
            screen.line(&render::trouble(&letter))?;
        }
        if let Some(data) = &data {
            data.keep(&teams)?;
            data.ready()?;
        }
        screen.line(&told(&outcome))?;
        if options.faults.is_some() {
            screen.line(&weather::told(&teams))?;
        }
        outcome.problems.is_empty()
    };
    if options.once {
        return Ok(match all_is_well {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        });
    }
    screen.line(&what_next(&stack, &teams))?;
    let ended = tokio::signal::ctrl_c();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            ended = &mut ended => {
                ended?;
                if let Some(data) = &data {
                    data.keep(&teams)?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            letter = dead_letters.next() => screen.line(&render::trouble(&letter))?,
            followed = screen.follow(Detail::Full) => {
                followed?;
                if let Some(data) = &data {
                    data.keep(&teams)?;
                }
            }
        }
    }
}

async fn run_playground(options: LocalOptions) -> anyhow::Result<ExitCode> {
    let microsoft = vec![
        ("MICROSOFT_APP_ID", simulator::DEFAULT_APP_ID.to_owned()),
        (
            "MICROSOFT_APP_TENANT_ID",
            simulator::DEFAULT_TENANT.to_owned(),
        ),
        (
            "MICROSOFT_APP_PASSWORD",
            "unused-by-the-playground".to_owned(),
        ),
        ("ALLOWED_TENANTS", "*".to_owned()),
    ];
    let data = options.data.as_deref().map(DataFolder::take).transpose()?;
    let stack = Stack::start(stack_options(&options, microsoft), Mode::Playground).await?;
    if let Some(data) = &data {
        data.ready()?;
    }
    let mut out = io::stdout();
    let mut dead_letters = DeadLetters::new(stack.queues.dead_letters());
    drop(dead_letters.untold());
    writeln!(out, "{}", playground_next(&stack))?;
    let ended = tokio::signal::ctrl_c();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            ended = &mut ended => {
                ended?;
                return Ok(ExitCode::SUCCESS);
            }
            letter = dead_letters.next() => writeln!(out, "{}", render::trouble(&letter))?,
        }
    }
}

fn stack_options(
    options: &LocalOptions,
    mut microsoft: Vec<(&'static str, String)>,
) -> StackOptions {
    microsoft.extend(options.set.iter().cloned());
    StackOptions {
        addresses: Addresses {
            bot: options.bot,
            table: options.table,
            queues: options.queues,
        },
        data: options.data.clone(),
        microsoft,
    }
}

/// Logs of the functions are for whoever asks for them: `RUST_LOG=info`.
fn init_logs() {
    let process = Environment::of_process();
    let level = process
        .optional("RUST_LOG")
        .unwrap_or_else(|| "off".to_owned());
    startup::logging::init(&Environment::from_pairs([("RUST_LOG", level)]));
}

fn told(outcome: &Outcome) -> String {
    let Outcome {
        events,
        expected,
        problems,
        dead_letters,
    } = outcome;
    let mut text = format!("\nEvents played: {events}. Messages that had to arrive: {expected}.");
    if *dead_letters > 0 {
        text.push_str(&format!(
            "\nWaiting in the dead letters, see above: {dead_letters}."
        ));
    }
    if problems.is_empty() {
        text.push_str(" All is well.\n");
    } else {
        text.push_str("\n\nNot all is well:\n");
        for problem in problems {
            text.push_str(&format!("  - {problem}\n"));
        }
    }
    text
}

fn what_next(stack: &Stack, teams: &Simulator) -> String {
    let notifications = stack
        .messaging_endpoint
        .replace("/api/messages", "/notifications");
    let url = teams.url();
    format!(
        r#"Everything stays up, on loopback alone:

  the bot        {bot}
  the simulator  {url}
  the table      {table}   (DynamoDB)
  the queues     {queues}   (SQS)

Try, in another terminal, in this folder:

  # send Ben a message
  curl -d '{{"topic": "deploys", "to": ["upn:ben@contoso.example"],
    "what": "Deployed checkout v216 to production",
    "item": {{"name": "checkout"}}, "actor": {{"name": "You"}}}}' \
    {notifications}

  # be Ben: press its button, write to the bot
  curl --json '{{"person": "ben", "title": "Mute deploys"}}' \
    '{url}/_simulator/press?format=text'
  curl --json '{{"person": "ben", "text": "status"}}' \
    {url}/_simulator/say

  # send what breaks the contract, and see what is wrong with it
  curl -d @events/notify/broken-contract.json \
    {notifications}

  # do what operators do: the first line points the commands here
  eval "$(cargo run -q -- local --env{addresses})"
  cargo run -q -- report
  cargo run -q -- redrive

  # ask people, vote as Ben, see how it stands
  cargo run -q -- poll create events/polls/single-choice-in-a-group-chat.json
  cargo run -q -- poll list
  curl --json '{{"person": "ben", "in": "Release crew", "title": "Vote",
    "inputs": {{"answer.q1": "c1"}}}}' \
    '{url}/_simulator/press?format=text'
  cargo run -q -- poll results lunch

Ctrl-C ends it. RUST_LOG=info shows the functions' logs."#,
        bot = stack.messaging_endpoint,
        table = stack.table_endpoint,
        queues = stack.queues_endpoint,
        addresses = addresses_elsewhere(stack),
    )
}

/// The options by which `local --env` finds a run that is not at the usual addresses.
fn addresses_elsewhere(stack: &Stack) -> String {
    let mut options = String::new();
    for (option, endpoint, usual) in [
        ("--table", &stack.table_endpoint, USUAL_TABLE),
        ("--queues", &stack.queues_endpoint, USUAL_QUEUES),
    ] {
        let address = endpoint.trim_start_matches("http://");
        if address != usual {
            options.push_str(&format!(" {option} {address}"));
        }
    }
    options
}

fn playground_next(stack: &Stack) -> String {
    let notifications = stack
        .messaging_endpoint
        .replace("/api/messages", "/notifications");
    format!(
        r#"Tidings waits for Microsoft's Agents Playground, without tokens, on loopback alone.

  the bot     {bot}
  the table   {table}   (DynamoDB)
  the queues  {queues}   (SQS)

Start the Playground in the repository's folder, in another terminal (Node 20 or newer).
Its licence and its telemetry are Microsoft's, and it listens on all interfaces:

  npx -y @microsoft/m365agentsplayground@0.2.28 \
    -e {bot} -c msteams --dt

Open http://localhost:56150, wait for the welcome, then send the person there a message:

  curl -d '{{"topic": "deploys", "to": ["everyone"],
    "what": "Deployed checkout v216 to production",
    "item": {{"name": "checkout"}}, "actor": {{"name": "You"}}}}' \
    {notifications}

Ctrl-C ends it. RUST_LOG=info shows the functions' logs."#,
        bot = stack.messaging_endpoint,
        table = stack.table_endpoint,
        queues = stack.queues_endpoint,
    )
}

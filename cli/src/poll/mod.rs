//! `tidings poll`: polls, from a terminal.

mod bars;
mod copy;
mod create;
mod files;
mod finding;
mod handing;
mod list;
mod manage;
mod plot;
mod results;
mod screen;
#[cfg(test)]
mod tests;
mod votes;
mod votes_shown;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use startup::Environment;

use crate::format::Output;
use crate::stack_variables::Where;
use crate::terminal::Terminal;

/// What can be done with polls.
#[derive(Debug, Subcommand)]
pub(crate) enum PollCommand {
    /// Create the poll in FILE; it is asked at once, or by its schedule
    Create {
        /// A JSON file, or - for the standard input: see docs/polls.md
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
    /// List the polls, or each time that one was asked
    List {
        /// The poll
        id: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Show the results of a poll
    Results {
        /// The poll, for the last time that it was asked; or one of the times: lunch@20270104T090000Z
        id: String,
        /// Draw the results into this SVG file
        #[arg(long, value_name = "FILE")]
        plot: Option<PathBuf>,
        /// List who voted what instead; not for an anonymous poll
        #[arg(long, conflicts_with = "plot")]
        votes: bool,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        place: Where,
    },
    /// Take no more votes, and tell the result
    Close(Which),
    /// Take votes again; not for an anonymous poll
    Reopen {
        #[command(flatten)]
        which: Which,
        /// Until so long from now; by hand, if absent
        #[arg(long = "for", value_name = "DURATION")]
        time: Option<String>,
    },
    /// Close it later
    Extend {
        #[command(flatten)]
        which: Which,
        /// So much later than it would close
        #[arg(long = "for", value_name = "DURATION")]
        time: String,
    },
    /// Remove a poll with all its votes and results
    Delete(Which),
    /// Ask the same again, as a new poll
    Clone(Which),
}

/// Which poll, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The poll, for the last time that it was asked; or one of the times
    id: String,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    place: Where,
}

pub(crate) async fn run(
    command: PollCommand,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    match command {
        PollCommand::Create { file, place } => {
            create::run(&file, &place, environment, terminal).await
        }
        PollCommand::List { id, place } => {
            list::run(id.as_deref(), &place, environment, terminal).await
        }
        PollCommand::Results {
            id,
            plot,
            votes,
            output,
            place,
        } => {
            let wanted = results::Wanted {
                id,
                plot,
                votes,
                output,
            };
            results::run(&wanted, &place, environment, terminal).await
        }
        PollCommand::Close(which) => {
            manage::run(manage::close(), &which, environment, terminal).await
        }
        PollCommand::Reopen { which, time } => {
            let wish = manage::reopen(time.as_deref())?;
            manage::run(wish, &which, environment, terminal).await
        }
        PollCommand::Extend { which, time } => {
            let wish = manage::extend(&time)?;
            manage::run(wish, &which, environment, terminal).await
        }
        PollCommand::Delete(which) => {
            manage::run(manage::delete(), &which, environment, terminal).await
        }
        PollCommand::Clone(which) => copy::run(&which, environment, terminal).await,
    }
}

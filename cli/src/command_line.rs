//! What can be asked of `tidings`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use startup::Environment;

use crate::change_commands::{self, Meant, ResendOptions, UpdateOptions};
use crate::local_command::{self, LocalOptions};
use crate::poll::{self, PollCommand};
use crate::redrive::{self, RedriveOptions};
use crate::report::{self, ReportOptions};
use crate::send_command::{self, SendOptions};
use crate::simulator_command;
use crate::terminal::Terminal;
use crate::topics_command::{self, TopicsCommand};
use crate::watch_command::{self, WatchCommand};

/// Proactive Microsoft Teams messages from AWS.
#[derive(Debug, Parser)]
#[command(
    name = "tidings",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 80
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    local: LocalOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: the functions, a table, queues, a small Teams (the default)
    Local(LocalOptions),
    /// Run the small Teams alone
    Simulator {
        /// Where it listens; loopback only
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3979")]
        listen: SocketAddr,
        /// Where the bot listens
        #[arg(long, value_name = "URL")]
        bot: Option<String>,
        /// The host name the bot is asked under, if it is not that of the URL
        #[arg(long, value_name = "HOST", requires = "bot")]
        bot_host: Option<String>,
        /// Let go wrong what this file says; docs/simulator.md explains it
        #[arg(long, value_name = "FILE")]
        faults: Option<PathBuf>,
    },
    /// Define and list what people can subscribe to (TABLE_NAME, MICROSOFT_APP_TENANT_ID, AWS_…)
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Watch feeds, JSON documents, status pages and releases, and tell what is new in them
    #[command(subcommand)]
    Watch(WatchCommand),
    /// Ask people, and see what they answered
    #[command(subcommand)]
    Poll(PollCommand),
    /// Check a notification and queue it, or show what would come of it
    Send(SendOptions),
    /// What became of a notification: how far it is, who did not get it and why
    Report(ReportOptions),
    /// Stop what is not sent of a notification
    Cancel(Meant),
    /// Send a notification again to whoever it could not be sent to
    Resend(ResendOptions),
    /// Delete the message of a notification wherever it was sent
    Recall(Meant),
    /// Replace the message of a notification wherever it was sent
    Update(UpdateOptions),
    /// Look at dead letters and move them back to their queues
    Redrive(RedriveOptions),
}

impl CommandLine {
    /// Does what was asked.
    ///
    /// # Errors
    ///
    /// What the person at the terminal has to know, causes included.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let environment = Environment::of_process();
        self.run_with(environment, &mut Terminal::of_process())
            .await
    }

    /// Does what was asked, with these variables and on this terminal.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_with(
        self,
        environment: Environment,
        terminal: &mut Terminal,
    ) -> anyhow::Result<ExitCode> {
        match self.command.unwrap_or(Command::Local(self.local)) {
            Command::Local(options) => local_command::run(options).await,
            Command::Simulator {
                listen,
                bot,
                bot_host,
                faults,
            } => {
                let bot = simulator_command::endpoint(bot.as_deref(), bot_host.as_deref())?;
                simulator_command::run(listen, bot, faults.as_deref()).await
            }
            Command::Topics(command) => topics_command::run(command, environment).await,
            Command::Watch(command) => watch_command::run(command, environment, terminal).await,
            Command::Poll(command) => poll::run(command, environment, terminal).await,
            Command::Send(options) => send_command::run(options, environment, terminal).await,
            Command::Report(options) => report::run(options, environment, terminal).await,
            Command::Cancel(meant) => change_commands::cancel(meant, environment, terminal).await,
            Command::Resend(options) => {
                change_commands::resend(options, environment, terminal).await
            }
            Command::Recall(meant) => change_commands::recall(meant, environment, terminal).await,
            Command::Update(options) => {
                change_commands::update(options, environment, terminal).await
            }
            Command::Redrive(options) => redrive::run(options, environment, terminal).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};
    use textwrap::core::display_width;

    use super::*;

    fn fits(command: &mut Command) {
        let help = command.render_long_help().to_string();
        for line in help.lines() {
            assert!(display_width(line) <= 80, "{}: {line}", command.get_name());
        }
        command.get_subcommands_mut().for_each(fits);
    }

    #[test]
    fn the_help_of_every_command_fits_80_columns() {
        let mut command = CommandLine::command();
        command.build();
        fits(&mut command);
    }
}

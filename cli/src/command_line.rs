//! What can be asked of `tidings`.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use startup::Environment;

use crate::local_command::{self, LocalOptions};
use crate::simulator_command;
use crate::topics_command::{self, TopicsCommand};

/// Proactive Microsoft Teams messages from AWS.
#[derive(Debug, Parser)]
#[command(name = "tidings", version, args_conflicts_with_subcommands = true)]
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
    },
    /// Define and list what people can subscribe to (TABLE_NAME, MICROSOFT_APP_TENANT_ID, AWS_…)
    #[command(subcommand)]
    Topics(TopicsCommand),
}

impl CommandLine {
    /// Does what was asked.
    ///
    /// # Errors
    ///
    /// What the person at the terminal has to know, causes included.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command.unwrap_or(Command::Local(self.local)) {
            Command::Local(options) => local_command::run(options).await,
            Command::Simulator {
                listen,
                bot,
                bot_host,
            } => simulator_command::run(listen, bot.as_deref(), bot_host.as_deref()).await,
            Command::Topics(command) => {
                topics_command::run(command, Environment::of_process()).await
            }
        }
    }
}

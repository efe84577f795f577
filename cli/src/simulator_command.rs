//! `tidings simulator`: the small Teams alone.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use simulator::{BotEndpoint, Config, Simulator};

use crate::local::screen::{Detail, Screen};
use crate::local::weather;

/// Where the bot is asked, and under which name.
pub(crate) fn endpoint(
    bot: Option<&str>,
    bot_host: Option<&str>,
) -> anyhow::Result<Option<BotEndpoint>> {
    Ok(match (bot, bot_host) {
        (Some(url), Some(host)) => Some(BotEndpoint::url_with_host(url, host)?),
        (Some(url), None) => Some(BotEndpoint::url(url)?),
        (None, _) => None,
    })
}

pub(crate) async fn run(
    listen: SocketAddr,
    endpoint: Option<BotEndpoint>,
    faults: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let teams = Simulator::start(Config {
        listen,
        endpoint,
        ..Config::default()
    })
    .await
    .context(
        "failed to start the small Teams; choose another address with --listen 127.0.0.1:PORT",
    )?;
    if let Some(path) = faults {
        weather::begin(&teams, path)?;
    }
    let mut screen = Screen::new(&teams, io::stdout());
    screen.line(&format!("A small Teams listens on {}.\n", teams.url()))?;
    screen.line("Point a bot at it with:\n")?;
    for (name, value) in teams.environment() {
        screen.line(&format!("  {name}={value}"))?;
    }
    screen.line("\ndocs/simulator.md has what else it can do. Ctrl-C ends it.\n")?;
    let ended = tokio::signal::ctrl_c();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            ended = &mut ended => {
                ended?;
                return Ok(ExitCode::SUCCESS);
            }
            followed = screen.follow(Detail::Full) => {
                followed?;
            }
        }
    }
}

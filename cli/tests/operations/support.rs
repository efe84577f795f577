//! A local stack, people who have the bot, and the commands.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser as _;
use serde_json::{Value, json};
use simulator::{BotEndpoint, Config, Simulator, World};
use startup::Environment;
use tidings::command_line::CommandLine;
use tidings::local::functions::Mode;
use tidings::local::stack::{Addresses, Stack, StackOptions};
use tidings::local::variables::exports;
use tidings::terminal::Terminal;

/// How long a test waits for the queues to be worked off.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stack with Ana, Ben and Chloé, each of whom has the bot and has read its welcome.
pub(crate) struct Office {
    pub(crate) teams: Simulator,
    pub(crate) stack: Stack,
    folder: tempfile::TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) error: Option<String>,
    succeeded: bool,
}

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panicked").clone();
        String::from_utf8(bytes).expect("text")
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Office {
    pub(crate) async fn open() -> Self {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let world = World::contoso();
        let config = Config {
            world,
            ..Config::default()
        };
        let teams = Simulator::start(config).await.expect("a free port");
        let options = StackOptions {
            addresses: Addresses {
                bot: anywhere,
                table: anywhere,
                queues: anywhere,
            },
            data: None,
            microsoft: teams.environment(),
        };
        let stack = Stack::start(options, Mode::Simulator)
            .await
            .expect("a stack");
        teams.set_bot_endpoint(BotEndpoint::url(&stack.messaging_endpoint).expect("a URL"));
        let office = Self {
            teams,
            stack,
            folder: tempfile::tempdir().expect("a folder"),
        };
        for person in office.teams.people() {
            person.install().await;
        }
        for team in office.teams.teams() {
            let (ana, channel) = (office.teams.person("ana"), &team.channels()[0]);
            team.install(&ana, channel).await;
        }
        office.settle().await;
        office
    }

    /// Resolves when the queues are worked off.
    pub(crate) async fn settle(&self) {
        assert!(
            self.stack.idle(PATIENCE).await,
            "the queues are not worked off"
        );
    }

    /// A file with this content.
    pub(crate) fn file(&self, name: &str, content: &Value) -> String {
        self.text_file(name, &content.to_string())
    }

    pub(crate) fn text_file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        path.to_str().expect("a plain path").to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command with nobody at the terminal.
    pub(crate) async fn tidings(&self, arguments: &[&str]) -> Said {
        let paper = Paper::default();
        let terminal = Terminal::unattended(paper.clone());
        self.run(arguments, terminal, paper).await
    }

    /// Runs a command with a person who gives this answer.
    pub(crate) async fn tidings_answered(&self, arguments: &[&str], answer: &str) -> Said {
        let paper = Paper::default();
        let terminal = Terminal::answered(paper.clone(), answer);
        self.run(arguments, terminal, paper).await
    }

    /// What a shell has after the line that `tidings local` prints.
    fn pasted(&self) -> Vec<(String, String)> {
        let lines = exports(&self.stack.table_endpoint, &self.stack.queues_endpoint, &[]);
        let exported = lines
            .lines()
            .filter_map(|line| line.strip_prefix("export "));
        exported
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect()
    }

    async fn run(&self, arguments: &[&str], mut terminal: Terminal, paper: Paper) -> Said {
        let all = ["tidings"].iter().chain(arguments);
        let command = CommandLine::try_parse_from(all).expect("a command");
        let environment = Environment::from_pairs(self.pasted());
        let ended = command.run_with(environment, &mut terminal).await;
        let code = ended.as_ref().ok().map(|code| format!("{code:?}"));
        Said {
            out: paper.text(),
            succeeded: code == Some(format!("{:?}", ExitCode::SUCCESS)),
            error: ended.err().map(|error| format!("{error:#}")),
        }
    }

    /// Sends a notification and waits until it is delivered; its key.
    pub(crate) async fn send(&self, content: &Value) -> String {
        let file = self.file("sent.json", content);
        let said = self.tidings(&["send", &file]).await.well();
        self.settle().await;
        key_in(&said)
    }

    /// What of the bot this person can read now, that says this.
    pub(crate) fn reads(&self, who: &str, text: &str) -> usize {
        let messages = self.teams.messages_to(&self.teams.person(who));
        let readable = messages.iter().filter(|message| !message.deleted);
        readable.filter(|message| message.says(text)).count()
    }
}

impl Said {
    /// What was said, by a command that must have succeeded.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert!(self.succeeded, "{self:?}");
        self.out
    }

    /// What was said, and why not, by a command that must have failed.
    #[track_caller]
    pub(crate) fn badly(self) -> String {
        assert!(!self.succeeded, "{self:?}");
        format!("{}{}", self.out, self.error.unwrap_or_default())
    }
}

/// The key that `send` printed.
pub(crate) fn key_in(said: &str) -> String {
    let line = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("key"));
    line.expect("a key").trim().to_owned()
}

/// A notification to these addresses.
pub(crate) fn notification(what: &str, to: &[&str]) -> Value {
    json!({ "topic": "deploys", "to": to, "what": what,
        "item": { "name": "checkout" }, "actor": { "name": "CI" } })
}

pub(crate) const ANA: &str = "upn:ana@contoso.example";
pub(crate) const BEN: &str = "upn:ben@contoso.example";

//! Functions by others that do the same work, measured as ours are.
//!
//! What they talk to is theirs to bring: this process gives them events and reads what they used. Their environment is
//! that of the bench.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::Value;

use crate::measure::check;
use crate::process::{FunctionProcess, Program};
use crate::samples::Samples;
use crate::work::Work;

/// Events in which a process counts as young, its first one among them: most environments live no longer.
const YOUNG: usize = 20;

/// How many events a life has: the first, the others of its youth, those until it is warm, and those that are measured then. One of
/// W2 has ten messages.
pub(crate) fn life(work: Work) -> [usize; 4] {
    match work {
        Work::Inbound => [1, YOUNG - 1, 80, 500],
        _ => [1, YOUNG - 1, 30, 150],
    }
}

/// A function by somebody else.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) does: Work,
    program: Program,
    events: Vec<Bytes>,
}

impl Peer {
    /// Reads a list of peers: `name`, `does` (`W1` or `W2`), `command`, the `folder` it runs in, and `events`, a file with a
    /// list of what it is given, from that folder.
    pub(crate) fn read(list: &Path, shows_log: bool) -> anyhow::Result<Vec<Self>> {
        let read = fs::read(list).with_context(|| format!("{} is missing", list.display()))?;
        let peers: Vec<Value> = serde_json::from_slice(&read)
            .with_context(|| format!("{} is no list of peers", list.display()))?;
        let one = |(place, peer): (usize, &Value)| {
            Self::of(peer, shows_log).with_context(|| format!("peer {place} of {}", list.display()))
        };
        peers.iter().enumerate().map(one).collect()
    }

    fn of(peer: &Value, shows_log: bool) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let text = peer[name].as_str();
            text.with_context(|| format!("`{name}` is not a text"))
        };
        let folder = PathBuf::from(text("folder")?);
        let command = peer["command"].as_array().context("`command` is no list")?;
        let mut words = command.iter().map(|word| {
            let word = word.as_str().map(str::to_owned);
            word.context("`command` has something that is no text")
        });
        let binary = words.next().context("`command` is empty")??.into();
        let file = folder.join(text("events")?);
        let events = fs::read(&file).with_context(|| format!("{} is missing", file.display()))?;
        let events: Vec<Value> = serde_json::from_slice(&events)
            .with_context(|| format!("{} is no list of events", file.display()))?;
        let does = match text("does")? {
            "W1" => Work::Inbound,
            "W2" => Work::Chunk,
            other => anyhow::bail!("`does` is {other}, expected W1 or W2"),
        };
        let (needed, there) = (life(does).into_iter().sum(), events.len());
        ensure!(
            there >= needed,
            "{} has {there} events, {needed} are needed",
            file.display()
        );
        Ok(Self {
            name: text("name")?.to_owned(),
            does,
            program: Program {
                binary,
                under: Vec::new(),
                arguments: words.collect::<anyhow::Result<_>>()?,
                folder: Some(folder),
                environment: std::env::vars().collect(),
                shows_log,
            },
            events: events
                .iter()
                .map(|event| event.to_string().into())
                .collect(),
        })
    }

    /// One life of it.
    pub(crate) async fn live(&self, lives: &mut Lives) -> anyhow::Result<()> {
        live(&self.program, self.does, self.events.clone(), lives)
            .await
            .with_context(|| format!("{} failed", self.name))
    }
}

/// What a function used from its start until it is warm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lives {
    /// Milliseconds of CPU until the first event was answered.
    pub(crate) cold: Samples,
    /// Microseconds of CPU for each event of a young process, its start left out.
    pub(crate) young: Samples,
    /// The same of a warm one.
    pub(crate) warm: Samples,
}

/// Starts a function, gives it these events, and notes what they took.
pub(crate) async fn live(
    program: &Program,
    work: Work,
    events: Vec<Bytes>,
    lives: &mut Lives,
) -> anyhow::Result<()> {
    let process = FunctionProcess::start(program).await?;
    let mut events = events.into_iter();
    let mut spent = Vec::new();
    let [.., warm] = life(work);
    for count in life(work) {
        for event in events.by_ref().take(count) {
            check(work, &process.invoke(event).await?)?;
        }
        spent.push(process.cpu_when_idle().await?);
    }
    let each = |from: Duration, until: Duration, count: usize| {
        (until - from).as_secs_f64() * 1e6 / count as f64
    };
    lives.cold.push(spent[0].as_secs_f64() * 1e3);
    lives.young.push(each(process.init_cpu, spent[1], YOUNG));
    lives.warm.push(each(spent[2], spent[3], warm));
    process.stop().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(peers: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("peers.json");
        fs::write(&list, peers).unwrap();
        let error = Peer::read(&list, false).unwrap_err();
        format!("{error:#}").replace(folder.path().to_str().unwrap(), "")
    }

    #[test]
    fn a_list_that_cannot_be_used_says_why() {
        assert!(refusal("{}").starts_with("/peers.json is no list of peers"));
        assert_eq!(
            refusal(r#"[{"folder": "/", "name": "other", "does": "W1"}]"#),
            "peer 0 of /peers.json: `command` is no list"
        );
        let few = refusal(
            r#"[{"folder": "/", "name": "other", "does": "W1", "command": ["node"], "events": "dev/null"}]"#,
        );
        assert!(few.contains("/dev/null is no list of events"), "{few}");
    }
}

//! Without limits: `deliver` beside a bare loop that posts the same bodies to the same simulator.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::json;
use simulator::World as People;

use crate::events::{self, Notifications};
use crate::process::{FunctionProcess, Program};
use crate::programs::{Name, Programs};
use crate::samples::Samples;
use crate::work::AT_ONCE;
use crate::world::World;

/// Chunks of a batch, as in the template.
const CHUNKS: usize = 2;

/// How fast something sends, and what it costs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Speed {
    /// Messages a second.
    pub(crate) rate: Samples,
    /// Microseconds of CPU for each message.
    pub(crate) cpu: Samples,
}

/// Both, round by round.
#[derive(Clone, Debug, Default)]
pub(crate) struct SideBySide {
    /// Messages of each round.
    pub(crate) messages: u32,
    /// The bare loop.
    pub(crate) bare: Speed,
    /// `deliver`, claims and records included.
    pub(crate) deliver: Speed,
}

/// What both are given and measured in.
struct Contest<'a> {
    world: World,
    programs: &'a Programs,
    planner: FunctionProcess,
    notifications: Notifications,
    people: u32,
}

/// Lets both send to so many people, in turn.
pub(crate) async fn side_by_side(
    programs: &Programs,
    people: u32,
    rounds: usize,
    told: &mut dyn FnMut(String),
) -> anyhow::Result<SideBySide> {
    let mut found = SideBySide {
        messages: people,
        ..SideBySide::default()
    };
    for round in 1..=rounds {
        // A world of its own for each round: who is written to again and again has a window that costs calls.
        told(format!("round {round} of {rounds}: people become known"));
        let world = World::start_with(People::crowd(people)).await?;
        world.make_known().await?;
        let planner = FunctionProcess::start(&program(&world, programs, Name::Notify)).await?;
        let mut contest = Contest {
            world,
            programs,
            planner,
            notifications: Notifications::default(),
            people,
        };
        told(format!("round {round} of {rounds}: deliver"));
        contest.deliver(&mut found.deliver).await?;
        told(format!("round {round} of {rounds}: bare loop"));
        contest.post(&mut found.bare).await?;
        contest.planner.stop().await?;
    }
    Ok(found)
}

fn program(world: &World, programs: &Programs, name: Name) -> Program {
    let mut environment = world.environment(name);
    for (variable, value) in [
        ("DELIVERY_RATE", "10000"),
        ("ALARM_SHARE", "0"),
        ("BROADCAST_APPROVAL_ABOVE", "0"),
        ("CANARY_PERCENT", "0"),
    ] {
        environment.push((variable.to_owned(), value.to_owned()));
    }
    Program {
        binary: programs.binary(name),
        under: Vec::new(),
        arguments: Vec::new(),
        folder: None,
        environment,
        shows_log: false,
    }
}

impl Contest<'_> {
    async fn deliver(&mut self, speed: &mut Speed) -> anyhow::Result<()> {
        let event = self.notifications.event_for_everybody();
        succeeds(&self.planner, event).await?;
        // Planning goes on in pages.
        loop {
            let pages = self.world.take("notification")?;
            if pages.is_empty() {
                break;
            }
            succeeds(&self.planner, events::queued("notification", &pages)).await?;
        }
        let chunks = self.world.take("broadcast")?;
        let batches = chunks.chunks(CHUNKS);
        let batches = batches.map(|chunks| events::queued("broadcast", chunks));
        self.measure(Name::Deliver, batches.collect(), speed).await
    }

    async fn post(&mut self, speed: &mut Speed) -> anyhow::Result<()> {
        let teams = &self.world.teams;
        let people = teams.people();
        let latest = people.first().map(|person| teams.messages_to(person));
        let latest = latest.and_then(|mut messages| messages.pop());
        let activity = latest
            .context("deliver sent something")?
            .activity
            .to_string();
        let url = |person: &simulator::Person| {
            let conversation = person.conversation_id().replace(':', "%3A");
            let service_url = teams.service_url();
            format!("{service_url}v3/conversations/{conversation}/activities")
        };
        // As many in one event as a batch of chunks reaches.
        let batches = people.chunks(self.in_a_batch()).map(|people| {
            let posts = json!({
                "urls": people.iter().map(url).collect::<Vec<_>>(),
                "token": teams.connector_token(),
                "activity": activity,
                "at_once": AT_ONCE,
            });
            posts.to_string().into()
        });
        let batches = batches.collect();
        self.measure(Name::Posts, batches, speed).await
    }

    fn in_a_batch(&self) -> usize {
        CHUNKS * 100
    }

    /// Hands the events to a process that has had no other.
    async fn measure(
        &self,
        name: Name,
        batches: Vec<Bytes>,
        speed: &mut Speed,
    ) -> anyhow::Result<()> {
        let teams = &self.world.teams;
        let before = teams.traffic().requests;
        let process = FunctionProcess::start(&program(&self.world, self.programs, name)).await?;
        let mut took = Duration::ZERO;
        for batch in batches {
            took += succeeds(&process, batch).await?;
        }
        let cpu = process.cpu_when_idle().await? - process.init_cpu;
        process.stop().await?;
        let sent = teams.traffic().requests - before;
        ensure!(
            sent == u64::from(self.people),
            "{} sent {sent} messages to {} people",
            name.as_str(),
            self.people
        );
        speed.rate.push(sent as f64 / took.as_secs_f64());
        speed.cpu.push(cpu.as_secs_f64() * 1e6 / sent as f64);
        Ok(())
    }
}

async fn succeeds(process: &FunctionProcess, event: Bytes) -> anyhow::Result<Duration> {
    let invocation = process.invoke(event).await?;
    let failures = invocation.answer["batchItemFailures"].as_array();
    ensure!(
        failures.is_some_and(Vec::is_empty),
        "unexpected answer {}",
        invocation.answer
    );
    Ok(invocation.took)
}

//! Runs functions and reads what they used.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use simulator::{Operation, Person};

use crate::events::{self, Notifications};
use crate::peers::{self, Lives};
use crate::process::{FunctionProcess, Program};
use crate::programs::{Name, Programs};
use crate::results::{Results, Slow, Warm};
use crate::samples::Samples;
use crate::work::{AT_ONCE, BURST, Work};
use crate::world::{PEOPLE, World};
use testbed::Invocation;

/// How long the slow Connector takes for a message.
pub(crate) const SLOW: Duration = Duration::from_millis(50);

/// Events that warm a process up before it is measured: buffers have grown and connections are open.
const WARM_UP: usize = 10;

/// Measures; holds what has to live on between two measurements.
pub(crate) struct Bench {
    world: World,
    programs: Programs,
    planner: FunctionProcess,
    notifications: Notifications,
    /// Everybody, and how many of them the events reached in this turn.
    everybody: Vec<Person>,
    reached: usize,
    shows_log: bool,
}

impl Bench {
    /// Starts the world, whose people have the bot; those who talk to it install it through `messages`.
    pub(crate) async fn start(programs: Programs, shows_log: bool) -> anyhow::Result<Self> {
        let world = World::start().await?;
        world.make_known().await?;
        let program = |name| Program {
            binary: programs.binary(name),
            under: Vec::new(),
            arguments: Vec::new(),
            folder: None,
            environment: world.environment(name),
            shows_log,
        };
        let messages = Arc::new(FunctionProcess::start(&program(Name::Messages)).await?);
        events::install(&world, &world.people(), messages).await?;
        let planner = FunctionProcess::start(&program(Name::Notify)).await?;
        let everybody = world.teams.people();
        ensure!(everybody.len() >= PEOPLE, "one batch reaches more people");
        Ok(Self {
            world,
            programs,
            planner,
            notifications: Notifications::default(),
            everybody,
            reached: 0,
            shows_log,
        })
    }

    /// Ends what still runs.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.planner.stop().await
    }

    pub(crate) fn program(&self, name: Name) -> Program {
        Program {
            binary: self.programs.binary(name),
            under: Vec::new(),
            arguments: Vec::new(),
            folder: None,
            environment: self.world.environment(name),
            shows_log: self.shows_log,
        }
    }

    /// One cold start: the initialisation, and the first event.
    pub(crate) async fn cold(&mut self, name: Name, results: &mut Results) -> anyhow::Result<()> {
        let work = Work::first_of(name);
        let event = self.events(work, 1).await?.pop();
        let event = event.context("one event was made")?;
        let (tokens, keys) = (self.tokens_asked(), self.keys_asked());
        let process = FunctionProcess::start(&self.program(name)).await?;
        check(work, &process.invoke(event).await?)?;
        let first_cpu = process.cpu_when_idle().await?;
        let cold = results.cold.entry(name).or_default();
        cold.init.push(milliseconds(process.initialised_after));
        cold.init_cpu.push(milliseconds(process.init_cpu));
        cold.first_cpu.push(milliseconds(first_cpu));
        if work == Work::Chunk {
            let asked = &mut results.asked;
            asked.tokens.push((self.tokens_asked() - tokens) as f64);
            asked.keys.push((self.keys_asked() - keys) as f64);
        }
        process.stop().await
    }

    /// One warm run of so many events, after a few that are not counted.
    pub(crate) async fn warm(
        &mut self,
        work: Work,
        count: usize,
        results: &mut Results,
    ) -> anyhow::Result<()> {
        let events = self.events(work, WARM_UP + count).await?;
        let process = FunctionProcess::start(&self.program(work.program())).await?;
        let mut events = events.into_iter();
        for event in events.by_ref().take(WARM_UP) {
            check(work, &process.invoke(event).await?)?;
        }
        let (cpu, used) = (process.cpu_when_idle().await?, self.world.table.used());
        let mut latency = Samples::default();
        for event in events {
            let invocation = process.invoke(event).await?;
            check(work, &invocation)?;
            latency.push(milliseconds(invocation.took));
        }
        let cpu = process.cpu_when_idle().await? - cpu;
        let calls = self.world.table.used_since(used).calls;
        let warm: &mut Warm = results.warm.entry(work).or_default();
        warm.latency.push(latency.median());
        warm.cpu.push(cpu.as_secs_f64() * 1e6 / count as f64);
        warm.table_calls.push(calls as f64 / count as f64);
        warm.memory.push(process.peak_memory()? as f64);
        process.stop().await
    }

    /// One life of a function, from its start until it is warm.
    pub(crate) async fn live(&mut self, work: Work, lives: &mut Lives) -> anyhow::Result<()> {
        let count = peers::life(work).into_iter().sum();
        let events = self.events(work, count).await?;
        peers::live(&self.program(work.program()), work, events, lives).await
    }

    /// One warm run against a Connector that takes [`SLOW`] for each message.
    pub(crate) async fn slow(
        &mut self,
        work: Work,
        count: usize,
        results: &mut Results,
    ) -> anyhow::Result<()> {
        const FIRST: usize = 2;
        let events = self.events(work, FIRST + count).await?;
        let process = FunctionProcess::start(&self.program(work.program())).await?;
        let (mut latency, mut without_table) = (Samples::default(), Samples::default());
        self.world.slow_down(Some(SLOW));
        for (number, event) in events.into_iter().enumerate() {
            let used = self.world.table.used();
            let invocation = process.invoke(event).await?;
            check(work, &invocation)?;
            if number >= FIRST {
                let open_for = self.world.table.used_since(used).open_for;
                latency.push(milliseconds(invocation.took));
                without_table.push(milliseconds(invocation.took.saturating_sub(open_for)));
            }
        }
        self.world.slow_down(None);
        let slow: &mut Slow = results.slow.entry(work).or_default();
        slow.latency.push(latency.median());
        slow.without_table.push(without_table.median());
        process.stop().await
    }

    /// Events that this process of the bench has not given to anybody yet.
    pub(crate) async fn events(&mut self, work: Work, count: usize) -> anyhow::Result<Vec<Bytes>> {
        let repeated = |event: Bytes| vec![event; count];
        Ok(match work {
            Work::Empty => repeated(events::empty()),
            Work::Tick => repeated(events::tick()),
            Work::BareBatch => repeated(events::bare_batch(&self.world)),
            Work::Burst => repeated(events::burst(&self.world, BURST, AT_ONCE)?),
            Work::BareInbound | Work::Inbound => events::inbound(&self.world, count).await?,
            Work::Planning => self.notifications_to_all(PEOPLE, count),
            Work::Chunk => {
                let notifications = self.notifications_to_all(PEOPLE, count);
                self.plan(notifications, 1).await?
            }
            Work::Records => {
                let notifications = (0..count).map(|_| {
                    let people = self.others(PEOPLE);
                    self.notifications.event_for_each(&people)
                });
                let notifications = notifications.collect();
                self.plan(notifications, PEOPLE).await?
            }
        })
    }

    /// The smallest event that makes a program do its work.
    pub(crate) async fn smallest(
        &mut self,
        name: Name,
        count: usize,
    ) -> anyhow::Result<Vec<Bytes>> {
        match name {
            Name::Notify => Ok(self.notifications_to_all(1, count)),
            Name::Deliver => {
                let notifications = self.notifications_to_all(1, count);
                self.plan(notifications, 1).await
            }
            _ => self.events(Work::first_of(name), count).await,
        }
    }

    fn notifications_to_all(&mut self, people: usize, count: usize) -> Vec<Bytes> {
        let each = (0..count).map(|_| {
            let people = self.others(people);
            self.notifications.event_for_all(&people)
        });
        each.collect()
    }

    /// So many people who got nothing yet, or got it longest ago.
    fn others(&mut self, count: usize) -> Vec<Person> {
        if self.reached + count > self.everybody.len() {
            self.reached = 0;
        }
        let from = self.reached;
        self.reached += count;
        self.everybody[from..self.reached].to_vec()
    }

    /// Lets `notify` plan, and makes batches of so many of the deliveries it queues.
    async fn plan(&self, notifications: Vec<Bytes>, in_batch: usize) -> anyhow::Result<Vec<Bytes>> {
        let wanted = notifications.len();
        self.world.take_deliveries()?;
        for event in notifications {
            check(Work::Planning, &self.planner.invoke(event).await?)?;
        }
        let deliveries = self.world.take_deliveries()?;
        let batches: Vec<_> = deliveries
            .chunks(in_batch)
            .map(events::deliveries)
            .collect();
        ensure!(
            batches.len() == wanted,
            "{} deliveries make {} batches of {in_batch}, expected {wanted}",
            deliveries.len(),
            batches.len()
        );
        Ok(batches)
    }

    fn tokens_asked(&self) -> u64 {
        self.world.teams.count(Operation::Token)
    }

    fn keys_asked(&self) -> u64 {
        let teams = &self.world.teams;
        teams.count(Operation::OpenIdMetadata) + teams.count(Operation::SigningKeys)
    }
}

/// Whether the function did what it was asked.
pub(crate) fn check(work: Work, invocation: &Invocation) -> anyhow::Result<()> {
    let answer = &invocation.answer;
    let good = match work {
        Work::Empty => answer["ok"] == true,
        Work::Inbound | Work::BareInbound => answer["statusCode"] == 200,
        Work::Tick => true,
        Work::Planning | Work::Chunk | Work::Records | Work::BareBatch | Work::Burst => {
            let failures = answer["batchItemFailures"].as_array();
            failures.is_some_and(Vec::is_empty)
        }
    };
    ensure!(good, "{}: unexpected answer {answer}", work.label());
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

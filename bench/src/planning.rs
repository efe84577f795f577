//! `bench planning`: a real `notify` plans a broadcast to very many people, undisturbed and killed again and again.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use aws::AwsClients;
use aws::dynamodb::{AttributeValue, Item, PutItem, ReturnValue};
use aws::dynamodb::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, TransactWriteItems};
use bytes::Bytes;
use http_client::HttpClient;
use notifications::{NotificationKey, RecipientKey};
use simulator::World as People;
use store::BroadcastStage;
use work_items::DeliveryChunk;

use crate::events::{self, Notifications};
use crate::process::{FunctionProcess, Program};
use crate::programs::{Name, Programs};
use crate::progress::Progress;
use crate::samples::Samples;
use crate::table::Table;
use crate::world::World;

/// Measures the planning of a broadcast to very many people.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many people the broadcast is for.
    #[arg(long, default_value_t = 1_000_000)]
    people: u32,
    /// The second time, one in so many invocations is killed.
    #[arg(long, default_value_t = 5)]
    kill: usize,
    /// Measures the release binary that is there.
    #[arg(long)]
    no_build: bool,
}

/// Items that one request writes.
const TOGETHER: usize = 100;

/// How planning went.
#[derive(Clone, Debug, Default)]
struct Went {
    invocations: usize,
    kills: usize,
    chunks: u64,
    took: Duration,
    /// Milliseconds of each invocation that was answered.
    each: Vec<f64>,
    /// The peak of the memory of the process after each invocation, in bytes.
    memory: Vec<u64>,
}

/// Runs it, and returns the report.
pub(crate) async fn run(options: Options) -> anyhow::Result<String> {
    let programs = Programs::find()?;
    if !options.no_build {
        Programs::build(Name::Notify)?;
    }
    let world = World::start_with(People::crowd(1)).await?;
    let people = options.people;
    let mut progress = Progress::new(usize::try_from(people)?);
    progress.phase(format!("{people} people get the app"));
    everyone(&world, people, &mut progress).await?;
    progress.end();

    let mut notifications = Notifications::default();
    let mut rows = Vec::new();
    for (name, kill) in [
        ("undisturbed", None),
        ("killed again and again", Some(options.kill)),
    ] {
        let mut planning = Planning {
            world: &world,
            program: program(&world, &programs),
            people,
            kill,
            went: Went::default(),
            queued: HashMap::new(),
            notification: None,
        };
        planning
            .run(name, notifications.event_for_everybody())
            .await?;
        rows.push((name, planning.went));
    }
    Ok(report(people, &rows))
}

/// The list of everyone gets so many people; nothing else is known of them.
async fn everyone(world: &World, people: u32, progress: &mut Progress) -> anyhow::Result<()> {
    let settings = aws::Settings::emulator(world.table.url());
    let client = AwsClients::new(HttpClient::new(), settings).dynamodb();
    let numbers: Vec<u32> = (0..people).collect();
    for (done, some) in numbers.chunks(TOGETHER).enumerate() {
        let items: Vec<Item> = some.iter().map(|number| listed(world, *number)).collect();
        let puts = items.iter().map(|item| {
            TransactWriteItem::Put(PutItem {
                table_name: world.store.table(),
                item,
                condition_expression: None,
                expression_attribute_names: None,
                expression_attribute_values: None,
                return_values: ReturnValue::None,
                return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure::None,
            })
        });
        let request = TransactWriteItems::new(puts.collect());
        client.send(&request).await?;
        progress.at((done + 1) * TOGETHER, "are on the list");
    }
    Ok(())
}

/// The item of a person on the list of everyone.
fn listed(world: &World, number: u32) -> Item {
    let id = format!("3b5e7d10-8c1f-4d4e-9c55-{number:012x}");
    let key = RecipientKey::person(&id.as_str().into());
    let bucket = key.bucket();
    let partition = format!("EVERYONE#{}#{:x}", world.teams.tenant(), bucket.0 >> 4);
    let texts = [("pk", partition), ("sk", format!("{bucket}#{key}"))];
    let value = |(name, text): (&str, String)| (name.to_owned(), AttributeValue::S(text));
    texts.into_iter().map(value).collect()
}

/// Nobody is asked, and nobody goes first: it is the planning that is measured.
fn program(world: &World, programs: &Programs) -> Program {
    let mut environment = world.environment(Name::Notify);
    for variable in ["BROADCAST_APPROVAL_ABOVE", "CANARY_PERCENT"] {
        environment.push((variable.to_owned(), "0".to_owned()));
    }
    Program {
        binary: programs.binary(Name::Notify),
        under: Vec::new(),
        arguments: Vec::new(),
        folder: None,
        environment,
        shows_log: false,
    }
}

struct Planning<'a> {
    world: &'a World,
    program: Program,
    people: u32,
    kill: Option<usize>,
    went: Went,
    /// Recipients by chunk.
    queued: HashMap<String, usize>,
    notification: Option<NotificationKey>,
}

impl Planning<'_> {
    async fn run(&mut self, name: &str, event: Bytes) -> anyhow::Result<()> {
        let pages = self.people.div_ceil(50 * 98);
        // Each page is planned, then released.
        let mut progress = Progress::new(usize::try_from(2 * pages)?);
        progress.phase(name);
        let begun = Instant::now();
        let mut process = FunctionProcess::start(&self.program).await?;
        let mut waiting = VecDeque::from([event]);
        while let Some(event) = waiting.pop_front() {
            self.went.invocations += 1;
            let kills = self
                .kill
                .is_some_and(|kill| self.went.invocations.is_multiple_of(kill));
            if !kills {
                let invocation = process.invoke(event).await?;
                let failures = invocation.answer["batchItemFailures"].as_array();
                ensure!(
                    failures.is_some_and(Vec::is_empty),
                    "unexpected answer {}",
                    invocation.answer
                );
                self.went.each.push(invocation.took.as_secs_f64() * 1e3);
                self.went.memory.push(process.peak_memory()?);
            } else {
                self.kill(process, event.clone()).await?;
                process = FunctionProcess::start(&self.program).await?;
                // The queue shows it again.
                waiting.push_back(event);
            }
            for message in self.world.take_all("notification")? {
                waiting.push_back(events::queued("notification", &[message]));
            }
            self.take_chunks()?;
            progress.at(self.went.each.len(), "pages were planned or released");
        }
        progress.end();
        process.stop().await?;
        self.went.took = begun.elapsed();
        self.account().await
    }

    /// Hands the event to the process and kills it at some moment before it can have answered.
    async fn kill(&mut self, process: FunctionProcess, event: Bytes) -> anyhow::Result<()> {
        let usual: Samples = self.went.each.iter().copied().collect();
        // The golden ratio spreads numbers evenly.
        let part = (self.went.kills as f64 * 0.618_033_988_749_895).fract();
        let after = Duration::from_secs_f64(usual.median() * part / 1e3);
        tokio::select! {
            biased;
            answered = process.invoke(event) => drop(answered?),
            () = tokio::time::sleep(after) => {}
        }
        self.went.memory.push(process.peak_memory()?);
        self.went.kills += 1;
        process.stop().await
    }

    fn take_chunks(&mut self) -> anyhow::Result<()> {
        for message in self.world.take_all("broadcast")? {
            let chunk = DeliveryChunk::parse(&message.body)?;
            let recipients = chunk.recipients.len();
            let before = self.queued.insert(chunk.chunk.to_string(), recipients);
            ensure!(
                before.is_none_or(|before| before == recipients),
                "a chunk was queued again with others in it"
            );
            self.notification = Some(chunk.notification);
        }
        Ok(())
    }

    /// Everybody is in one chunk, and every chunk is queued.
    async fn account(&mut self) -> anyhow::Result<()> {
        let key = self.notification.as_ref().context("nothing was queued")?;
        let ledger = self.world.store.ledger();
        let plan = ledger.plan(key).await?;
        let broadcast = ledger.broadcast(key).await?;
        let stage = broadcast.map(|broadcast| broadcast.stage);
        ensure!(
            stage == Some(BroadcastStage::Released),
            "it stands at {stage:?}"
        );
        let queued: usize = self.queued.values().sum();
        let people = u64::from(self.people);
        ensure!(
            (queued as u64, plan.recipients) == (people, people),
            "{queued} were queued and {} planned of {people}",
            plan.recipients
        );
        ensure!(
            self.queued.len() as u64 == plan.chunks,
            "a chunk is missing"
        );
        self.went.chunks = plan.chunks;
        Ok(())
    }
}

fn report(people: u32, rows: &[(&str, Went)]) -> String {
    let mut table = Table::new(&[
        "",
        "invocations",
        "killed",
        "ms each",
        "last tenth",
        "MB first tenth",
        "MB at most",
    ]);
    let mut chunks = 0;
    for (name, went) in rows {
        chunks = went.chunks;
        let tenth = |all: &[f64]| all.len().div_ceil(10);
        let last = &went.each[went.each.len() - tenth(&went.each)..];
        let median = |some: &[f64]| some.iter().copied().collect::<Samples>().median();
        let first_memory = went
            .memory
            .iter()
            .take(went.memory.len().div_ceil(10))
            .max();
        let mega = |bytes: Option<&u64>| format!("{:.1}", *bytes.unwrap_or(&0) as f64 / 1e6);
        table.row(vec![
            format!("{name}, {:.0} s", went.took.as_secs_f64()),
            went.invocations.to_string(),
            went.kills.to_string(),
            format!("{:.0}", median(&went.each)),
            format!("{:.0}", median(last)),
            mega(first_memory),
            mega(went.memory.iter().max()),
        ]);
    }
    format!(
        "Planning a broadcast to {people} people, in {chunks} chunks: everybody is in one chunk\n\n{}",
        table.render()
    )
}

//! Everything that runs: the table, the queues, the functions, the bot's endpoint.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use axum::Router;
use polling::event::{COMMAND, DEFINE, QUORUM};
use serde_json::json;
use startup::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::asynchronous::Asynchronous;
use super::aws_face::AwsFace;
use super::bot_endpoint::BotEndpoint;
use super::bus::{Bus, Rule, Target};
use super::engine::Engine;
use super::event_source::EventSource;
use super::function::Function;
use super::functions::{Functions, Mode};
use super::queues::Queues;
use super::schedules::LocalSchedules;
use super::sqs_face::SqsFace;
use super::variables::{self, BALLOTS, TABLE};

/// How often the tick comes, as in the template.
const TICK: Duration = Duration::from_secs(60);

/// How often what schedules have missed is looked for, as in the template.
const SWEEP: Duration = Duration::from_secs(300);

/// Where everything listens. Port 0 takes a free one.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The bot's messaging endpoint.
    pub bot: SocketAddr,
    /// The DynamoDB engine.
    pub table: SocketAddr,
    /// The queues.
    pub queues: SocketAddr,
}

/// What the stack needs to know.
#[derive(Clone, Debug)]
pub struct StackOptions {
    /// Where to listen.
    pub addresses: Addresses,
    /// Where data survives a restart; in memory when absent.
    pub data: Option<PathBuf>,
    /// The `MICROSOFT_…` variables and their neighbours.
    pub microsoft: Vec<(&'static str, String)>,
}

/// A running stack; it stops when the value is dropped.
pub struct Stack {
    /// Where the bot listens: `http://host:port/api/messages`.
    pub messaging_endpoint: String,
    /// Where the table is.
    pub table_endpoint: String,
    /// Where the queues are.
    pub queues_endpoint: String,
    /// The environment every function was started with.
    pub environment: Vec<(String, String)>,
    /// The queues.
    pub queues: Queues,
    tick: Function,
    watch: Function,
    sources: Vec<EventSource>,
    by_events: Vec<Asynchronous>,
    running: Vec<JoinHandle<()>>,
    _engine: Engine,
}

impl Stack {
    /// Starts everything; nothing is played yet.
    ///
    /// # Errors
    ///
    /// When an address is taken, a data file cannot be used, or the configuration is wrong.
    pub async fn start(options: StackOptions, mode: Mode) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        if let Some(folder) = &options.data {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("failed to make the data folder {}", folder.display()))?;
        }
        let data = options.data.as_deref();
        let bot = listen(options.addresses.bot, "the bot", "--bot")?;
        let table = listen(options.addresses.table, "the table", "--table")?;
        let sqs = listen(options.addresses.queues, "the queues", "--queues")?;

        let engine = Engine::start(TcpListener::from_std(table)?, data)?;
        let queues = Queues::open(data)?;
        let queues_endpoint = format!("http://{}", sqs.local_addr()?);
        let face = SqsFace::new(queues_endpoint.clone(), queues.all(), clock.clone());
        let environment = environment(&options, &engine, &face);

        create_table(&environment).await?;
        let functions = Functions::new(&environment, mode, &bot)?;
        let letters = queues.watch_dead_letters.clone();
        let watch = Asynchronous::new(functions.watch.clone(), letters, clock.clone());
        let letters = queues.polls_dead_letters.clone();
        let polls = Asynchronous::new(functions.polls, letters, clock.clone());
        let bus = Bus::new(rules(&queues, &polls, &watch), clock.clone());
        let by_events = vec![polls.clone(), watch];
        let schedules = LocalSchedules::open(by_events.clone(), data, clock.clone())?;
        let face = AwsFace {
            queues: face,
            bus,
            schedules: schedules.clone(),
        };
        let mut running = vec![serve(sqs, face.router())?];
        running.push(tokio::spawn(schedules.run()));
        let endpoint = BotEndpoint {
            messages: functions.messages,
            notifications: queues.notification.queue.clone(),
            clock: clock.clone(),
        };
        let messaging_endpoint = format!("http://{}/api/messages", bot.local_addr()?);
        running.push(serve(bot, endpoint.router())?);

        let sources: Vec<EventSource> = [
            (&queues.notification, &functions.notify),
            (&queues.delivery, &functions.deliver),
            (&queues.broadcast, &functions.deliver),
            (&queues.task, &functions.tasks),
        ]
        .into_iter()
        .map(|(pair, function)| {
            EventSource::new(pair.queue.clone(), function.clone(), clock.clone())
        })
        .collect();
        running.extend(
            sources
                .iter()
                .map(|source| tokio::spawn(source.clone().run())),
        );
        running.push(tokio::spawn(ticks(functions.tasks.clone(), clock.clone())));
        running.push(tokio::spawn(sweeps(polls.clone(), clock)));
        Ok(Self {
            messaging_endpoint,
            table_endpoint: engine.endpoint(),
            queues_endpoint,
            environment,
            queues,
            tick: functions.tasks,
            watch: functions.watch,
            sources,
            by_events,
            running,
            _engine: engine,
        })
    }

    /// Whether every queue and event is worked off. What waits for later does not count.
    pub fn is_idle(&self) -> bool {
        self.sources.iter().all(EventSource::is_idle)
            && self.by_events.iter().all(Asynchronous::is_idle)
    }

    /// Resolves when every queue is worked off, or when `limit` has passed: then `false`.
    pub async fn idle(&self, limit: Duration) -> bool {
        let idle = async {
            while !self.is_idle() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(limit, idle).await.is_ok()
    }

    /// Lets a minute pass for the functions.
    ///
    /// # Errors
    ///
    /// When the `tasks` function fails.
    pub async fn tick(&self) -> anyhow::Result<()> {
        self.tick.invoke(tick_event()).await?;
        Ok(())
    }

    /// Lets `watch` look at the sources of this period, as its schedule would.
    ///
    /// # Errors
    ///
    /// When the `watch` function fails.
    pub async fn look(&self, period: &str) -> anyhow::Result<()> {
        self.watch.invoke(json!({ "period": period })).await?;
        Ok(())
    }

    /// How many messages can never succeed and wait for an operator.
    pub fn dead_letters(&self) -> usize {
        let queues = self.queues.dead_letters();
        queues.iter().map(|queue| queue.peek().len()).sum()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        for task in &self.running {
            task.abort();
        }
    }
}

/// The rules of the template's buses.
fn rules(queues: &Queues, polls: &Asynchronous, watch: &Asynchronous) -> Vec<Rule> {
    vec![
        Rule {
            takes: |source, kind| !source.starts_with("tidings") && !is_for_polls(kind),
            target: Target::Queue(queues.notification.queue.clone()),
        },
        Rule {
            takes: |source, kind| source == "tidings" && kind.starts_with("tidings.watch."),
            target: Target::Function(watch.clone()),
        },
        Rule {
            takes: |_, kind| is_for_polls(kind),
            target: Target::Function(polls.clone()),
        },
    ]
}

fn listen(address: SocketAddr, what: &str, option: &str) -> anyhow::Result<StdListener> {
    if !address.ip().is_loopback() {
        return Err(anyhow!(
            "refusing to listen on {address} for {what}: a local run is for this machine alone; use {option} 127.0.0.1:PORT"
        ));
    }
    let listener = StdListener::bind(address).with_context(|| {
        format!(
            "failed to listen on {address} for {what}; choose another with {option} 127.0.0.1:PORT"
        )
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn serve(listener: StdListener, router: Router) -> anyhow::Result<JoinHandle<()>> {
    let listener = TcpListener::from_std(listener)?;
    Ok(tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(error = %error, "a local server stopped");
        }
    }))
}

fn environment(options: &StackOptions, engine: &Engine, face: &SqsFace) -> Vec<(String, String)> {
    let mut all: Vec<(&str, String)> = variables::of_watch().into();
    // What somebody set comes behind, and counts.
    all.extend(options.microsoft.iter().cloned());
    all.extend(variables::of_aws(&engine.endpoint(), face.endpoint()));
    all.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

async fn create_table(environment: &[(String, String)]) -> anyhow::Result<()> {
    let environment = startup::Environment::from_pairs(environment.iter().cloned());
    let settings = aws::Settings::from_lookup(&|name| environment.optional(name))?;
    let clients = aws::AwsClients::new(http_client::HttpClient::new(), settings);
    let store = store::Store::new(clients.dynamodb(), TABLE).with_ballots(BALLOTS);
    store
        .create_table()
        .await
        .context("failed to create the local table")?;
    store
        .create_ballot_table()
        .await
        .context("failed to create the local table of ballots")
}

/// What `polls` takes from the bus, whoever sends it.
fn is_for_polls(kind: &str) -> bool {
    [DEFINE, COMMAND, QUORUM].contains(&kind)
}

async fn sweeps(polls: Asynchronous, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep(SWEEP).await;
        polls.invoke(json!({ "sweep": true }));
    }
}

async fn ticks(tasks: Function, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep(TICK).await;
        if let Err(error) = tasks.invoke(tick_event()).await {
            tracing::error!(error = %error, "a tick failed");
        }
    }
}

/// What the schedule of the template sends every minute.
fn tick_event() -> serde_json::Value {
    json!({ "source": "tidings", "detail-type": "tidings.tick", "detail": {} })
}

//! What stands around a function: the table, the queues, and a small Teams.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use aws::AwsClients;
use axum::Router;
use axum::serve::ListenerExt as _;
use http_client::HttpClient;
use jiff::Timestamp;
use serde_json::json;
use simulator::{Call, Config, Fault, Faults, Operation, Person, Simulator, World as People};
use startup::{Clock, SystemClock};
use store::Store;
use tidings::local::engine::Engine;
use tidings::local::queue::{InProcessQueue, QueueSettings, QueuedMessage};
use tidings::local::sqs_face::SqsFace;
use tokio::net::TcpListener;

use crate::programs::Name;
use crate::table_door::TableDoor;

/// How many people one batch reaches.
pub(crate) const PEOPLE: usize = 10;

/// How many people have the bot: more than one process is given to write to, so that nobody gets messages often enough
/// to have a window in the table. A broadcast has one message for everybody, too.
const CROWD: u32 = 3_000;

const TABLE: &str = "bench";

/// SQS delays by fifteen minutes at most.
const LONGER_THAN_ANY_DELAY: Duration = Duration::from_secs(3_600);

const PASSWORD: &str = "MICROSOFT_APP_PASSWORD";

/// How `template.yaml` sets the C library's allocator.
const ALLOCATOR: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=200");

const QUEUES: [&str; 4] = ["notification", "delivery", "broadcast", "task"];

/// Everything around a function; it ends when the value is dropped.
pub(crate) struct World {
    /// The small Teams.
    pub(crate) teams: Simulator,
    /// The way to the table.
    pub(crate) table: TableDoor,
    /// What the table holds.
    pub(crate) store: Store,
    queues: Vec<InProcessQueue>,
    clock: Arc<dyn Clock>,
    variables: Vec<(String, String)>,
    // Held so that it lives as long.
    _engine: Engine,
}

impl World {
    /// Starts everything on free ports of loopback.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_with(People::contoso().with_crowd(CROWD).with_bot_everywhere()).await
    }

    /// The same with other people.
    pub(crate) async fn start_with(people: People) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let engine = Engine::start(free_port().await?, None)?;
        let store = create_table(&engine).await?;
        let table = TableDoor::open(engine.endpoint()).await?;
        let teams = Simulator::start(Config {
            world: people,
            ..Config::default()
        })
        .await?;
        let (sqs, queues) = serve_queues(&clock).await?;
        let mut variables = variables(&teams, &table, &sqs);
        let password = variables.iter().find(|(name, _)| name == PASSWORD);
        let (_, password) = password.context("the bot has a secret")?;
        let secrets = serve_secret(password.clone()).await?;
        variables.push(("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), secrets));
        Ok(Self {
            teams,
            table,
            queues,
            store,
            clock,
            variables,
            _engine: engine,
        })
    }

    /// The environment of a program: a function's is that of a deployment, where the bot's secret is not in it.
    pub(crate) fn environment(&self, name: Name) -> Vec<(String, String)> {
        let is_password = |variable: &(String, String)| variable.0 == PASSWORD;
        let mut variables = self.variables.clone();
        if name != Name::Work {
            variables.retain(|variable| !is_password(variable));
            variables.push((format!("{PASSWORD}_SECRET_ID"), "bench".to_owned()));
        }
        if Name::FUNCTIONS.contains(&name) {
            variables.push((ALLOCATOR.0.to_owned(), ALLOCATOR.1.to_owned()));
        }
        variables
    }

    /// The people that talk to the bot: some who read Spanish, most who read English.
    pub(crate) fn people(&self) -> Vec<Person> {
        self.teams.people().into_iter().take(PEOPLE).collect()
    }

    /// The table learns that everybody has the bot, and where.
    pub(crate) async fn make_known(&self) -> anyhow::Result<()> {
        for person in self.teams.people() {
            let now = self.clock.now();
            let seen = rehearsal::seen_with_bot(&self.teams, &person, now)?;
            self.store.people().remember(&seen).await?;
        }
        Ok(())
    }

    /// Takes every delivery out of its queue, oldest first.
    pub(crate) fn take_deliveries(&self) -> anyhow::Result<Vec<QueuedMessage>> {
        self.take("delivery")
    }

    /// Takes everything out of a queue, oldest first.
    pub(crate) fn take(&self, name: &str) -> anyhow::Result<Vec<QueuedMessage>> {
        let taken = self.take_as_of(name, self.clock.now())?;
        ensure!(self.queue(name)?.peek().is_empty(), "a message was delayed");
        Ok(taken)
    }

    /// The same, with what was sent for later: nobody waits for it.
    pub(crate) fn take_all(&self, name: &str) -> anyhow::Result<Vec<QueuedMessage>> {
        self.take_as_of(name, self.clock.now() + LONGER_THAN_ANY_DELAY)
    }

    fn queue(&self, name: &str) -> anyhow::Result<&InProcessQueue> {
        let queue = self.queues.iter().find(|queue| queue.name() == name);
        queue.with_context(|| format!("there is no queue {name}"))
    }

    fn take_as_of(&self, name: &str, now: Timestamp) -> anyhow::Result<Vec<QueuedMessage>> {
        let queue = self.queue(name)?;
        let mut taken = Vec::new();
        loop {
            let received = queue.receive(10, now)?;
            if received.is_empty() {
                return Ok(taken);
            }
            for message in received {
                queue.delete(&message.receipt_handle)?;
                taken.push(message.message);
            }
        }
    }

    /// Makes Teams take this long for each message of the bot.
    pub(crate) fn slow_down(&self, by: Option<Duration>) {
        let faults = by.map(|by| Arc::new(Slow(by)) as Arc<dyn Faults>);
        self.teams.set_faults(faults);
    }
}

async fn free_port() -> anyhow::Result<TcpListener> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?)
}

async fn create_table(engine: &Engine) -> anyhow::Result<Store> {
    let settings = aws::Settings::emulator(&engine.endpoint());
    let client = AwsClients::new(HttpClient::new(), settings).dynamodb();
    let store = Store::new(client, TABLE);
    store.create_table().await?;
    Ok(store)
}

async fn serve_queues(clock: &Arc<dyn Clock>) -> anyhow::Result<(SqsFace, Vec<InProcessQueue>)> {
    let queue = |name: String| {
        InProcessQueue::new(QueueSettings {
            name,
            visibility_timeout: Duration::from_secs(600),
            dead_letters: None,
        })
    };
    let names = QUEUES.iter();
    let queues: Vec<_> = names
        .flat_map(|name| [queue((*name).to_owned()), queue(dead_letters_of(name))])
        .collect();
    let listener = free_port().await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let face = SqsFace::new(endpoint, queues.clone(), clock.clone());
    let router = face.clone().router();
    let listener = listener.tap_io(|connection| {
        // A small answer must not wait for a larger one.
        connection.set_nodelay(true).ok();
    });
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            panic!("the queues stopped: {error}");
        }
    });
    Ok((face, queues))
}

/// A Secrets Manager with one secret; returns its endpoint.
async fn serve_secret(secret: String) -> anyhow::Result<String> {
    let answer = json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench",
        "Name": "bench",
        "VersionId": "00000000-0000-4000-8000-000000000000",
        "SecretString": secret,
    });
    let router = Router::new().fallback(async move || axum::Json(answer.clone()));
    let listener = free_port().await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            panic!("the secrets stopped: {error}");
        }
    });
    Ok(endpoint)
}

fn dead_letters_of(queue: &str) -> String {
    format!("{queue}-dead-letters")
}

/// The variables of all functions; each reads its own.
fn variables(teams: &Simulator, table: &TableDoor, sqs: &SqsFace) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = teams
        .environment()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut set = |name: String, value: String| variables.push((name, value));
    set("TABLE_NAME".to_owned(), TABLE.to_owned());
    for name in QUEUES {
        let variable = name.to_uppercase();
        set(format!("{variable}_QUEUE_URL"), sqs.url(name));
        let dead_letters = sqs.url(&dead_letters_of(name));
        set(format!("{variable}_DEAD_LETTER_QUEUE_URL"), dead_letters);
    }
    let endpoint = |url: &str| url.rsplitn(3, '/').last().unwrap_or_default().to_owned();
    set(
        "AWS_ENDPOINT_URL_SQS".to_owned(),
        endpoint(&sqs.url("task")),
    );
    set(
        "AWS_ENDPOINT_URL_DYNAMODB".to_owned(),
        table.url().to_owned(),
    );
    for (name, value) in [
        ("EVENT_BUS_NAME", "bench"),
        // There is no bus here: an event would ask the network for one, and wait.
        ("DELIVERY_EVENTS", "off"),
        // What a message costs is measured, not how long it waits for its turn.
        ("DELIVERY_RATE", "10000"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("AWS_SESSION_TOKEN", "not-a-token"),
    ] {
        set(name.to_owned(), value.to_owned());
    }
    variables
}

/// A Connector that takes its time for every message.
#[derive(Debug)]
struct Slow(Duration);

impl Faults for Slow {
    fn before(&self, call: &Call) -> Option<Fault> {
        use Operation::{CreateConversation, Reply, Send};
        matches!(call.operation, CreateConversation | Reply | Send).then_some(Fault::Delay(self.0))
    }
}

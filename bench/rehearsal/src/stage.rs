//! Teams, table and queues around the functions, and the functions themselves.

use std::sync::Arc;
use std::time::Duration;

use activity::{ConversationKind, ConversationReference, Provenance};
use anyhow::Context as _;
use aws::AwsClients;
use connector::Connector;
use deliver::Deliver;
use deliver::pace::{Paced, Unpaced};
use dynoxide::Database;
use http_client::HttpClient;
use jiff::Timestamp;
use notify::Notify;
use pacing::Settings;
use registration::Registration;
use simulator::{Config, Person, Recording, Simulator, World};
use startup::{Clock as _, Environment, Metrics};
use store::{SeenPerson, Store};
use tokio::net::TcpListener;

use crate::{Broadcast, InProcess, SimulatedClock, SimulatedQueue};

const TABLE: &str = "rehearsal";
/// The last part of a queue's address and ARN.
const BROADCASTS: &str = "broadcasts";

/// Everything around the functions; it ends when the value is dropped.
pub(crate) struct Stage {
    pub(crate) clock: SimulatedClock,
    pub(crate) teams: Simulator,
    pub(crate) notifications: SimulatedQueue,
    pub(crate) deliveries: SimulatedQueue,
    pub(crate) broadcasts: SimulatedQueue,
    pub(crate) dead_letters: SimulatedQueue,
    store: Store,
    clients: AwsClients,
    transport: Arc<InProcess>,
    pacing: Option<Settings>,
    variables: Vec<(String, String)>,
}

impl Stage {
    /// A tenant in which everybody has the bot, and a table that knows nobody yet.
    pub(crate) async fn new(broadcast: &Broadcast) -> anyhow::Result<Self> {
        let start = "2026-11-24T09:00:00Z".parse()?;
        let clock = SimulatedClock::new(start);
        let time = clock.clone();
        let teams = Simulator::start(Config {
            world: World::crowd(broadcast.people),
            clock: simulator::Clock::from_fn(move || time.now()),
            limits: broadcast.limits.clone(),
            fault_file: broadcast.faults.clone(),
            recording: Recording::Counts,
            ..Config::default()
        })
        .await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let table = format!("http://{}", listener.local_addr()?);
        let database = Database::memory()?;
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        let clients = AwsClients::new(HttpClient::new(), aws::Settings::emulator(&table));
        let store = Store::new(clients.dynamodb(), TABLE);
        store.create_table().await?;
        let queue = |name| SimulatedQueue::new(name, clock.clone());
        let transport = InProcess::new(teams.router(), clock.clone(), broadcast.latency);
        Ok(Self {
            variables: variables(&teams, &table),
            notifications: queue("notifications"),
            deliveries: queue("deliveries"),
            broadcasts: queue(BROADCASTS),
            dead_letters: queue("dead-letters"),
            clock,
            teams,
            store,
            clients,
            transport: Arc::new(transport),
            pacing: broadcast.pacing,
        })
    }

    /// A function that plans.
    pub(crate) fn notify(&self) -> anyhow::Result<Notify> {
        let mut notify = Notify::new(notify::Config::from_environment(self.environment())?);
        notify.store = self.store.clone();
        notify.notification_queue = Arc::new(self.notifications.clone());
        notify.dead_letter_queue = Arc::new(self.dead_letters.clone());
        notify.delivery_queue = Arc::new(self.deliveries.clone());
        notify.broadcast_queue = Arc::new(self.broadcasts.clone());
        notify.clock = Arc::new(self.clock.clone());
        notify.metrics = Arc::new(Metrics::unwritten("notify"));
        Ok(notify)
    }

    /// A function that sends, with nothing in its memory.
    pub(crate) fn deliver(&self) -> anyhow::Result<Deliver> {
        let mut deliver = Deliver::new(deliver::Config::from_environment(self.environment())?);
        let registration = Registration::from_environment(&mut self.environment());
        let registration = registration.context("the simulator's settings are complete")?;
        let http = HttpClient::new();
        let clock = Arc::new(self.clock.clone());
        let tokens = registration.app_tokens(http.clone(), &self.clients, clock.clone());
        let connector = Connector::new(http, Arc::new(tokens), registration.hosts);
        deliver.connector = connector.through(self.transport.clone());
        deliver.store = self.store.clone();
        deliver.delivery_queue = Arc::new(self.deliveries.clone());
        deliver.broadcast_queue = Arc::new(self.broadcasts.clone());
        deliver.delivery_dead_letter_queue = Arc::new(self.dead_letters.clone());
        deliver.broadcast_dead_letter_queue = Arc::new(self.dead_letters.clone());
        deliver.metrics = Arc::new(Metrics::unwritten("deliver"));
        deliver.pacer = match self.pacing {
            None => Arc::new(Unpaced),
            Some(settings) => Arc::new(Paced::new(
                self.store.clone(),
                clock.clone(),
                settings,
                deliver.metrics.clone(),
            )),
        };
        deliver.clock = clock;
        Ok(deliver)
    }

    /// The table learns that somebody has the bot, and where.
    pub(crate) async fn knows(&self, person: &Person) -> anyhow::Result<()> {
        let seen = seen_with_bot(&self.teams, person, self.clock.now())?;
        self.store.people().remember(&seen).await?;
        Ok(())
    }

    fn environment(&self) -> Environment {
        Environment::from_pairs(self.variables.iter().cloned())
    }
}

/// What is learnt of somebody who has the bot: who they are, and where.
///
/// # Errors
///
/// When the simulator's service URL is none.
pub fn seen_with_bot(
    teams: &Simulator,
    person: &Person,
    at: Timestamp,
) -> anyhow::Result<SeenPerson> {
    let details = person.details();
    let mut reference = ConversationReference::from_stored(
        person.conversation_id().into(),
        ConversationKind::Personal,
        teams.tenant().into(),
        teams.service_url().parse()?,
        Provenance::Verified,
    );
    reference.user = Some(person.teams_id().into());
    reference.object_id = Some(person.object_id().into());
    reference.locale = Some(details.locale);
    let mut seen = SeenPerson::in_conversation(reference, at);
    seen.upn = Some(details.user_principal_name);
    seen.mail = Some(details.mail);
    Ok(seen)
}

/// The variables of both functions; each reads its own.
fn variables(teams: &Simulator, table: &str) -> Vec<(String, String)> {
    let queue = |name: &str| format!("http://127.0.0.1:9/0/{name}");
    let mut variables = vec![
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", table.to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("NOTIFICATION_QUEUE_URL", queue("notifications")),
        ("NOTIFICATION_DEAD_LETTER_QUEUE_URL", queue("dead-letters")),
        ("DELIVERY_QUEUE_URL", queue("deliveries")),
        ("DELIVERY_DEAD_LETTER_QUEUE_URL", queue("dead-letters")),
        ("BROADCAST_QUEUE_URL", queue(BROADCASTS)),
        ("BROADCAST_DEAD_LETTER_QUEUE_URL", queue("dead-letters")),
        ("TASK_QUEUE_URL", queue("tasks")),
        ("TASK_DEAD_LETTER_QUEUE_URL", queue("dead-letters")),
        // Nobody is asked, and nobody goes first: it is the sending that is rehearsed.
        ("BROADCAST_APPROVAL_ABOVE", "0".to_owned()),
        ("CANARY_PERCENT", "0".to_owned()),
    ];
    variables.extend(teams.environment());
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    variables.into_iter().map(owned).collect()
}

/// How long an invocation may take, as in the template.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(60);

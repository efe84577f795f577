//! Everything around the functions as services on loopback, for functions that run as processes of their own: Teams,
//! the table, the queues. Time is real.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use activity::{ConversationKind, ConversationReference, Provenance};
use aws::{AwsClients, Settings};
use futures_util::{StreamExt as _, stream};
use http_client::HttpClient;
use notifications::RecipientKey;
use serde_json::{Value, json};
use simulator::{Config, Person, Simulator, World};
use startup::{Clock, SystemClock};
use store::{SeenPerson, Store};
use tidings::local::engine::Engine;
use tidings::local::queue::{InProcessQueue, QueueSettings};
use tidings::local::sqs_face::SqsFace;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const TABLE: &str = "tidings";

const UNCHECKED: &str = "AWS4-HMAC-SHA256 Credential=local/20261124/us-east-1/dynamodb/aws4_request, \
                         SignedHeaders=host, Signature=0";

/// How often a message is shown before it goes to the dead letters, as in the template.
const MOST_RECEIVES: u32 = 5;

/// The names under which functions find a queue.
const QUEUES: [&str; 4] = ["NOTIFICATION", "DELIVERY", "BROADCAST", "TASK"];

/// How long a queue hides a message that somebody received.
#[derive(Clone, Copy)]
pub(crate) struct Hidden {
    pub(crate) from_notify: Duration,
    pub(crate) from_others: Duration,
}

/// A queue, and where its hopeless messages go.
pub(crate) struct QueuePair {
    pub(crate) queue: InProcessQueue,
    pub(crate) dead_letters: InProcessQueue,
}

impl QueuePair {
    /// Somebody puts a message into it.
    pub(crate) fn sends(&self, body: &str, clock: &dyn Clock) {
        let sent = self.queue.send(
            body.to_owned(),
            BTreeMap::new(),
            Duration::ZERO,
            clock.now(),
        );
        sent.expect("the queue takes it");
    }
}

/// The services; they stop when the value is dropped.
pub(crate) struct Loopback {
    pub(crate) teams: Simulator,
    pub(crate) store: Store,
    pub(crate) notification: QueuePair,
    pub(crate) delivery: QueuePair,
    pub(crate) broadcast: QueuePair,
    pub(crate) task: QueuePair,
    pub(crate) clock: Arc<dyn Clock>,
    sqs: String,
    server: JoinHandle<()>,
    engine: Engine,
    http: HttpClient,
}

impl Loopback {
    /// Starts everything for this world. A message that was received and not deleted is shown again when it was hidden
    /// for so long.
    pub(crate) async fn start(world: World, hidden: Hidden) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let teams = Simulator::start(Config {
            world,
            ..Config::test()
        });
        let teams = teams.await.expect("the simulator starts");
        let engine = Engine::start(listener().await, None).expect("an engine in memory");
        let http = HttpClient::new();
        let settings = Settings::emulator(&engine.endpoint());
        let client = AwsClients::new(http.clone(), settings).dynamodb();
        let store = Store::new(client, TABLE);
        store.create_table().await.expect("the table is created");

        let [notification, delivery, broadcast, task] = QUEUES.map(|name| {
            let is_for_notify = name == "NOTIFICATION";
            let time = if is_for_notify {
                hidden.from_notify
            } else {
                hidden.from_others
            };
            pair(name, time)
        });
        let pairs = [&notification, &delivery, &broadcast, &task];
        let queues = pairs.map(|pair| [pair.queue.clone(), pair.dead_letters.clone()]);
        let listener = listener().await;
        let sqs = format!("http://{}", listener.local_addr().expect("it listens"));
        let router = SqsFace::new(sqs.clone(), queues.concat(), clock.clone()).router();
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self {
            teams,
            store,
            notification,
            delivery,
            broadcast,
            task,
            clock,
            sqs,
            server,
            engine,
            http,
        }
    }

    /// Where the table is.
    pub(crate) fn table(&self) -> String {
        self.engine.endpoint()
    }

    /// Where the queues are.
    pub(crate) fn queues(&self) -> String {
        self.sqs.clone()
    }

    /// The environment of every function, which finds table and queues at these addresses.
    pub(crate) fn environment(&self, table: &str, queues: &str) -> Vec<(String, String)> {
        let microsoft = self.teams.environment().into_iter();
        let mut variables: Vec<(String, String)> = microsoft
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut set = |name: &str, value: &str| variables.push((name.to_owned(), value.to_owned()));
        for (name, value) in [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", table),
            ("AWS_ENDPOINT_URL_SQS", queues),
            ("TABLE_NAME", TABLE),
            ("RUST_LOG", "warn"),
            // As fast as this machine is, without a second person, and all at once.
            ("DELIVERY_RATE", "10000"),
            ("BROADCAST_APPROVAL_ABOVE", "0"),
            ("CANARY_PERCENT", "0"),
        ] {
            set(name, value);
        }
        for name in QUEUES {
            let url = format!("{queues}/000000000000/{name}");
            set(&format!("{name}_QUEUE_URL"), &url);
            let dead_letters = format!("{name}_DEAD_LETTER_QUEUE_URL");
            set(&dead_letters, &format!("{url}-dead-letters"));
        }
        variables
    }

    /// The table learns that everybody has the app.
    pub(crate) async fn knows_everybody(&self) -> Vec<(Person, RecipientKey)> {
        let now = self.clock.now();
        let learning = stream::iter(self.teams.people()).map(|person| async move {
            let mut reference = ConversationReference::from_stored(
                person.conversation_id().into(),
                ConversationKind::Personal,
                self.teams.tenant().into(),
                self.teams.service_url().parse().expect("a service URL"),
                Provenance::Verified,
            );
            reference.user = Some(person.teams_id().into());
            reference.object_id = Some(person.object_id().into());
            let seen = SeenPerson::in_conversation(reference, now);
            let remembered = self.store.people().remember(&seen).await;
            let known = remembered
                .expect("the table works")
                .expect("there is an id");
            (person, known.person.key)
        });
        learning.buffer_unordered(8).collect().await
    }

    /// An item as the table has it, read consistently and past the store.
    pub(crate) async fn item(&self, partition: &str, sort: &str) -> Option<Value> {
        let request = json!({
            "TableName": TABLE,
            "Key": { "pk": { "S": partition }, "sk": { "S": sort } },
            "ConsistentRead": true,
        });
        let call = self.http.post(self.table());
        let call = call.header("x-amz-target", "DynamoDB_20120810.GetItem");
        let call = call.header("content-type", "application/x-amz-json-1.0");
        // The engine wants a signature there, and checks none.
        let call = call.header("x-amz-date", "20261124T090000Z");
        let call = call.header("authorization", UNCHECKED);
        let answer = call.body(request.to_string()).send().await;
        let answer = answer.expect("the table answers");
        let status = answer.status();
        let body = answer.bytes().await.expect("the table answers");
        assert!(status.is_success(), "{status}: {body:?}");
        let mut body: Value = serde_json::from_slice(&body).expect("JSON");
        body.get_mut("Item").map(Value::take)
    }

    /// Resolves when no queue but those of dead letters holds anything: visible, hidden or delayed. Tasks may be delayed:
    /// one looks minutes later whether all has ended.
    pub(crate) async fn worked_off(&self) {
        let queues = [
            &self.notification,
            &self.delivery,
            &self.broadcast,
            &self.task,
        ];
        let is_empty = |pair: &QueuePair| {
            let mut depth = pair.queue.depth(self.clock.now());
            if std::ptr::eq(pair, &raw const self.task) {
                depth.delayed = 0;
            }
            depth.is_empty()
        };
        for pair in queues.iter().cycle() {
            let changed = pair.queue.changed();
            if queues.iter().all(|pair| is_empty(pair)) {
                return;
            }
            if !is_empty(pair) {
                changed.await;
            }
        }
    }

    /// How many dead letters there are.
    pub(crate) fn dead_letters(&self) -> usize {
        let queues = [
            &self.notification,
            &self.delivery,
            &self.broadcast,
            &self.task,
        ];
        let letters = queues.map(|pair| pair.dead_letters.peek().len());
        letters.iter().sum()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port")
}

fn pair(name: &str, hidden: Duration) -> QueuePair {
    let queue = |name: String, dead_letters| {
        InProcessQueue::new(QueueSettings {
            name,
            visibility_timeout: hidden,
            dead_letters,
        })
    };
    let dead_letters = queue(format!("{name}-dead-letters"), None);
    let limit = Some((dead_letters.clone(), MOST_RECEIVES));
    QueuePair {
        queue: queue(name.to_owned(), limit),
        dead_letters,
    }
}

//! A stage for whole functions: Teams around them, a table under them, queues between them.
//!
//! The functions are those that are deployed. Teams is the simulator, the table is the embedded engine met as the
//! functions meet it, the queues are in memory, and the time is one that the test moves.

mod faults;
mod kill;
mod mailbox;
mod many;

use std::sync::Arc;
use std::time::Duration;

use activity::{ConversationKind, ConversationReference, Provenance};
use aws::{AwsClients, OutgoingMessage, Queue as _, Settings};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use connector::Connector;
use deliver::Deliver;
use delivery_events::Level;
use dynoxide::Database;
use http_client::HttpClient;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use notifications::{NotificationKey, RecipientKey};
use notify::Notify;
use registration::Registration;
use serde_json::{Value, json};
use simulator::{Config, Person, Simulator, World};
use startup::{Clock as _, Environment, ManualClock, Metrics};
use store::{RecipientState, SeenConversation, SeenPerson, SeenTeam, Service, Store};
use tokio::net::TcpListener;
use work_items::{DeliveryChunk, HeldItem, QueueName};

use crate::bot::Published;

pub(crate) use faults::{Spent, TableFault, TableFaults};
pub(crate) use kill::{halted_after, killed_after};
pub(crate) use mailbox::Mailbox;

/// When every test begins.
pub(crate) const START: &str = "2026-11-24T09:00:00Z";

/// How long an invocation may take, as in the template.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The queues, and where their hopeless messages go.
pub(crate) struct Mail {
    pub(crate) notification: Arc<Mailbox>,
    pub(crate) notification_dead: Arc<Mailbox>,
    pub(crate) delivery: Arc<Mailbox>,
    pub(crate) delivery_dead: Arc<Mailbox>,
    pub(crate) broadcast: Arc<Mailbox>,
    pub(crate) broadcast_dead: Arc<Mailbox>,
}

impl Mail {
    fn new(clock: &ManualClock) -> Self {
        Self {
            notification: Mailbox::new(clock),
            notification_dead: Mailbox::new(clock),
            delivery: Mailbox::new(clock),
            delivery_dead: Mailbox::new(clock),
            broadcast: Mailbox::new(clock),
            broadcast_dead: Mailbox::new(clock),
        }
    }
}

/// Two functions, and everything around them.
pub(crate) struct Stage {
    pub(crate) teams: Simulator,
    pub(crate) store: Store,
    pub(crate) table_faults: TableFaults,
    pub(crate) clock: ManualClock,
    pub(crate) mail: Mail,
    pub(crate) notify: Notify,
    pub(crate) deliver: Deliver,
    /// What was published on our bus. Nothing of deliveries, unless `deliver.level` says so.
    pub(crate) told: Arc<Published>,
    clients: AwsClients,
}

impl Stage {
    /// Ana, Ben and Chloé, a team and a group chat; everywhere has the bot, and the table knows nothing of it.
    pub(crate) async fn contoso() -> Self {
        Self::with(World::contoso().with_bot_everywhere()).await
    }

    pub(crate) async fn with(world: World) -> Self {
        let clock = ManualClock::skipping(start());
        let time = clock.clone();
        let teams = Simulator::start(Config {
            world,
            clock: simulator::Clock::from_fn(move || time.now()),
            ..Config::test()
        })
        .await
        .expect("the simulator starts");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let database = Database::memory().expect("an engine in memory");
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        let settings = Settings::emulator(&format!("http://{address}"));
        let clients = AwsClients::new(HttpClient::new(), settings);
        let table_faults = TableFaults::default();
        let store = Store::new(table_faults.on(&clients.dynamodb()), "tidings");
        let store = store.with_ballots("ballots");
        store.create_table().await.expect("the table is created");
        let ballots = store.create_ballot_table().await;
        ballots.expect("the table is created");

        let mail = Mail::new(&clock);
        let notify = Notify {
            store: store.clone(),
            notification_queue: mail.notification.clone(),
            dead_letter_queue: mail.notification_dead.clone(),
            delivery_queue: mail.delivery.clone(),
            broadcast_queue: mail.broadcast.clone(),
            clock: Arc::new(clock.clone()),
            home_tenant: teams.tenant().into(),
            // Whoever tests approvals and canaries says so.
            broadcasts: notify::Broadcasts::plain(),
            metrics: Arc::new(Metrics::new("notify")),
        };
        let told = Arc::new(Published::default());
        let deliver = deliver(&teams, &store, &mail, &clock, &told, &clients);
        Self {
            teams,
            store,
            table_faults,
            clock,
            mail,
            notify,
            deliver,
            told,
            clients,
        }
    }

    /// Another environment of `deliver`, with nothing in its memory.
    pub(crate) fn another_deliver(&self) -> Deliver {
        let another = deliver(
            &self.teams,
            &self.store,
            &self.mail,
            &self.clock,
            &self.told,
            &self.clients,
        );
        Deliver {
            level: self.deliver.level,
            ..another
        }
    }

    // ── What the table knows ──────────────────────────────────────────────────────────────────────────────────────

    /// The table learns that a person has the app, and where.
    pub(crate) async fn knows(&self, person: &Person) -> RecipientKey {
        let seen = seen_with_app(&self.teams, person, self.clock.now());
        let people = self.store.people();
        let remembered = people.remember(&seen).await.expect("the table works");
        remembered.expect("there is an id").person.key
    }

    /// The table learns that everybody has the app.
    pub(crate) async fn knows_everybody(&self) {
        for person in self.teams.people() {
            self.knows(&person).await;
        }
    }

    /// The table learns of a channel or chat.
    pub(crate) async fn knows_conversation(&self, id: &str, kind: ConversationKind) {
        let seen = SeenConversation {
            reference: self.reference(id, kind),
            name: None,
            at: self.clock.now(),
        };
        self.store
            .conversations()
            .remember(&seen)
            .await
            .expect("the table works");
    }

    /// The table learns that a team has the app.
    pub(crate) async fn knows_team(&self, id: &str) {
        let seen = SeenTeam {
            team: id.into(),
            tenant: self.teams.tenant().into(),
            service: Service::of(&self.reference(id, ConversationKind::Channel)),
            name: None,
            group: None,
            at: self.clock.now(),
        };
        self.store
            .teams()
            .remember(&seen)
            .await
            .expect("the table works");
    }

    /// The table learns that somebody is a member of a team, by the ids that a roster has.
    pub(crate) async fn knows_member(&self, team: &str, person: &Person) -> RecipientKey {
        let mut seen = SeenPerson::new(self.teams.tenant().into(), self.clock.now());
        seen.object_id = Some(person.object_id().into());
        seen.user = Some(person.teams_id().into());
        let reference = self.reference(team, ConversationKind::Channel);
        seen.service = Some(Service::of(&reference));
        let people = self.store.people();
        let remembered = people.remember(&seen).await.expect("the table works");
        let key = remembered.expect("there is an id").person.key;
        let (tenant, now) = (&reference.tenant, self.clock.now());
        let rosters = self.store.rosters();
        rosters
            .arrived(tenant, &team.into(), &key, now)
            .await
            .expect("the table works");
        key
    }

    pub(crate) fn reference(
        &self,
        conversation: &str,
        kind: ConversationKind,
    ) -> ConversationReference {
        reference(&self.teams, conversation, kind)
    }

    // ── Invoking ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// The context of an invocation that begins now.
    pub(crate) fn context(&self, request_id: &str) -> Context {
        let mut context = Context::default();
        request_id.clone_into(&mut context.request_id);
        let deadline = self.clock.now().as_millisecond()
            + i64::try_from(TIMEOUT.as_millis()).expect("a minute");
        context.deadline = deadline.try_into().expect("after 1970");
        context
    }

    /// Invokes `notify` with whatever Lambda hands it.
    pub(crate) async fn invoke_notify(&self, payload: Value) -> Result<Value, Diagnostic> {
        let context = self.context("c9f7d8f2-0b4f-5b0a-9d5f-8c6f5d7a2c11");
        self.notify.invoke(LambdaEvent::new(payload, context)).await
    }

    /// Invokes `deliver` with a batch.
    pub(crate) async fn invoke_deliver(
        &self,
        payload: Value,
    ) -> Result<SqsBatchResponse, Diagnostic> {
        let batch: SqsEvent = serde_json::from_value(payload).expect("a batch");
        let context = self.context("4a9c1f0e-77d2-4b0e-8f5b-2f1f7c2d9e10");
        self.deliver.invoke(LambdaEvent::new(batch, context)).await
    }

    /// Sends one body through the notification queue; fails when it is not accepted.
    pub(crate) async fn accepts(&self, body: &Value) {
        let answer = self
            .invoke_notify(batch("notifications", &[&body.to_string()]))
            .await;
        assert_eq!(
            failed(&answer.expect("a batch always has an answer")),
            Vec::<String>::new()
        );
        let refused = self.mail.notification_dead.take_messages();
        assert!(refused.is_empty(), "{refused:?}");
    }

    /// Works off every queue, as the event source mappings would, and lets the time pass that messages are delayed.
    pub(crate) async fn settle(&self) {
        loop {
            let pages = self.mail.notification.take_due();
            let chunks = self.mail.delivery.take_due();
            let broadcast = self.mail.broadcast.take_due();
            let idle = pages.is_empty() && chunks.is_empty() && broadcast.is_empty();
            for page in pages {
                let answer = self.invoke_notify(batch("notifications", &[&page])).await;
                assert!(
                    failed(&answer.expect("an answer")).is_empty(),
                    "a page failed"
                );
            }
            for (queue, chunks) in [("deliveries", chunks), ("broadcasts", broadcast)] {
                for chunks in chunks.chunks(10) {
                    let bodies: Vec<&str> = chunks.iter().map(String::as_str).collect();
                    let answer = self
                        .invoke_deliver(batch(queue, &bodies))
                        .await
                        .expect("an answer");
                    assert!(answer.batch_item_failures.is_empty(), "a chunk failed");
                }
            }
            if idle {
                let queues = [
                    &self.mail.notification,
                    &self.mail.delivery,
                    &self.mail.broadcast,
                ];
                let next = queues.iter().filter_map(|queue| queue.next_due()).min();
                match next {
                    Some(at) => self.clock.set(at.max(self.clock.now())),
                    None => return,
                }
            }
        }
    }

    /// What the tick does with a held item that is due.
    pub(crate) async fn release(&self, item: &HeldItem) {
        let queue = match item.queue {
            QueueName::Notification => &self.mail.notification,
            QueueName::Delivery => &self.mail.delivery,
            QueueName::Broadcast => &self.mail.broadcast,
            QueueName::Task => panic!("neither function holds tasks"),
        };
        let message = OutgoingMessage::new(item.body.clone());
        queue.send(vec![message]).await.expect("the queue works");
    }

    /// What the table holds until `at`.
    pub(crate) async fn held(&self, at: Timestamp) -> Vec<HeldItem> {
        let held = self.store.held();
        let mut sweep = held.sweep(at).await.expect("the table works");
        let mut items = Vec::new();
        while let Some(page) = sweep.next(100).await.expect("the table works") {
            items.extend(page.into_iter().map(|(_, item)| item));
        }
        items
    }

    /// What the ledger says of a recipient, in its own compact words; `open` or `in doubt` without an outcome.
    pub(crate) async fn outcome(
        &self,
        notification: &NotificationKey,
        recipient: &RecipientKey,
    ) -> String {
        let ledger = self.store.ledger();
        let record = ledger
            .recipient(notification, recipient)
            .await
            .expect("the table works");
        match record.expect("the recipient is in a chunk").progress.state {
            RecipientState::Open => "open".to_owned(),
            RecipientState::InDoubt => "in doubt".to_owned(),
            RecipientState::Waiting { .. } => "waiting".to_owned(),
            RecipientState::Ended { outcome, .. } => outcome.to_string(),
        }
    }

    /// The time.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets the time.
    pub(crate) fn clock_set(&self, to: Timestamp) {
        self.clock.set(to);
    }

    /// Somebody writes into the table what no version of ours writes.
    pub(crate) async fn spoil(&self, partition: &str, sort: &str, attribute: &str) {
        let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        let client = sdk_clients::dynamodb(&self.clients);
        let request = client.update_item().table_name("tidings");
        let request = request.key("pk", text(partition)).key("sk", text(sort));
        let request = request.update_expression("SET #spoilt = :rubbish");
        let request = request.expression_attribute_names("#spoilt", attribute);
        let request = request.expression_attribute_values(":rubbish", text("rubbish"));
        request.send().await.expect("the table works");
    }

    /// Everything in a table.
    pub(crate) async fn scan(
        &self,
        table: &str,
    ) -> Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
        let client = sdk_clients::dynamodb(&self.clients);
        let scanned = client.scan().table_name(table).send().await;
        scanned.expect("the table works").items.unwrap_or_default()
    }

    /// When the table forgets an item.
    pub(crate) async fn expiry(&self, partition: &str, sort: &str) -> Timestamp {
        let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        let client = sdk_clients::dynamodb(&self.clients);
        let request = client.get_item().table_name("tidings");
        let request = request.key("pk", text(partition)).key("sk", text(sort));
        let item = request.send().await.expect("the table works").item;
        let expires = item.expect("it is there").remove("expires");
        let seconds = expires.and_then(|value| value.as_n().ok()?.parse().ok());
        Timestamp::from_second(seconds.expect("it expires")).expect("a time")
    }

    /// A client of the table, whose requests fail and count apart.
    pub(crate) fn table_client(&self, faults: &TableFaults) -> aws::dynamodb::Client {
        faults.on(&self.clients.dynamodb())
    }

    /// A table that does not exist.
    pub(crate) fn store_of_no_table(&self) -> Store {
        Store::new(self.clients.dynamodb(), "nowhere")
    }

    /// The chunks that wait in both queues, taken out.
    pub(crate) fn chunks(&self) -> Vec<DeliveryChunk> {
        let waiting = [
            self.mail.delivery.take_all(),
            self.mail.broadcast.take_all(),
        ]
        .concat();
        waiting
            .iter()
            .map(|body| DeliveryChunk::parse(body).expect("a chunk"))
            .collect()
    }
}

fn deliver(
    teams: &Simulator,
    store: &Store,
    mail: &Mail,
    clock: &ManualClock,
    told: &Arc<Published>,
    clients: &AwsClients,
) -> Deliver {
    let mut env = Environment::from_pairs(teams.environment());
    let registration =
        Registration::from_environment(&mut env).expect("the simulator's own settings");
    let http = HttpClient::new();
    let tokens = registration.app_tokens(http.clone(), clients, Arc::new(clock.clone()));
    Deliver {
        store: store.clone(),
        connector: Connector::new(http, Arc::new(tokens), registration.hosts),
        home: Some(
            teams
                .well_known_service_url()
                .parse()
                .expect("a service URL"),
        ),
        hosts: deliver::Hosts::new(Box::new(Vec::new)),
        install_wait: jiff::SignedDuration::from_hours(7 * 24),
        bulk: deliver::Bulk::Off,
        installing: Arc::new(deliver::waiting::ByThemselves),
        tenants: registration.tenants,
        delivery_queue: mail.delivery.clone(),
        delivery_dead_letter_queue: mail.delivery_dead.clone(),
        broadcast_queue: mail.broadcast.clone(),
        broadcast_dead_letter_queue: mail.broadcast_dead.clone(),
        broadcast_queue_name: "broadcasts".to_owned(),
        events: told.clone(),
        level: Level::Off,
        pacer: Arc::new(deliver::Unpaced),
        clock: Arc::new(clock.clone()),
        slots: tokio::sync::Semaphore::new(deliver::handler::SLOTS),
        letters: deliver::letter::Letters::default(),
        chance: deliver::chance::Chance::default(),
        metrics: Arc::new(Metrics::new("deliver")),
    }
}

/// What is learnt of somebody who has the app: who they are, and where.
pub(crate) fn seen_with_app(teams: &Simulator, person: &Person, at: Timestamp) -> SeenPerson {
    let details = person.details();
    let conversation = person.conversation_id();
    let mut reference = reference(teams, &conversation, ConversationKind::Personal);
    reference.user = Some(person.teams_id().into());
    reference.object_id = Some(person.object_id().into());
    reference.locale = Some(details.locale);
    let mut seen = SeenPerson::in_conversation(reference, at);
    seen.upn = Some(details.user_principal_name);
    seen.mail = Some(details.mail);
    seen
}

fn reference(
    teams: &Simulator,
    conversation: &str,
    kind: ConversationKind,
) -> ConversationReference {
    ConversationReference::from_stored(
        conversation.into(),
        kind,
        teams.tenant().into(),
        teams.service_url().parse().expect("a service URL"),
        Provenance::Verified,
    )
}

/// When every test begins.
pub(crate) fn start() -> Timestamp {
    START.parse().expect("a time")
}

/// The envelope in which Lambda hands messages of a queue to a function.
pub(crate) fn batch(queue: &str, bodies: &[&str]) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| record(queue, &format!("m-{index}"), body))
        .collect();
    json!({ "Records": records })
}

/// One message of such an envelope.
pub(crate) fn record(queue: &str, id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": "AQEBsample",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1791451800000",
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": "1791451800100"
        },
        "messageAttributes": {},
        "md5OfBody": "not checked by Lambda",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:eu-west-1:123456789012:{queue}"),
        "awsRegion": "eu-west-1"
    })
}

/// The ids that a batch's answer asks the queue to show again.
pub(crate) fn failed(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"]
        .as_array()
        .expect("a batch's answer");
    let id = |failure: &Value| failure["itemIdentifier"].as_str().map(str::to_owned);
    failures.iter().filter_map(id).collect()
}

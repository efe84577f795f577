//! The function with everything around it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws::bus::BusError;
use aws::{AwsClients, BusEvent, Events, InProcessSchedules, Settings};
use dynoxide::Database;
use http_client::HttpClient;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use notifications::{NotificationKey, RecipientKey};
use polling::{Answer, Polling};
use polls::{Answer as Given, Answers, OccurrenceId, PollNotice, PollNoticeKind, Results};
use serde_json::{Value, json};
use startup::{Clock as _, ManualClock, Metrics};
use store::{Occurrence, Phase, Store, Vote, Voted};
use tokio::net::TcpListener;
use work_items::{PlanPage, Task};

use crate::schemas::is_as_its_schema_says;
use crate::stage::Mailbox;

/// When every test begins.
pub(super) const START: &str = "2026-11-24T09:00:00Z";
pub(super) const OWNER: &str = "aad:3b5e7d10-8c1f-4d4e-9c55-000000000001";

/// What was published.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<BusEvent>>);

#[async_trait]
impl Events for Told {
    async fn publish_all(&self, events: Vec<BusEvent>) -> Result<(), BusError> {
        // As a call that goes over the wire: it can be killed.
        tokio::task::yield_now().await;
        self.0.lock().unwrap().extend(events);
        Ok(())
    }
}

pub(super) struct Stage {
    pub(super) polling: Polling,
    pub(super) store: Store,
    pub(super) clock: ManualClock,
    pub(super) schedules: InProcessSchedules,
    pub(super) notifications: Arc<Mailbox>,
    pub(super) tasks: Arc<Mailbox>,
    pub(super) dead: Arc<Mailbox>,
    pub(super) told: Arc<Told>,
    /// The SDK's own client, to look behind the store's back.
    pub(super) client: aws_sdk_dynamodb::Client,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let start: Timestamp = START.parse().unwrap();
        let clock = ManualClock::skipping(start);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let database = Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        let settings = Settings::emulator(&format!("http://{address}"));
        let clients = AwsClients::new(HttpClient::new(), settings);
        let store = Store::new(clients.dynamodb(), "tidings").with_ballots("ballots");
        store.create_table().await.unwrap();
        store.create_ballot_table().await.unwrap();
        let schedules = InProcessSchedules::new(start);
        let (notifications, tasks) = (Mailbox::new(&clock), Mailbox::new(&clock));
        let dead = Mailbox::new(&clock);
        let told = Arc::new(Told::default());
        let polling = Polling {
            store: store.clone(),
            schedules: Arc::new(schedules.clone()),
            notification_queue: notifications.clone(),
            task_queue: tasks.clone(),
            dead_letters: dead.clone(),
            events: told.clone(),
            clock: Arc::new(clock.clone()),
            home_tenant: "tenant".into(),
            metrics: Metrics::new("polls"),
        };
        Self {
            polling,
            store,
            clock,
            schedules,
            notifications,
            tasks,
            dead,
            told,
            client: sdk_clients::dynamodb(&clients),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn invoke(&self, event: Value) -> Answer {
        let (event, context) = self.invocation(&event);
        let answer = self.polling.invoke(LambdaEvent::new(event, context)).await;
        answer.unwrap()
    }

    pub(super) fn invocation(&self, event: &Value) -> (Box<serde_json::value::RawValue>, Context) {
        let mut context = Context::default();
        "request-1".clone_into(&mut context.request_id);
        let deadline = self.now().as_millisecond() + 300_000;
        context.deadline = deadline.try_into().unwrap();
        (serde_json::value::to_raw_value(event).unwrap(), context)
    }

    /// Takes a definition.
    pub(super) async fn accepts(&self, definition: Value) {
        let answer = self.invoke(define(definition)).await;
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }

    /// Lets the time pass, and invokes what the schedules say, each twice: the service promises at least once.
    pub(super) async fn wait_until(&self, until: Timestamp) {
        while let Some(next) = self.schedules.next().filter(|next| *next <= until) {
            self.clock.set(next.max(self.now()));
            for fired in self.schedules.due(self.now()) {
                let tick: Value = serde_json::from_str(&fired.input).unwrap();
                self.invoke(tick.clone()).await;
                self.invoke(tick).await;
            }
        }
        self.clock.set(until.max(self.now()));
    }

    pub(super) async fn wait(&self, minutes: i64) {
        let until = self.now() + SignedDuration::from_mins(minutes);
        self.wait_until(until).await;
    }

    pub(super) async fn sweep(&self) -> Answer {
        self.invoke(json!({ "sweep": true })).await
    }

    pub(super) async fn occurrence(&self, id: &str) -> Occurrence {
        let id = id.parse().unwrap();
        let found = self.store.polls().occurrence(&"tenant".into(), &id).await;
        found.unwrap().unwrap()
    }

    /// The occurrences of a poll, the earliest first.
    pub(super) async fn occurrences(&self, poll: &str) -> Vec<Occurrence> {
        let poll = poll.parse().unwrap();
        let page = self
            .store
            .polls()
            .occurrences(&"tenant".into(), &poll, None, 100)
            .await
            .unwrap();
        page.occurrences.into_iter().rev().collect()
    }

    /// Somebody votes for a choice, and says why.
    pub(super) async fn votes(&self, occurrence: &Occurrence, voter: u32, choice: &str) -> Voted {
        let answers = Answers(
            [
                ("q1".to_owned(), Given::Choices(vec![choice.to_owned()])),
                ("q2".to_owned(), Given::Text(format!("because {voter}"))),
            ]
            .into(),
        );
        let text = serde_json::to_string(&answers).unwrap();
        let vote = Vote {
            voter: &voter_key(voter),
            at: self.now(),
            activity: &format!("f:{voter}"),
            answers: &text,
        };
        let delta = |old: Option<&str>| {
            let old: Option<Answers> = old.map(|old| serde_json::from_str(old).unwrap());
            Some(polls::delta(old.as_ref(), &answers))
        };
        let polls = self.store.polls();
        polls
            .vote(&"tenant".into(), occurrence, &vote, delta)
            .await
            .unwrap()
    }

    pub(super) async fn result(&self, occurrence: &Occurrence) -> Results {
        let polls = self.store.polls();
        let result = polls
            .result(&"tenant".into(), &occurrence.id, occurrence.round)
            .await
            .unwrap();
        serde_json::from_str(&result.unwrap().result).unwrap()
    }

    /// The details of what was told, each as its schema says.
    pub(super) fn told(&self) -> Vec<Value> {
        let told = self.told.0.lock().unwrap();
        let details = told.iter().map(|event| {
            assert_eq!(event.detail_type, "tidings.poll.closed");
            let detail = serde_json::from_str(&event.detail).unwrap();
            is_as_its_schema_says(&event.detail_type, &detail);
            detail
        });
        details.collect()
    }

    /// Which notifications are to be planned, each once.
    pub(super) fn planned(&self) -> Vec<NotificationKey> {
        let bodies = self.notifications.take_all();
        let pages = bodies.iter().map(|body| PlanPage::parse(body).unwrap());
        let mut keys: Vec<_> = pages.map(|page| page.notification).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Which revisions cards are to be replaced by, each once.
    pub(super) fn replaced(&self) -> Vec<String> {
        let bodies = self.tasks.take_all();
        let tasks = bodies.iter().map(|body| Task::parse(body).unwrap());
        let mut revisions: Vec<_> = tasks
            .map(|task| match task {
                Task::Update(update) => update.revision,
                other => panic!("{other:?}"),
            })
            .collect();
        revisions.sort();
        revisions.dedup();
        revisions
    }

    /// Everything in a table, as text.
    pub(super) async fn everything(&self, table: &str) -> Vec<String> {
        let scanned = self.client.scan().table_name(table).send().await.unwrap();
        let items = scanned.items.unwrap_or_default().into_iter();
        let mut items: Vec<_> = items
            .map(|item| format!("{:?}", item.into_iter().collect::<BTreeMap<_, _>>()))
            .collect();
        items.sort();
        items
    }
}

pub(super) fn define(definition: Value) -> Value {
    json!({
        "id": "6f9d-event", "source": "acme.people", "detail-type": "tidings.poll", "detail": definition,
    })
}

pub(super) fn command(id: &str, does: &str, more: Value) -> Value {
    let mut detail = json!({ "poll": "lunch", "do": does, "by": OWNER });
    for (name, value) in more.as_object().unwrap() {
        detail[name] = value.clone();
    }
    json!({ "id": id, "source": "tidings", "detail-type": "tidings.poll.command", "detail": detail })
}

/// A poll of two questions that is open for an hour.
pub(super) fn lunch() -> Value {
    json!({
        "id": "lunch",
        "title": "Lunch?",
        "owner": OWNER,
        "to": ["everyone"],
        "questions": [
            {"id": "q1", "kind": "single", "text": "What?", "choices": [
                {"id": "soup", "text": "Soup"}, {"id": "pie", "text": "Pie"}]},
            {"id": "q2", "kind": "text", "text": "Why?", "required": false},
        ],
        "closes": {"after": "1h"},
        "remind": ["30m"],
    })
}

pub(super) fn with(mut definition: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        definition[name] = value.clone();
    }
    definition
}

pub(super) fn voter_key(voter: u32) -> RecipientKey {
    RecipientKey::person(&format!("3b5e7d10-8c1f-4d4e-9c55-{voter:012x}").into())
}

pub(super) fn key(occurrence: &OccurrenceId, kind: PollNoticeKind) -> NotificationKey {
    let occurrence = occurrence.clone();
    PollNotice { occurrence, kind }.key(&"tenant".into())
}

/// The count of a choice.
pub(super) fn count(results: &Results, choice: &str) -> u64 {
    let question = results.question("q1").unwrap();
    let polls::Counted::Choices(choices) = &question.counted else {
        panic!("{question:?}");
    };
    let found = choices.iter().find(|one| one.id == choice);
    found.unwrap().count
}

pub(super) fn is_over(occurrence: &Occurrence) -> bool {
    occurrence.phase == Phase::Closed && occurrence.finished
}

pub(super) const MINUTE: Duration = Duration::from_secs(60);

//! Several environments of `deliver` on one table, in simulated time, against Teams' real windows.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deliver::Deliver;
use deliver::handler::SLOTS;
use deliver::pace::{Announced, Paced, Pacer, Turn, Wish};
use futures_util::future::join_all;
use jiff::Timestamp;
use pacing::{AlarmShare, Rate, Settings};
use simulator::{Limits, World};
use startup::{Clock, Deadline, Metrics};
use store::Store;

use super::conductor::Conductor;
use crate::notify::notification;
use crate::stage::{Mailbox, Stage, TableFaults, batch};

/// How long an invocation may take, as in the template.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) struct Fleet {
    pub(super) stage: Stage,
    /// What the pacers ask of the table.
    pub(super) pacer_table: TableFaults,
    pub(super) clock: Conductor,
    environments: Vec<Environment>,
}

/// Which queue is worked off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Both,
    Delivery,
    Broadcast,
}

/// Some environments at work.
#[derive(Default)]
struct Shift {
    waiting: Mutex<VecDeque<(&'static str, String)>>,
    busy: AtomicUsize,
}

struct Environment {
    deliver: Deliver,
    in_turn: Arc<AtomicUsize>,
}

/// Counts the sends that wait for their turn.
#[derive(Debug)]
struct Counting {
    pacer: Paced,
    in_turn: Arc<AtomicUsize>,
}

#[async_trait]
impl Pacer for Counting {
    fn announce(&self) -> Announced {
        self.pacer.announce()
    }

    async fn turn(&self, wish: Wish<'_>) -> Turn {
        self.in_turn.fetch_add(1, Ordering::Relaxed);
        let turn = self.pacer.turn(wish).await;
        self.in_turn.fetch_sub(1, Ordering::Relaxed);
        turn
    }

    fn answered(&self, took: Duration) {
        self.pacer.answered(took);
    }

    async fn throttled(&self, wish: Wish<'_>, retry_after: Option<Duration>) {
        self.pacer.throttled(wish, retry_after).await;
    }
}

/// So many deliveries a second, and one of the rest; this part of them for alarms alone.
pub(super) fn rates(delivery: u32, share: u32) -> Settings {
    Settings::new(
        Rate::new(delivery).expect("a rate"),
        Rate::new(1).expect("a rate"),
        AlarmShare::new(share).expect("a share"),
    )
}

impl Fleet {
    /// So many environments, and so many people whom the table knows.
    pub(super) async fn new(environments: usize, people: u32, settings: Settings) -> Self {
        let stage = Stage::with(World::crowd(people).with_bot_everywhere()).await;
        stage.knows_everybody().await;
        Self::around(stage, environments, settings)
    }

    pub(super) fn around(stage: Stage, environments: usize, settings: Settings) -> Self {
        stage.teams.set_limits(Limits::documented());
        let pacer_table = TableFaults::default();
        let clock = Conductor::new(stage.clock.clone());
        let environment = |_| {
            let metrics = Arc::new(Metrics::unwritten("deliver"));
            let time: Arc<dyn Clock> = Arc::new(clock.clone());
            let store = Store::new(stage.table_client(&pacer_table), stage.store.table());
            let in_turn = Arc::<AtomicUsize>::default();
            let pacer = Counting {
                pacer: Paced::new(store, Arc::clone(&time), settings, Arc::clone(&metrics)),
                in_turn: Arc::clone(&in_turn),
            };
            let deliver = Deliver {
                pacer: Arc::new(pacer),
                clock: time,
                metrics,
                ..stage.another_deliver()
            };
            Environment { deliver, in_turn }
        };
        Self {
            environments: (0..environments).map(environment).collect(),
            stage,
            pacer_table,
            clock,
        }
    }

    /// Accepts a notification to these addresses; `notify` queues its chunks.
    pub(super) async fn accepts(&self, id: &str, to: &[&str]) {
        self.stage.accepts(&notification(id, to)).await;
        while let Some(page) = self.stage.mail.notification.take_all().pop() {
            let answer = self
                .stage
                .invoke_notify(batch("notifications", &[&page]))
                .await;
            assert!(crate::stage::failed(&answer.expect("an answer")).is_empty());
        }
    }

    /// Lets all environments work until both queues are empty.
    pub(super) async fn work(&self) {
        let all = 0..self.environments.len();
        self.conduct(self.work_off(all, Lane::Both)).await;
    }

    /// Lets some of the environments work until the queue is empty. Has to be conducted.
    pub(super) async fn work_off(&self, which: std::ops::Range<usize>, lane: Lane) {
        let shift = Shift::default();
        let working = self.environments[which]
            .iter()
            .map(|environment| self.work_one(environment, lane, &shift));
        join_all(working).await;
    }

    /// Time passes, and nobody works.
    pub(super) async fn rest(&self, wait: Duration) {
        self.conduct(self.clock.sleep(wait)).await;
    }

    /// Does something in simulated time.
    pub(super) async fn conduct<T>(&self, work: impl Future<Output = T>) -> T {
        self.clock.conduct(work, || self.is_busy()).await
    }

    /// Whether the table or Teams has something to do.
    fn is_busy(&self) -> bool {
        let sending = |environment: &Environment| {
            let held = SLOTS - environment.deliver.slots.available_permits();
            held > environment.in_turn.load(Ordering::Relaxed)
        };
        self.stage.table_faults.under_way() > 0
            || self.pacer_table.under_way() > 0
            || self.environments.iter().any(sending)
    }

    async fn work_one(&self, environment: &Environment, lane: Lane, shift: &Shift) {
        loop {
            let Some((queue, body)) = self.next(lane, shift) else {
                let empty = self.mail(lane).all(|(_, queue)| queue.len() == 0);
                if empty && shift.busy.load(Ordering::Relaxed) == 0 {
                    return;
                }
                self.clock.sleep(Duration::from_millis(20)).await;
                continue;
            };
            shift.busy.fetch_add(1, Ordering::Relaxed);
            self.hand(environment, queue, &body).await;
            shift.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Invokes one of the environments with one message. Has to be conducted.
    pub(super) async fn invoke(&self, which: usize, queue: &str, body: &str) {
        self.hand(&self.environments[which], queue, body).await;
    }

    async fn hand(&self, environment: &Environment, queue: &str, body: &str) {
        let event = serde_json::from_value(batch(queue, &[body])).expect("a batch");
        let deadline = Deadline::after(TIMEOUT, self.clock.now());
        let answer = environment.deliver.batch(event, deadline).await;
        assert!(answer.batch_item_failures.is_empty(), "a chunk failed");
    }

    fn mail(&self, lane: Lane) -> impl Iterator<Item = (&'static str, &Mailbox)> {
        let delivery = ("deliveries", &*self.stage.mail.delivery);
        let broadcast = ("broadcasts", &*self.stage.mail.broadcast);
        let delivery = (lane != Lane::Broadcast).then_some(delivery);
        let broadcast = (lane != Lane::Delivery).then_some(broadcast);
        delivery.into_iter().chain(broadcast)
    }

    fn next(&self, lane: Lane, shift: &Shift) -> Option<(&'static str, String)> {
        let mut waiting = shift.waiting.lock().expect("not poisoned");
        if waiting.is_empty() {
            for (name, queue) in self.mail(lane) {
                waiting.extend(queue.take_due().into_iter().map(|body| (name, body)));
            }
        }
        waiting.pop_front()
    }

    /// Everybody has exactly so many messages, and none twice.
    pub(super) fn everybody_has(&self, messages: usize) {
        let tally = self.stage.teams.tally();
        let people = self.stage.teams.people().len();
        assert_eq!(tally.get(&messages), Some(&people), "{tally:?}");
        assert!(self.stage.teams.doubled().is_empty());
        self.stage.teams.release_unread();
    }

    /// From the first request to Teams to the latest.
    pub(super) fn took(&self) -> Duration {
        let requests = self.stage.teams.requests();
        let (first, latest) = (requests[0].at, requests[requests.len() - 1].at);
        Duration::try_from(latest.duration_since(first)).expect("time passes")
    }

    /// The requests to Teams in a stretch of time, however they were answered.
    pub(super) fn requests(&self, from: Timestamp, until: Timestamp) -> usize {
        let requests = self.stage.teams.requests().into_iter();
        let messages = requests.filter(|request| request.operation == simulator::Operation::Send);
        let inside = messages.filter(|request| (from..until).contains(&request.at));
        inside.count()
    }
}

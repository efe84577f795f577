//! A function's process, which may be killed at any time and is started again.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use testbed::{Answer, Door, Keeper, RuntimeApi};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, watch};
use work_items::DeliveryChunk;

use super::reaper::{Cause, Death, Reaper};
use crate::loopback::Loopback;

/// Which function a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    Notify,
    Deliver,
    Tasks,
}

impl Trade {
    fn program(self) -> &'static str {
        match self {
            Self::Notify => env!("CARGO_BIN_EXE_notify-process"),
            Self::Deliver => env!("CARGO_BIN_EXE_deliver-process"),
            Self::Tasks => env!("CARGO_BIN_EXE_tasks-process"),
        }
    }

    /// How long an invocation may take: 60 seconds in the template. The claims of `deliver` outlive it, so it gets less
    /// here; `notify` keeps ten seconds of its time for queueing.
    fn limit(self) -> Duration {
        match self {
            Self::Notify | Self::Tasks => Duration::from_secs(60),
            Self::Deliver => Duration::from_secs(4),
        }
    }
}

/// One environment of a function.
pub(super) struct Worker {
    trade: Trade,
    world: Arc<Loopback>,
    reaper: Arc<Reaper>,
    /// Requests of this worker and their answers; for `deliver` the requests at Teams too.
    events: watch::Sender<u64>,
    /// Between two invocations.
    resting: Mutex<Option<Process>>,
}

struct Process {
    child: Child,
    api: RuntimeApi,
    table: Door,
    queues: Door,
}

/// Counts what passes a door.
struct Counter(watch::Sender<u64>);

impl Keeper for Counter {
    fn goes_in(&self, _: &str, request: Bytes) -> Bytes {
        self.0.send_modify(|events| *events += 1);
        request
    }

    fn comes_out(&self, _: &str, _: &[u8], _: &Answer) {
        self.0.send_modify(|events| *events += 1);
    }
}

impl Worker {
    /// A worker that does not run yet.
    pub(super) fn new(
        trade: Trade,
        world: &Arc<Loopback>,
        reaper: &Arc<Reaper>,
        events: watch::Sender<u64>,
    ) -> Self {
        Self {
            trade,
            world: world.clone(),
            reaper: reaper.clone(),
            events,
            resting: Mutex::default(),
        }
    }

    /// Hands an event to the process and waits for the answer; an error when there is none because the process died.
    pub(super) async fn invoke(&self, event: Value) -> Result<Value, String> {
        let rested = self.resting.lock().await.take();
        let mut process = match rested {
            Some(process) => process,
            None => self.start().await,
        };
        let mut events = self.events.subscribe();
        let last = self.reaper.chooses(self.trade);
        let last = last.map(|event| *events.borrow() + event);
        let fate = async {
            match last {
                Some(last) => drop(events.wait_for(|event| *event >= last).await),
                None => std::future::pending().await,
            }
        };
        let body = Bytes::from(event.to_string());
        let cause = tokio::select! {
            answered = process.api.invoke(body) => match answered {
                Ok(answered) => {
                    *self.resting.lock().await = Some(process);
                    return Ok(answered.answer);
                }
                Err(error) => Cause::Flaw(error.to_string()),
            },
            () = fate => Cause::Killed,
            () = tokio::time::sleep(self.trade.limit()) => Cause::OutOfTime,
            status = process.child.wait() => Cause::Flaw(format!("it ended by itself: {status:?}")),
        };
        process.end().await;
        self.reaper.died(Death {
            trade: self.trade,
            cause: cause.clone(),
            unrecorded: self.unrecorded(&event).await,
        });
        Err(format!("{:?}: {cause:?}", self.trade))
    }

    async fn start(&self) -> Process {
        let world = &self.world;
        let counter = Arc::new(Counter(self.events.clone()));
        let table = Door::open(world.table(), counter.clone()).await;
        let queues = Door::open(world.queues(), counter).await;
        let (table, queues) = (table.expect("a free port"), queues.expect("a free port"));
        let api = RuntimeApi::start(self.trade.limit()).await;
        let api = api.expect("a free port");
        let child = Command::new(self.trade.program())
            .env_clear()
            .envs(world.environment(table.url(), queues.url()))
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "killed")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        Process {
            child,
            api,
            table,
            queues,
        }
    }

    /// Who has no recorded outcome in the chunks of a batch that are claimed.
    async fn unrecorded(&self, event: &Value) -> Vec<notifications::RecipientKey> {
        let mut unrecorded = Vec::new();
        for record in event["Records"].as_array().into_iter().flatten() {
            let body = record["body"].as_str().expect("a record has a body");
            let Ok(chunk) = DeliveryChunk::parse(body) else {
                continue;
            };
            let partition = format!("N#{}", chunk.notification);
            let sort = format!("STATE#{}", chunk.chunk);
            let state = self.world.item(&partition, &sort).await;
            let is_claimed = state.is_some_and(|state| state["owner"].is_object());
            if !is_claimed {
                continue;
            }
            let ledger = self.world.store.ledger();
            let (name, people) = (&chunk.chunk, &chunk.recipients);
            let progress = ledger.progress(&chunk.notification, name, people.len());
            let (progress, _) = progress.await.expect("the table works");
            let open = progress.unended().map(|index| people[index].clone());
            unrecorded.extend(open);
        }
        unrecorded
    }
}

impl Process {
    /// Kills it. What it had asked for has happened when this returns, or never will.
    async fn end(mut self) {
        self.child.kill().await.expect("it can be killed");
        self.table.close().await;
        self.queues.close().await;
    }
}

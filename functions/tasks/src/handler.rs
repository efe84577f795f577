//! From a message of the task queue to its end.

use std::sync::Arc;
use std::time::Duration;

use aws::batch::{Record, Verdict};
use aws::{Events, OutgoingMessage, Queue, TaskTokens};
use connector::Connector;
use delivery_events::Level;
use futures_util::future::BoxFuture;
use inbound_auth::SigningKeys;
use pacing_in_table::TablePacer;
use startup::logging::chain;
use startup::{Clock, Deadline, Metrics};
use store::{Answer, Begun, Fingerprint, Store, Turn};
use work_items::{QueueName, Task};

use crate::failure::Failure;

/// After this long, another invocation's try at the same work is over, finished or not: the function's time-out.
const LONGEST_TRY: Duration = Duration::from_secs(60);

/// What the work needs. Made once, in `main`.
pub struct Tasks {
    /// The table.
    pub store: Store,
    /// Teams.
    pub connector: Connector,
    /// The keys that sign what Teams sends to `messages`.
    pub signing_keys: SigningKeys,
    /// Our queues.
    pub queues: Queues,
    /// Where work goes that can never succeed.
    pub dead_letters: Arc<dyn Queue>,
    /// Where our own events go.
    pub events: Arc<dyn Events>,
    /// What is told of deliveries.
    pub level: Level,
    /// Workflows that wait for a click.
    pub task_tokens: Arc<dyn TaskTokens>,
    /// When Teams may be asked.
    pub pacer: TablePacer,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What operators watch.
    pub metrics: Metrics,
}

/// Our queues, by name.
#[derive(Debug, Clone)]
pub struct Queues {
    /// Notifications, and pages of their planning.
    pub notification: Arc<dyn Queue>,
    /// Chunks of few recipients.
    pub delivery: Arc<dyn Queue>,
    /// Chunks of many recipients.
    pub broadcast: Arc<dyn Queue>,
    /// Background work.
    pub task: Arc<dyn Queue>,
}

impl Queues {
    /// The queue of this name.
    #[must_use]
    pub fn get(&self, name: QueueName) -> &dyn Queue {
        match name {
            QueueName::Notification => &*self.notification,
            QueueName::Delivery => &*self.delivery,
            QueueName::Broadcast => &*self.broadcast,
            QueueName::Task => &*self.task,
        }
    }
}

/// One message of the task queue while it is worked on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    /// Names this try. A message's own id does not: a queue may show one message to two invocations at once.
    pub(crate) by: &'a str,
    /// By when it has to end.
    pub(crate) deadline: Deadline,
}

/// What became of a task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Progress {
    /// It is done.
    Done,
    /// This is left, for after that time.
    Left(Task, Duration),
}

impl Tasks {
    /// Works on one message. What is left of it goes back to the queue as a message of its own, which then counts no
    /// tries against it.
    pub(crate) async fn record(
        &self,
        record: Record,
        invocation: &str,
        deadline: Deadline,
    ) -> Verdict {
        let by = format!("{invocation} {}", record.message_id);
        let job = Job { by: &by, deadline };
        match self.work(&record.body, job).await {
            Ok(name) => {
                self.metrics.count("TasksDone", 1);
                tracing::debug!(task.name = name, "a task is done");
                Verdict::Done
            }
            Err(failure) => {
                self.metrics.count("TasksFailed", 1);
                failure.verdict()
            }
        }
    }

    async fn work(&self, body: &str, job: Job<'_>) -> Result<&'static str, Failure> {
        let task = Task::parse(body)?;
        let name = task.name();
        let again = task.clone();
        let work: BoxFuture<'_, _> = match task {
            Task::SyncRoster(sync) => Box::pin(self.sync_roster(sync, job)),
            Task::ForgetTeam(forget) => Box::pin(self.forget_team(forget, job)),
            Task::Welcome(welcome) => Box::pin(self.welcome(welcome, job)),
            Task::PublishAction(action) => Box::pin(self.publish_action(action, job)),
            Task::GoOn(task) => Box::pin(self.go_on(task)),
            Task::Resend(task) => Box::pin(self.resend(task)),
            Task::Recall(task) => Box::pin(self.recall(task)),
            Task::Update(task) => Box::pin(self.update(task)),
            Task::Settle(task) => Box::pin(self.settle(task)),
            Task::EditPoll(task) => Box::pin(self.edit_poll(task)),
            Task::SendWaiting(task) => Box::pin(self.send_waiting(task, job)),
            Task::RefreshSigningKeys(_) => Box::pin(async {
                self.signing_keys.refresh().await?;
                Ok(Progress::Done)
            }),
        };
        let progress = match work.await {
            // The other try may die: a copy looks again, and counts no try against the message.
            Err(Failure::UnderWay) => Progress::Left(again, LONGEST_TRY),
            progress => progress?,
        };
        if let Progress::Left(task, after) = progress {
            let message = OutgoingMessage::new(task.to_body()).delayed(after);
            self.queues.task.send(vec![message]).await?;
        }
        Ok(name)
    }

    /// Does something that must not be done twice, although the queue may deliver a message twice.
    ///
    /// `print` names what is done. Done before: `work` is not called. `work` that fails, or leaves something, has done
    /// nothing yet.
    pub(crate) async fn once<Fut>(
        &self,
        print: &Fingerprint,
        job: Job<'_>,
        work: impl FnOnce() -> Fut,
    ) -> Result<Progress, Failure>
    where
        Fut: Future<Output = Result<Progress, Failure>>,
    {
        let inbound = self.store.inbound();
        let turn = Turn {
            by: job.by.to_owned(),
            began: self.clock.now(),
            deadline: job.deadline.at(),
        };
        let outgrown = match inbound.begin(print, &turn).await? {
            Begun::New(outgrown) => outgrown,
            Begun::Repeat(_) | Begun::SuppressedCopy(_) => return Ok(Progress::Done),
            Begun::InProgress => return Err(Failure::UnderWay),
        };
        let progress = work().await;
        match progress {
            Ok(Progress::Done) => {
                let done = Answer {
                    status: 200,
                    body: None,
                };
                let now = self.clock.now();
                let noted = inbound.finish(print, &turn, &done, &outgrown, now).await;
                // To do it again because that it is done cannot be noted would be to do it twice.
                if let Err(error) = noted {
                    tracing::warn!(error = chain(&error), "that a task is done was not noted");
                }
            }
            Ok(Progress::Left(..)) | Err(_) => inbound.abandon(print, &turn).await?,
        }
        progress
    }
}

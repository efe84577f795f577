//! One broadcast, from the event to the last message.

use std::time::Duration;

use anyhow::Context as _;
use aws::{OutgoingMessage, Queue as _};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use pacing::Settings;
use serde_json::json;
use simulator::{FaultFile, Limits, Operation};
use startup::Clock as _;

use crate::stage::Stage;
use crate::worker::{ALARMS, BROADCASTS, delivers, plans};
use crate::{Latency, Outcome};

/// A broadcast to everybody.
#[derive(Clone, Debug)]
pub struct Broadcast {
    /// How many people have the bot.
    pub people: u32,
    /// How many copies of `deliver` work at once.
    pub copies: usize,
    /// At what rates `deliver` sends; `None`: as fast as it can.
    pub pacing: Option<Settings>,
    /// Teams' limits.
    pub limits: Limits,
    /// What goes wrong besides.
    pub faults: Option<FaultFile>,
    /// How long Teams takes.
    pub latency: Latency,
}

impl Default for Broadcast {
    /// A thousand people, four copies of `deliver`, the default rates, and Teams' real limits.
    fn default() -> Self {
        Self {
            people: 1_000,
            copies: 4,
            pacing: Some(Settings::default()),
            limits: Limits::documented(),
            faults: None,
            latency: Latency::USUAL,
        }
    }
}

/// How far a broadcast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many people are known to the table.
    Known(u64),
    /// So many messages were sent.
    Sent(u64),
}

/// How many people the table learns of at once.
const AT_ONCE: usize = 16;
/// How often it is looked whether all is done.
const LOOK: Duration = Duration::from_millis(250);
/// A broadcast that takes longer than this is stuck: 1,000 a minute is a third of Teams' limit.
const SLOWEST: u32 = 1_000;

impl Broadcast {
    /// Sends it, and says how it went. Must run on a runtime of one thread.
    ///
    /// # Errors
    ///
    /// When a function fails, or does not come to an end.
    pub async fn run(&self, progress: &mut (dyn FnMut(Step) + Send)) -> anyhow::Result<Outcome> {
        let stage = Stage::new(self).await?;
        self.make_known(&stage, progress).await?;
        let clock = stage.clock.clone();
        clock.drive(self.send(&stage, progress)).await
    }

    async fn make_known(
        &self,
        stage: &Stage,
        progress: &mut (dyn FnMut(Step) + Send),
    ) -> anyhow::Result<()> {
        let mut known = 0;
        let people = stage.teams.people();
        let mut learning = stream::iter(&people)
            .map(|person| stage.knows(person))
            .buffer_unordered(AT_ONCE);
        while learning.try_next().await?.is_some() {
            known += 1;
            progress(Step::Known(known));
        }
        Ok(())
    }

    async fn send(
        &self,
        stage: &Stage,
        progress: &mut (dyn FnMut(Step) + Send),
    ) -> anyhow::Result<Outcome> {
        let clock = &stage.clock;
        let begun = clock.now();
        let event = json!({
            "id": "rehearsal",
            "topic": "rehearsal",
            "to": ["everyone"],
            "what": "The canteen closes at two today",
            "item": {"name": "canteen"},
            "actor": {"name": "Facilities"},
        });
        let event = OutgoingMessage::new(event.to_string());
        stage.notifications.send(vec![event]).await?;

        let plan = plans(stage.notify()?, stage.notifications.clone(), clock.clone());
        let alarms = delivers(
            stage.deliver()?,
            stage.deliveries.clone(),
            ALARMS,
            clock.clone(),
        );
        let mut workers = Vec::new();
        for _ in 0..self.copies {
            let queue = stage.broadcasts.clone();
            workers.push(delivers(stage.deliver()?, queue, BROADCASTS, clock.clone()));
        }
        tokio::select! {
            ended = plan => return Err(ended.err().context("notify ended")?),
            ended = alarms => return Err(ended.err().context("deliver ended")?),
            ended = futures_util::future::select_all(workers.into_iter().map(Box::pin)) => {
                return Err(ended.0.err().context("deliver ended")?)
            }
            done = self.watch(stage, progress) => done?,
        }
        Ok(outcome(stage, begun))
    }

    /// Waits until all queues are worked off.
    async fn watch(
        &self,
        stage: &Stage,
        progress: &mut (dyn FnMut(Step) + Send),
    ) -> anyhow::Result<()> {
        let queues = [&stage.notifications, &stage.deliveries, &stage.broadcasts];
        let begun = stage.clock.now();
        let patience = Duration::from_secs(60 * u64::from(10 + self.people / SLOWEST));
        loop {
            stage.clock.sleep(LOOK).await;
            let sent = stage.teams.count_with_status(Operation::Send, 201);
            progress(Step::Sent(sent));
            if queues.iter().all(|queue| queue.is_empty()) {
                return Ok(());
            }
            if stage.clock.now() > begun + patience {
                anyhow::bail!(
                    "after {patience:?} there are still chunks to send: {sent} were sent"
                );
            }
        }
    }
}

fn outcome(stage: &Stage, begun: Timestamp) -> Outcome {
    let since = |at: Option<Timestamp>| {
        let since = at.map(|at| at.duration_since(begun));
        since
            .and_then(|since| Duration::try_from(since).ok())
            .unwrap_or_default()
    };
    let people = stage.teams.messages_per_person();
    let missing = people.iter().filter(|person| person.messages == 0).count();
    let doubles: usize = people.iter().map(|person| person.doubles).sum();
    let traffic = stage.teams.traffic();
    Outcome {
        people: people.len() as u64,
        missing: missing as u64,
        doubles: doubles as u64,
        took: since(traffic.latest),
        first_after: since(traffic.first),
        requests: traffic.requests,
        throttled: traffic.throttled(),
        busiest_second: traffic.busiest_second,
        delayed: stage.broadcasts.delayed() + stage.deliveries.delayed(),
        dead_letters: stage.dead_letters.len() as u64,
        faults: stage.teams.faults_met(),
    }
}

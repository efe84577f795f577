//! The processes, and the event source mappings that feed them.

use std::sync::Arc;

use serde_json::Value;
use tidings::local::event_source::EventSource;
use tidings::local::function::Function;
use tidings::local::queue::InProcessQueue;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::faults::OneInTwenty;
use super::reaper::Reaper;
use super::worker::{Trade, Worker};
use crate::loopback::Loopback;

/// Chunks in one invocation of `deliver`, as in the template.
const CHUNKS: usize = 5;

/// One process of `notify`, three of `deliver`, two of them for the broadcasts, and one of `tasks`.
pub(super) struct Crew(Vec<JoinHandle<()>>);

impl Crew {
    /// Starts feeding them from the queues.
    pub(super) fn start(
        world: &Arc<Loopback>,
        reaper: &Arc<Reaper>,
        faults: &Arc<OneInTwenty>,
    ) -> Self {
        let source = |trade, queue: &InProcessQueue, events: watch::Sender<u64>| {
            let worker = Arc::new(Worker::new(trade, world, reaper, events));
            let function = Function::new("killed", move |event: Value| {
                let worker = worker.clone();
                async move { worker.invoke(event).await }
            });
            EventSource::new(queue.clone(), function, world.clock.clone())
        };
        // A process of `deliver` dies with a request of its neighbours as well as with its own.
        let at_teams = || faults.requests.clone();
        let broadcast = &world.broadcast.queue;
        let sources = [
            source(
                Trade::Notify,
                &world.notification.queue,
                watch::Sender::new(0),
            ),
            source(Trade::Deliver, &world.delivery.queue, at_teams()).with_batches_of(CHUNKS),
            source(Trade::Deliver, broadcast, at_teams()).with_batches_of(CHUNKS),
            source(Trade::Deliver, broadcast, at_teams()).with_batches_of(CHUNKS),
            source(Trade::Tasks, &world.task.queue, watch::Sender::new(0)),
        ];
        let feeding = sources.map(|source| tokio::spawn(source.run()));
        Self(feeding.into())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for feeding in &self.0 {
            feeding.abort();
        }
    }
}

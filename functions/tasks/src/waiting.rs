//! Messages that waited for the app: once it is there, their chunks are worked on again.

use std::time::Duration;

use aws::OutgoingMessage;
use work_items::{SendWaiting, Task};

use crate::failure::Failure;
use crate::handler::{Job, Progress, Tasks};

/// Chunks that are queued together.
const PAGE: u16 = 10;
/// What a page may take.
const FOR_A_PAGE: Duration = Duration::from_secs(5);

impl Tasks {
    /// Queues the chunks in which something waits for these recipients. Whether it is still wanted, and whether it was
    /// sent by now, `deliver` finds on the ledger.
    ///
    /// A chunk is queued before its note is taken away: killed in between, it is queued again. A note that is made anew
    /// meanwhile stays.
    pub(crate) async fn send_waiting(
        &self,
        task: SendWaiting,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let waits = self.store.waits();
        for recipient in &task.recipients {
            loop {
                if job.deadline.time_left(self.clock.now()) < FOR_A_PAGE {
                    return Ok(Progress::Left(Task::SendWaiting(task), Duration::ZERO));
                }
                let page = waits.page(&task.tenant, recipient, PAGE).await?;
                for wait in &page {
                    let message = OutgoingMessage::new(wait.body.as_str());
                    self.queues.get(wait.queue).send(vec![message]).await?;
                    waits.remove(&task.tenant, recipient, wait).await?;
                }
                self.metrics
                    .count("WaitsOver", u64::try_from(page.len()).unwrap_or(u64::MAX));
                if page.len() < usize::from(PAGE) {
                    break;
                }
            }
        }
        Ok(Progress::Done)
    }
}

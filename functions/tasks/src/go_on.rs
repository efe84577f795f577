//! Somebody decided about a broadcast: `notify`, which has it in hand, is told to look.

use aws::OutgoingMessage;
use work_items::{BroadcastStep, GoOn};

use crate::failure::Failure;
use crate::handler::{Progress, Tasks};

impl Tasks {
    /// Passes it on. The endpoint that Teams reaches has no other way to the notification queue.
    pub(crate) async fn go_on(&self, task: GoOn) -> Result<Progress, Failure> {
        let step = BroadcastStep {
            notification: task.notification,
            // Whatever page is next: the ledger says which.
            page: u32::MAX,
        };
        let message = OutgoingMessage::new(step.to_body());
        self.queues.notification.send(vec![message]).await?;
        Ok(Progress::Done)
    }
}

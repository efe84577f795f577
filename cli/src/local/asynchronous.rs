//! Asynchronous invocations, as EventBridge and EventBridge Scheduler make them: nobody waits for the answer, a failure is
//! tried again twice, and what fails still goes to the function's on-failure destination.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use startup::Clock;

use super::function::Function;
use super::queue::InProcessQueue;

/// How often a failed invocation is made again, as Lambda does unless told otherwise.
const RETRIES: usize = 2;

/// How long before. Lambda waits a minute and then two; here somebody is watching.
const PAUSE: Duration = Duration::from_secs(1);

/// A function that is invoked without anybody waiting; clones are the same.
#[derive(Clone)]
pub struct Asynchronous {
    function: Function,
    dead_letters: InProcessQueue,
    clock: Arc<dyn Clock>,
    under_way: Arc<AtomicUsize>,
}

impl Asynchronous {
    /// Invokes `function`; what fails to the end goes to `dead_letters`.
    pub fn new(function: Function, dead_letters: InProcessQueue, clock: Arc<dyn Clock>) -> Self {
        Self {
            function,
            dead_letters,
            clock,
            under_way: Arc::default(),
        }
    }

    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.function.name()
    }

    /// Whether no invocation is under way or about to be tried again.
    pub fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::Acquire) == 0
    }

    /// Invokes the function some time soon.
    pub fn invoke(&self, event: Value) {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        let this = self.clone();
        tokio::spawn(async move {
            this.until_the_end(event).await;
            this.under_way.fetch_sub(1, Ordering::AcqRel);
        });
    }

    async fn until_the_end(&self, event: Value) {
        let mut last = String::new();
        for attempt in 0..=RETRIES {
            if attempt > 0 {
                self.clock.sleep(PAUSE).await;
            }
            match self.function.invoke(event.clone()).await {
                Ok(_) => return,
                Err(error) => last = error.to_string(),
            }
        }
        tracing::error!(
            error = last,
            function = self.name(),
            "an invocation failed and is a dead letter now"
        );
        let now = self.clock.now();
        let record = json!({
            "version": "1.0",
            "timestamp": now.to_string(),
            "requestContext": {
                "requestId": uuid::Uuid::new_v4().to_string(),
                "functionArn": self.name(),
                "condition": "RetriesExhausted",
                "approximateInvokeCount": RETRIES + 1,
            },
            "requestPayload": event,
            "responsePayload": { "errorMessage": last },
        });
        let kept = self
            .dead_letters
            .send(record.to_string(), BTreeMap::new(), Duration::ZERO, now);
        if let Err(error) = kept {
            tracing::error!(error = %error, "a dead letter could not be kept");
        }
    }
}

//! What AWS bills, counted where the functions meet the services.

use std::ops::Sub;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use serde_json::Value;
use testbed::{Answer, Keeper};
use tidings::local::function::Function;

/// SQS bills each 64 KB of a request as a request.
const STEP: usize = 64 * 1024;

/// What was used of each service. Lambda's time is not in it: here it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Used {
    /// Invocations of functions.
    pub(crate) invocations: f64,
    /// Requests to SQS, those of the event source mappings for messages included; those that find nothing are not.
    pub(crate) queue_requests: f64,
    /// Write units of DynamoDB.
    pub(crate) writes: f64,
    /// Read units of DynamoDB.
    pub(crate) reads: f64,
    /// Requests to DynamoDB.
    pub(crate) table_requests: f64,
}

impl Used {
    /// The figures, in the order of the table in the documentation.
    pub(crate) fn figures(self) -> [f64; 4] {
        [
            self.invocations,
            self.queue_requests,
            self.writes,
            self.reads,
        ]
    }

    /// So many times as much.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self {
            invocations: self.invocations * factor,
            queue_requests: self.queue_requests * factor,
            writes: self.writes * factor,
            reads: self.reads * factor,
            table_requests: self.table_requests * factor,
        }
    }
}

impl Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            invocations: self.invocations - before.invocations,
            queue_requests: self.queue_requests - before.queue_requests,
            writes: self.writes - before.writes,
            reads: self.reads - before.reads,
            table_requests: self.table_requests - before.table_requests,
        }
    }
}

/// Adds everything up.
#[derive(Default)]
pub(crate) struct Bill(Mutex<Used>);

impl Bill {
    pub(crate) fn so_far(&self) -> Used {
        *self.lock()
    }

    /// The same function, on this bill. What comes from a queue was received and is deleted, a batch at a time.
    pub(crate) fn for_invocations_of(self: &Arc<Self>, function: Function) -> Function {
        let bill = self.clone();
        Function::new(function.name(), move |event: Value| {
            let mut used = bill.lock();
            used.invocations += 1.0;
            if event["Records"].is_array() {
                used.queue_requests += steps(event.to_string().len()) + 1.0;
            }
            drop(used);
            let function = function.clone();
            async move { function.invoke(event).await }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.0.lock().expect("nobody panics with it locked")
    }
}

/// Keeps the door to the queues.
pub(crate) struct AtTheQueues(pub(crate) Arc<Bill>);

impl Keeper for AtTheQueues {
    fn goes_in(&self, operation: &str, request: Bytes) -> Bytes {
        assert!(operation.starts_with("SendMessage"), "{operation}");
        self.0.lock().queue_requests += steps(request.len());
        request
    }

    fn comes_out(&self, _: &str, _: &[u8], _: &Answer) {}
}

/// Keeps the door to the table: asks each request what it consumes.
pub(crate) struct AtTheTable(pub(crate) Arc<Bill>);

impl Keeper for AtTheTable {
    fn goes_in(&self, _: &str, request: Bytes) -> Bytes {
        let mut body: Value = serde_json::from_slice(&request).expect("a request is JSON");
        body["ReturnConsumedCapacity"] = "INDEXES".into();
        body.to_string().into()
    }

    fn comes_out(&self, operation: &str, _: &[u8], answer: &Answer) {
        let body: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
        let consumed = &body["ConsumedCapacity"];
        let tables = consumed
            .as_array()
            .map_or(std::slice::from_ref(consumed), Vec::as_slice);
        let mut used = self.0.lock();
        used.table_requests += 1.0;
        for table in tables {
            for index in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
                assert!(table[index].is_null(), "an index is used: {table}");
            }
            let units = table["CapacityUnits"].as_f64();
            match operation {
                "GetItem" | "BatchGetItem" | "Query" => used.reads += units.unwrap_or_default(),
                "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" => {
                    // A write that its condition refused is billed all the same, and says so in no figure.
                    used.writes += units.unwrap_or(1.0);
                }
                other => panic!("nothing is known of the price of {other}"),
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few")]
fn steps(bytes: usize) -> f64 {
    bytes.div_ceil(STEP).max(1) as f64
}

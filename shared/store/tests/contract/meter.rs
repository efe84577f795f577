//! What the store's requests consume, as DynamoDB itself counts it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws::CallError;
use aws::dynamodb::Wire;
use bytes::Bytes;
use serde_json::Value;

/// What some requests consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) requests: u32,
    pub(crate) units: f64,
}

/// Adds up what is consumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Spent>>);

impl Meter {
    pub(crate) fn reset(&self) {
        *self.0.lock().unwrap() = Spent::default();
    }

    /// What was consumed since this was last asked.
    pub(crate) fn take(&self) -> Spent {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn add(&self, answer: &Value) {
        let units = |consumed: &Value| consumed["CapacityUnits"].as_f64().unwrap_or_default();
        let mut spent = self.0.lock().unwrap();
        spent.requests += 1;
        spent.units += match &answer["ConsumedCapacity"] {
            Value::Array(each) => each.iter().map(units).sum(),
            one => units(one),
        };
    }
}

/// Asks every request what it consumes.
#[derive(Debug)]
pub(crate) struct Metered {
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) meter: Meter,
}

const METERED: [&str; 7] = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "BatchGetItem",
    "TransactWriteItems",
];

#[async_trait]
impl Wire for Metered {
    async fn carry(&self, operation: &'static str, request: Bytes) -> Result<Bytes, CallError> {
        if !METERED.contains(&operation) {
            return self.wire.carry(operation, request).await;
        }
        let mut asked: Value = serde_json::from_slice(&request).unwrap();
        asked["ReturnConsumedCapacity"] = "TOTAL".into();
        let answer = self.wire.carry(operation, asked.to_string().into()).await;
        let told = answer.as_ref().ok();
        let told = told.map(|answer| serde_json::from_slice(answer).unwrap());
        self.meter.add(&told.unwrap_or(Value::Null));
        answer
    }
}

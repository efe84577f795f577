//! A table that fails on purpose.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws::CallError;
use aws::dynamodb::{Client, Wire};
use bytes::Bytes;
use serde_json::Value;

/// How a request to the table fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableFault {
    /// It does not reach the table.
    NotSent,
    /// The table does it, and the answer is lost.
    AnswerLost,
}

/// Decides which request to the table fails, and counts them.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableFaults(Arc<Mutex<State>>);

/// What requests consumed, as DynamoDB counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) requests: f64,
    pub(crate) writes: f64,
    pub(crate) reads: f64,
}

#[derive(Debug, Default)]
struct State {
    spent: Option<Spent>,
    requests: usize,
    next: Option<(usize, TableFault)>,
    failing: Option<TableFault>,
    under_way: usize,
}

impl TableFaults {
    /// The n-th request from now on fails, counted from 0.
    pub(crate) fn fail(&self, nth: usize, fault: TableFault) {
        let mut state = self.0.lock().expect("not poisoned");
        state.requests = 0;
        state.next = Some((nth, fault));
    }

    /// Every request fails from now on, or none does.
    pub(crate) fn fail_all(&self, fault: Option<TableFault>) {
        self.0.lock().expect("not poisoned").failing = fault;
    }

    /// Whether the failure that was asked for has happened. Forgets it.
    pub(crate) fn happened(&self) -> bool {
        self.0.lock().expect("not poisoned").next.take().is_none()
    }

    /// How many requests there were since this was last asked.
    pub(crate) fn take_count(&self) -> usize {
        std::mem::take(&mut self.0.lock().expect("not poisoned").requests)
    }

    /// What was consumed since this was last asked; nothing is measured before it is asked first.
    pub(crate) fn take_spent(&self) -> Spent {
        let mut state = self.0.lock().expect("not poisoned");
        state.spent.replace(Spent::default()).unwrap_or_default()
    }

    /// Asks what a request consumes, if that is measured.
    fn asks(&self, request: Bytes) -> Bytes {
        if self.0.lock().expect("not poisoned").spent.is_none() {
            return request;
        }
        let mut asked: Value = serde_json::from_slice(&request).expect("a request is JSON");
        asked["ReturnConsumedCapacity"] = "TOTAL".into();
        asked.to_string().into()
    }

    fn notes(&self, operation: &str, request: &[u8], answer: Option<&Bytes>) {
        let mut state = self.0.lock().expect("not poisoned");
        let Some(spent) = &mut state.spent else {
            return;
        };
        let answer = answer.map(|answer| serde_json::from_slice::<Value>(answer).expect("JSON"));
        let consumed = answer.as_ref().map(|answer| &answer["ConsumedCapacity"]);
        let units = |table: &Value| table["CapacityUnits"].as_f64();
        let told = match consumed {
            Some(Value::Array(tables)) => tables.iter().map(units).sum(),
            Some(table) => units(table),
            None => None,
        };
        spent.requests += 1.0;
        match operation {
            "GetItem" | "Query" => spent.reads += told.unwrap_or(1.0),
            // The engine does not count batches: each of these is small and read consistently.
            "BatchGetItem" => spent.reads += told.unwrap_or_else(|| keys(request)),
            // A write that its condition refused is billed all the same, and says so in no figure.
            _ => spent.writes += told.unwrap_or(1.0),
        }
    }

    /// How many requests have no answer yet.
    pub(crate) fn under_way(&self) -> usize {
        self.0.lock().expect("not poisoned").under_way
    }

    /// A client whose requests these are.
    pub(super) fn on(&self, client: &Client) -> Client {
        Client::over(Arc::new(Faulty {
            wire: client.wire().clone(),
            faults: self.clone(),
        }))
    }

    /// What is to happen to the request that goes out now.
    fn next(&self) -> Option<TableFault> {
        let mut state = self.0.lock().expect("not poisoned");
        let number = state.requests;
        state.requests += 1;
        let (nth, fault) = state.next?;
        (nth == number).then(|| {
            state.next = None;
            fault
        })
    }

    fn failing(&self) -> Option<TableFault> {
        self.0.lock().expect("not poisoned").failing
    }
}

/// How many keys a batch asks for.
fn keys(request: &[u8]) -> f64 {
    let asked: Value = serde_json::from_slice(request).expect("a request is JSON");
    let tables = asked["RequestItems"].as_object().into_iter().flatten();
    let keys = tables.filter_map(|(_, table)| table["Keys"].as_array());
    keys.map(|keys| f64::from(u32::try_from(keys.len()).expect("a hundred at most")))
        .sum()
}

/// One request while it is under way.
struct UnderWay<'a>(&'a TableFaults);

impl<'a> UnderWay<'a> {
    fn of(faults: &'a TableFaults) -> Self {
        faults.0.lock().expect("not poisoned").under_way += 1;
        Self(faults)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.lock().expect("not poisoned").under_way -= 1;
    }
}

/// A wire that fails as it is told.
#[derive(Debug)]
struct Faulty {
    wire: Arc<dyn Wire>,
    faults: TableFaults,
}

#[async_trait]
impl Wire for Faulty {
    async fn carry(&self, operation: &'static str, request: Bytes) -> Result<Bytes, CallError> {
        let _under_way = UnderWay::of(&self.faults);
        let fault = self.faults.next().or_else(|| self.faults.failing());
        if fault == Some(TableFault::NotSent) {
            return Err(CallError::unanswered("the table is out of reach"));
        }
        let request = self.faults.asks(request);
        let answer = self.wire.carry(operation, request.clone()).await;
        self.faults.notes(operation, &request, answer.as_ref().ok());
        match fault {
            Some(_) => Err(CallError::unanswered("the table's answer is lost")),
            None => answer,
        }
    }
}

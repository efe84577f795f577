//! A table that fails on purpose.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws::CallError;
use aws::dynamodb::{Client, Wire};
use bytes::Bytes;

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

#[derive(Debug, Default)]
struct State {
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
        let answer = self.wire.carry(operation, request).await;
        match fault {
            Some(_) => Err(CallError::unanswered("the table's answer is lost")),
            None => answer,
        }
    }
}

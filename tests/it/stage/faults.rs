//! A table that fails on purpose.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

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

/// Stands with a request whose answer is to be lost.
#[derive(Debug)]
struct ToBeLost;

impl Storable for ToBeLost {
    type Storer = StoreReplace<Self>;
}

impl Intercept for TableFaults {
    fn name(&self) -> &'static str {
        "TableFaults"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        request: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match self.next().or_else(|| self.failing()) {
            Some(TableFault::NotSent) => Err("the table is out of reach".into()),
            Some(TableFault::AnswerLost) => {
                request.interceptor_state().store_put(ToBeLost);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        request: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match request.load::<ToBeLost>() {
            Some(_) => Err("the table's answer is lost".into()),
            None => Ok(()),
        }
    }
}

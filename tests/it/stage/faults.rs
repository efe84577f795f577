//! A table that fails on purpose.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// How a request to the table fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// It does not reach the table.
    NotSent,
    /// The table does it, and the answer is lost.
    AnswerLost,
}

/// Decides which request to the table fails, and counts them.
#[derive(Clone, Debug, Default)]
pub struct TableFaults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    requests: usize,
    next: Option<(usize, TableFault)>,
    failing: Option<TableFault>,
}

impl TableFaults {
    /// The n-th request from now on fails, counted from 0.
    pub fn fail(&self, nth: usize, fault: TableFault) {
        let mut state = self.0.lock().expect("not poisoned");
        state.requests = 0;
        state.next = Some((nth, fault));
    }

    /// Every request fails from now on, or none does.
    pub fn fail_all(&self, fault: Option<TableFault>) {
        self.0.lock().expect("not poisoned").failing = fault;
    }

    /// Whether the failure that was asked for has happened. Forgets it.
    pub fn happened(&self) -> bool {
        self.0.lock().expect("not poisoned").next.take().is_none()
    }

    /// How many requests there were since this was last asked.
    pub fn take_count(&self) -> usize {
        std::mem::take(&mut self.0.lock().expect("not poisoned").requests)
    }

    fn before(&self) -> Option<TableFault> {
        let mut state = self.0.lock().expect("not poisoned");
        let number = state.requests;
        state.requests += 1;
        match state.next {
            Some((nth, TableFault::NotSent)) if nth == number => {
                state.next = None;
                Some(TableFault::NotSent)
            }
            _ => state.failing.filter(|fault| *fault == TableFault::NotSent),
        }
    }

    fn after(&self) -> Option<TableFault> {
        let mut state = self.0.lock().expect("not poisoned");
        let number = state.requests.wrapping_sub(1);
        match state.next {
            Some((nth, TableFault::AnswerLost)) if nth == number => {
                state.next = None;
                Some(TableFault::AnswerLost)
            }
            _ => state
                .failing
                .filter(|fault| *fault == TableFault::AnswerLost),
        }
    }
}

impl Intercept for TableFaults {
    fn name(&self) -> &'static str {
        "TableFaults"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match self.before() {
            Some(_) => Err("the table is out of reach".into()),
            None => Ok(()),
        }
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match self.after() {
            Some(_) => Err("the table's answer is lost".into()),
            None => Ok(()),
        }
    }
}

//! What the store's requests consume, as DynamoDB itself counts it.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What some requests consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) requests: u32,
    pub(crate) units: f64,
}

/// Asks every request what it consumes, and adds it up.
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

    fn add(&self, consumed: &[ConsumedCapacity]) {
        let mut spent = self.0.lock().unwrap();
        spent.requests += 1;
        spent.units += consumed
            .iter()
            .filter_map(ConsumedCapacity::capacity_units)
            .sum::<f64>();
    }
}

macro_rules! each_operation {
    ($callback:ident, $context:ident, $which:ident) => {
        $callback!($context, $which; UpdateItemInput, PutItemInput, DeleteItemInput, GetItemInput,
            QueryInput, TransactWriteItemsInput, BatchGetItemInput)
    };
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        macro_rules! ask {
            ($input:ident, $_which:ident; $($type:ty),+) => { $(
                if let Some(input) = $input.downcast_mut::<$type>() {
                    input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
                }
            )+ };
        }
        each_operation!(ask, input, total);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else {
            self.add(&[]);
            return Ok(());
        };
        macro_rules! one {
            ($($type:ty),+) => { $(
                if let Some(output) = output.downcast_ref::<$type>() {
                    self.add(output.consumed_capacity.as_ref().map_or(&[], std::slice::from_ref));
                }
            )+ };
        }
        macro_rules! several {
            ($($type:ty),+) => { $(
                if let Some(output) = output.downcast_ref::<$type>() {
                    self.add(output.consumed_capacity());
                }
            )+ };
        }
        one!(
            UpdateItemOutput,
            PutItemOutput,
            DeleteItemOutput,
            GetItemOutput,
            QueryOutput
        );
        several!(TransactWriteItemsOutput, BatchGetItemOutput);
        Ok(())
    }
}

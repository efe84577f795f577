//! What Lambda does: it receives from a queue, and hands batches to a function.

use anyhow::anyhow;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use deliver::Deliver;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use notify::Notify;
use serde_json::{Value, json};
use startup::Clock as _;

use crate::queue::Message;
use crate::stage::TIME_OUT;
use crate::{SimulatedClock, SimulatedQueue};

/// Messages of a batch for `notify`, as in the template.
const EVENTS: usize = 10;
/// Chunks of a batch for `deliver`, as in the template.
pub(crate) const ALARMS: usize = 5;
/// The same of broadcasts, whose chunks are larger.
pub(crate) const BROADCASTS: usize = 2;

/// Hands what is in the queue to one copy of `notify`, without end.
pub(crate) async fn plans(
    notify: Notify,
    queue: SimulatedQueue,
    clock: SimulatedClock,
) -> anyhow::Result<()> {
    loop {
        let messages = queue.receive(EVENTS).await;
        let event = LambdaEvent::new(batch(&queue, &messages), context(&clock));
        let answer = notify.invoke(event).await.map_err(told)?;
        delete(&queue, &messages, &serde_json::from_value(answer)?);
    }
}

/// Hands what is in the queue to one copy of `deliver`, without end.
pub(crate) async fn delivers(
    deliver: Deliver,
    queue: SimulatedQueue,
    most: usize,
    clock: SimulatedClock,
) -> anyhow::Result<()> {
    loop {
        let messages = queue.receive(most).await;
        let event: SqsEvent = serde_json::from_value(batch(&queue, &messages))?;
        let event = LambdaEvent::new(event, context(&clock));
        let answer = deliver.invoke(event).await.map_err(told)?;
        delete(&queue, &messages, &answer);
    }
}

/// Deletes what did not fail.
fn delete(queue: &SimulatedQueue, messages: &[Message], answer: &SqsBatchResponse) {
    let failed = |id: &str| {
        let mut failures = answer.batch_item_failures.iter();
        failures.any(|failure| failure.item_identifier == id)
    };
    for message in messages {
        if !failed(&message.id.to_string()) {
            queue.delete(message.id);
        }
    }
}

fn batch(queue: &SimulatedQueue, messages: &[Message]) -> Value {
    let record = |message: &Message| {
        json!({
            "messageId": message.id.to_string(),
            "receiptHandle": message.id.to_string(),
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": message.received.to_string()},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{}", queue.name()),
            "awsRegion": "us-east-1",
        })
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

fn context(clock: &SimulatedClock) -> Context {
    let mut context = Context::default();
    let end = clock.now() + TIME_OUT;
    context.deadline = end.as_millisecond().unsigned_abs();
    context
}

fn told(error: Diagnostic) -> anyhow::Error {
    anyhow!("{}: {}", error.error_type, error.error_message)
}

//! `deliver`: chunks in; what people see, what is on the ledger and in the queues out.

mod bad_input;
mod bulk;
mod claims;
mod cost;
mod interrupted;
mod reaching;
mod retries;
mod samples;
mod status_table;
mod wanted;

use notifications::{NotificationKey, Policy, Topic};
use serde_json::Value;

use crate::notify::{key_of, notification};
use crate::stage::{Stage, batch};

/// Lets `notify` queue a notification to these addresses; its key on the ledger.
async fn queued(stage: &Stage, id: &str, to: &[&str]) -> NotificationKey {
    let body = notification(id, to);
    stage.accepts(&body).await;
    key_of(&body)
}

/// A batch of everything that waits in the delivery queue.
pub(crate) fn delivery_batch(stage: &Stage) -> Value {
    let bodies = stage.mail.delivery.take_all();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    batch("deliveries", &bodies)
}

/// Hands the delivery queue's messages to `deliver`; the ids that the queue must show again.
async fn deliver(stage: &Stage, batch: Value) -> Vec<String> {
    let answer = stage.invoke_deliver(batch).await.expect("an answer");
    let failures = answer.batch_item_failures.into_iter();
    failures.map(|failure| failure.item_identifier).collect()
}

/// From now on a message of the topic that may have arrived is not sent again.
async fn at_most_once(stage: &Stage) {
    let mut topic = Topic::undefined("deploys".parse().expect("a topic"));
    topic.policy = Policy::AtMostOnce;
    let tenant = stage.teams.tenant().into();
    let topics = stage.store.topics();
    topics.put(&tenant, &topic).await.expect("the table works");
}

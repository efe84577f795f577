//! `messages`: what Teams sends in; what people see, what the table knows and what Teams is answered out.

mod bad_input;
mod buttons;
mod commands;
mod installs;
mod owners;
mod polls;
mod repeats;
mod samples;
mod teams;

use serde_json::{Value, json};
use simulator::Person;

/// A notification of the topic `deploys` to these addresses.
fn notification(id: &str, to: &[String]) -> Value {
    json!({
        "id": id,
        "topic": "deploys",
        "to": to,
        "what": "Checkout v216 waits for your approval",
        "item": { "name": "checkout v216" },
        "actor": { "name": "Chloé Martin" },
        "actions": [
            { "title": "Approve", "verb": "approve", "data": { "release": "v216" } },
            { "title": "Reject", "verb": "reject" }
        ]
    })
}

/// A person's address.
fn aad(person: &Person) -> String {
    format!("aad:{}", person.object_id())
}

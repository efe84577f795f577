//! `notify`: real envelopes in; what is on the ledger, in the queues and in the answers out.

mod audiences;
mod bad_input;
mod envelopes;
mod interrupted;
mod later;
mod samples;

use notifications::{Carrier, NotificationKey, Unwrapped, envelope};
use serde_json::{Value, json};

/// A notification to these addresses.
pub(crate) fn notification(id: &str, to: &[&str]) -> Value {
    json!({
        "id": id,
        "topic": "deploys",
        "to": to,
        "what": "Deployed cart v12 to production",
        "item": { "name": "cart v12" },
        "actor": { "name": "Ben Okafor" }
    })
}

/// The ledger's key of a body that came through the notification queue.
pub(crate) fn key_of(body: &Value) -> NotificationKey {
    let carrier = Carrier::queue("m-0", None);
    match envelope::unwrap(body.to_string().as_bytes(), &carrier).expect("a good body") {
        Unwrapped::Notification(incoming) => incoming.key,
        Unwrapped::Ours => panic!("an event of our own has no key"),
    }
}

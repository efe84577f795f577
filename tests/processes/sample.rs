//! What is sent.

use notifications::{Carrier, NotificationKey, Unwrapped, envelope};
use serde_json::{Value, json};

/// A notification of an ordinary size to this audience.
pub(crate) fn notification(id: &str, to: &str) -> Value {
    json!({
        "id": id,
        "topic": "deploys",
        "to": [to],
        "what": "Deployed cart v12 to production",
        "item": { "name": "cart v12", "url": "https://deploys.contoso.example/cart/12" },
        "actor": { "name": "Ben Okafor" },
        "facts": [
            { "title": "Commit", "value": "3f9c2ab" },
            { "title": "Environment", "value": "production" },
        ],
        "actions": [{ "title": "Open", "url": "https://deploys.contoso.example/cart/12" }],
    })
}

/// The ledger's key of a notification that came through the queue.
pub(crate) fn key_of(body: &Value) -> NotificationKey {
    let carrier = Carrier::queue("m-0", None);
    match envelope::unwrap(body.to_string().as_bytes(), &carrier).expect("a good body") {
        Unwrapped::Notification(incoming) => incoming.key,
        Unwrapped::Ours => panic!("an event of our own has no key"),
    }
}

//! Finding the notification in what arrived.
//!
//! Whatever `notify` accepts comes down to one of: a notification, an
//! EventBridge envelope, an SNS envelope around either. The bodies say
//! themselves what they are.

mod eventbridge;
mod sns;

use crate::aws_events;
use crate::contract::{self, ContractErrors};
use crate::notification::Notification;
use crate::source::{NotificationId, NotificationKey, OURS, Source};
use eventbridge::Envelope;
use serde_json::Value;

/// The `detail-type` of an event whose `detail` is a notification.
pub const NOTIFICATION: &str = "tidings.notification";

/// What every `detail-type` of ours begins with. Those besides [`NOTIFICATION`]
/// ask other functions for something, such as a poll.
const OURS_BY_TYPE: &str = "tidings.";

/// The most that a queue can carry; more is no event at all.
const LARGEST: usize = 1024 * 1024;

/// What brought the body, and what it called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrier<'a> {
    /// [`Source::Queue`] or [`Source::Invocation`].
    source: Direct,
    /// The `original-message-id` attribute that dead letters keep.
    original_message_id: Option<&'a str>,
    /// The SQS message id, or the request id of the invocation.
    message_id: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direct {
    Queue,
    Invocation,
}

impl<'a> Carrier<'a> {
    /// A message of the notification queue; a redriven dead letter has its
    /// `original-message-id` as a message attribute.
    #[must_use]
    pub const fn queue(message_id: &'a str, original_message_id: Option<&'a str>) -> Self {
        Self {
            source: Direct::Queue,
            original_message_id,
            message_id,
        }
    }

    /// An invocation without a queue. Lambda repeats the request id when it
    /// tries an asynchronous invocation again.
    #[must_use]
    pub const fn invocation(request_id: &'a str) -> Self {
        Self {
            source: Direct::Invocation,
            original_message_id: None,
            message_id: request_id,
        }
    }

    fn source(self) -> Source {
        match self.source {
            Direct::Queue => Source::Queue,
            Direct::Invocation => Source::Invocation,
        }
    }

    fn id(self) -> &'a str {
        self.original_message_id
            .filter(|id| !id.is_empty())
            .unwrap_or(self.message_id)
    }
}

/// What was in the envelope.
#[derive(Clone, Debug, PartialEq)]
pub enum Unwrapped {
    /// A notification.
    Notification(Box<Incoming>),
    /// An event that we published ourselves, or that asks another function of
    /// ours for something: to be dropped, or our messages would make messages.
    Ours,
}

/// A notification, and what identifies it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The key on the ledger.
    pub key: NotificationKey,
    /// Its id: the sender's, else the envelope's, else the carrier's.
    pub id: NotificationId,
    /// What scopes the id.
    pub source: Source,
    /// The `detail-type` of an event that was not written for us, from which
    /// the notification was made; absent for a notification of the contract.
    pub made_from: Option<String>,
    /// The notification.
    pub notification: Notification,
}

/// Finds the notification in a body.
///
/// Ids are taken in the contract's order: the notification's own, the
/// EventBridge event's, the SNS message's, the `original-message-id`, the
/// message's. A body never makes this panic.
///
/// # Errors
///
/// [`ContractErrors`]: the body can never become a notification. Paths are
/// those inside the notification, or inside the envelope when that is broken.
pub fn unwrap(body: &[u8], carrier: &Carrier<'_>) -> Result<Unwrapped, ContractErrors> {
    if body.len() > LARGEST {
        let found = format!("{} bytes", body.len());
        return Err(ContractErrors::one(
            "$",
            found,
            format!("at most {LARGEST} bytes"),
        ));
    }
    let json: Value = serde_json::from_slice(body).map_err(|error| contract::not_json(&error))?;
    match sns::open(&json)? {
        Some(message) => {
            let inner: Value = serde_json::from_str(message.text).map_err(|_| {
                ContractErrors::one(
                    "Message",
                    "no JSON",
                    "a notification or an EventBridge event",
                )
            })?;
            let outside = Outside {
                source: Source::Sns(message.topic.to_owned()),
                id: message
                    .id
                    .filter(|id| !id.is_empty())
                    .unwrap_or(carrier.id()),
            };
            open(&inner, outside)
        }
        None => open(
            &json,
            Outside {
                source: carrier.source(),
                id: carrier.id(),
            },
        ),
    }
}

/// What is around an EventBridge envelope or a plain notification.
struct Outside<'a> {
    source: Source,
    id: &'a str,
}

fn open(json: &Value, outside: Outside<'_>) -> Result<Unwrapped, ContractErrors> {
    let Some(envelope) = Envelope::open(json)? else {
        return Ok(incoming(Notification::from_value(json)?, outside, None));
    };
    let kind = envelope.detail_type;
    if envelope.source.starts_with(OURS) || kind.starts_with(OURS_BY_TYPE) && kind != NOTIFICATION {
        return Ok(Unwrapped::Ours);
    }
    let around = Outside {
        source: Source::EventBridge(envelope.source.to_owned()),
        id: envelope.id.unwrap_or(outside.id),
    };
    if envelope.detail_type == NOTIFICATION {
        return Ok(incoming(
            Notification::from_value(envelope.detail)?,
            around,
            None,
        ));
    }
    let made_from = Some(envelope.detail_type.to_owned());
    Ok(incoming(
        aws_events::describe(&envelope.event()),
        around,
        made_from,
    ))
}

fn incoming(
    notification: Notification,
    outside: Outside<'_>,
    made_from: Option<String>,
) -> Unwrapped {
    let Outside { source, id } = outside;
    let id = match &notification.id {
        Some(own) => own.clone(),
        None => NotificationId::new(id),
    };
    Unwrapped::Notification(Box::new(Incoming {
        key: NotificationKey::of(&source, &id),
        id,
        source,
        made_from,
        notification,
    }))
}

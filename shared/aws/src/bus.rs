//! Our own events on EventBridge.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::clients::AwsClients;
use crate::settings::Service;

/// Most events of one call.
const LARGEST_BATCH: usize = 10;

/// An event to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEvent {
    /// Who publishes; ours begin with `tidings`.
    pub source: String,
    /// What kind of event it is.
    pub detail_type: String,
    /// A JSON object.
    pub detail: String,
}

/// Takes our own events.
#[async_trait]
pub trait Events: Send + Sync {
    /// Publishes these events.
    ///
    /// # Errors
    ///
    /// [`BusError`]: some may have been published all the same. Receivers tolerate an event twice.
    async fn publish_all(&self, events: Vec<BusEvent>) -> Result<(), BusError>;

    /// Publishes one event.
    ///
    /// # Errors
    ///
    /// [`BusError`]: it may have been published all the same.
    async fn publish(&self, event: BusEvent) -> Result<(), BusError> {
        self.publish_all(vec![event]).await
    }
}

#[async_trait]
impl Events for EventBus {
    async fn publish_all(&self, events: Vec<BusEvent>) -> Result<(), BusError> {
        self.put(events).await
    }
}

/// Events are off: nobody named a bus.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBus;

#[async_trait]
impl Events for NoBus {
    async fn publish_all(&self, events: Vec<BusEvent>) -> Result<(), BusError> {
        for event in events {
            tracing::debug!(event.kind = event.detail_type, "no event bus is named");
        }
        Ok(())
    }
}

/// Publishes to one event bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    clients: AwsClients,
    name: String,
}

impl EventBus {
    /// The bus with this name or ARN. Nothing is opened yet.
    #[must_use]
    pub fn new(clients: &AwsClients, name: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            name: name.into(),
        }
    }

    /// Publishes these events, ten a call.
    ///
    /// # Errors
    ///
    /// [`BusError`]: some events may have been published. Receivers tolerate an event twice.
    pub async fn put(&self, events: Vec<BusEvent>) -> Result<(), BusError> {
        for batch in events.chunks(LARGEST_BATCH) {
            let entries = batch.iter().map(|event| Entry {
                event_bus_name: &self.name,
                source: &event.source,
                detail_type: &event.detail_type,
                detail: &event.detail,
            });
            let question = PutEvents {
                entries: entries.collect(),
            };
            let bus = self.clients.caller(Service::EventBridge);
            let answer: PutEventsAnswer = bus
                .ask("PutEvents", &question)
                .await
                .map_err(|error| BusError::Unavailable(error.into()))?;
            if answer.failed_entry_count > 0 {
                let mut codes = answer.entries.into_iter().filter_map(|put| put.error_code);
                return Err(BusError::Refused {
                    code: codes.next_back().unwrap_or_else(|| "unknown".to_owned()),
                });
            }
        }
        Ok(())
    }
}

/// What `PutEvents` takes, as far as it is used here. See the Amazon EventBridge API reference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    event_bus_name: &'a str,
    source: &'a str,
    detail_type: &'a str,
    detail: &'a str,
}

/// What it answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutEventsAnswer {
    failed_entry_count: u32,
    entries: Vec<PutEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutEntry {
    error_code: Option<String>,
}

/// Why events were not published.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The bus refused an event.
    #[error("the event bus refused an event ({code})")]
    Refused {
        /// The service's code.
        code: String,
    },
    /// The bus did not answer. Trying again may help.
    #[error("the event bus did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

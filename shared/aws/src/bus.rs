//! Our own events on EventBridge.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::clients::AwsClients;

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

/// Publishes to one event bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    clients: AwsClients,
    name: String,
}

impl EventBus {
    /// The bus with this name or ARN. The client is made when the first event is published.
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
        let mut events = events.into_iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.name)
                .source(event.source)
                .detail_type(event.detail_type)
                .detail(event.detail)
                .build()
        });
        loop {
            let batch: Vec<_> = events.by_ref().take(LARGEST_BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            let request = self
                .clients
                .event_bridge()
                .put_events()
                .set_entries(Some(batch));
            let answer = request
                .send()
                .await
                .map_err(|error| BusError::Unavailable(error.into()))?;
            if answer.failed_entry_count > 0 {
                let mut codes = answer
                    .entries()
                    .iter()
                    .filter_map(|entry| entry.error_code());
                return Err(BusError::Refused {
                    code: codes.next_back().unwrap_or("unknown").to_owned(),
                });
            }
        }
    }
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

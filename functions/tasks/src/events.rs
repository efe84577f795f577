//! Where our own events go.

use async_trait::async_trait;
use aws::bus::BusError;
use aws::{BusEvent, EventBus};

/// Takes our own events.
#[async_trait]
pub trait Events: Send + Sync {
    /// Publishes one event.
    ///
    /// # Errors
    ///
    /// [`BusError`]: it may have been published all the same.
    async fn publish(&self, event: BusEvent) -> Result<(), BusError>;
}

#[async_trait]
impl Events for EventBus {
    async fn publish(&self, event: BusEvent) -> Result<(), BusError> {
        self.put(vec![event]).await
    }
}

/// Events are off: nobody named a bus.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBus;

#[async_trait]
impl Events for NoBus {
    async fn publish(&self, event: BusEvent) -> Result<(), BusError> {
        tracing::debug!(event.kind = event.detail_type, "EVENT_BUS_NAME is not set");
        Ok(())
    }
}

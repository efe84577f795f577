#![doc = include_str!("../README.md")]

use async_trait::async_trait;
use inbound_auth::{CachedKeys, KeyCache};
use startup::logging::chain;
use store::{Store, StoreError, StoredKeys};

/// Keeps the keys of one issuer in the table, so that a cold start needs no provider.
#[derive(Debug, Clone)]
pub struct KeysInTable {
    store: Store,
    issuer: String,
}

impl KeysInTable {
    /// The keys of this issuer.
    #[must_use]
    pub fn new(store: Store, issuer: impl Into<String>) -> Self {
        Self {
            store,
            issuer: issuer.into(),
        }
    }
}

#[async_trait]
impl KeyCache for KeysInTable {
    async fn load(&self) -> Option<CachedKeys> {
        match self.store.signing_keys().load(&self.issuer).await {
            Ok(stored) => serde_json::from_str(&stored?.document).ok(),
            Err(error) => {
                trouble(&error, "signing keys could not be read from the table");
                None
            }
        }
    }

    async fn save(&self, keys: &CachedKeys) {
        let Ok(document) = serde_json::to_string(keys) else {
            return;
        };
        let stored = StoredKeys {
            document,
            fetched_at: keys.fetched_at,
        };
        if let Err(error) = self.store.signing_keys().save(&self.issuer, &stored).await {
            trouble(&error, "signing keys could not be kept in the table");
        }
    }
}

/// Without the table the keys come from the provider, so this is a warning.
fn trouble(error: &StoreError, what: &'static str) {
    tracing::warn!(
        error = chain(error),
        error.kind = error.error_type(),
        "{what}"
    );
}

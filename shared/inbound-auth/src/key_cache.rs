use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Keeps the last good signing keys outside the process, so that a cold start
/// needs no provider: in a function, an item of the table.
///
/// Trouble with the store is the adapter's to log; for verification it counts
/// as no keys kept.
#[async_trait]
pub trait KeyCache: Send + Sync {
    /// The keys last saved, however old.
    async fn load(&self) -> Option<CachedKeys>;

    /// Replaces the saved keys by newer ones.
    async fn save(&self, keys: &CachedKeys);
}

/// Keeps nothing: every process asks the provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeyCache;

#[async_trait]
impl KeyCache for NoKeyCache {
    async fn load(&self) -> Option<CachedKeys> {
        None
    }

    async fn save(&self, _keys: &CachedKeys) {}
}

/// A set of signing keys as the provider announced it, without what
/// verification does not need: some 500 bytes a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedKeys {
    /// When the provider was asked.
    pub fetched_at: Timestamp,
    /// The algorithms that the provider announces and we take.
    pub algorithms: Vec<String>,
    /// The keys.
    pub keys: Vec<CachedKey>,
}

/// One RSA key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedKey {
    /// Its id.
    pub kid: String,
    /// Its modulus, base64url.
    pub n: String,
    /// Its exponent, base64url.
    pub e: String,
    /// Whether it may speak for Teams: it is endorsed for `msteams`, or carries
    /// no endorsements at all (protocol reference §2.7).
    pub teams: bool,
}

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http_client::HttpClient;
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::Now;
use crate::fetch::{FetchError, fetch};
use crate::key_cache::KeyCache;
use crate::key_set::KeySet;
use crate::metadata_url::MetadataUrl;

/// Between two fetches that unknown key ids ask for, and between two attempts
/// while older keys are still usable: forged ids and a provider that is down
/// must not make us hammer it.
const FLOOR: Duration = Duration::from_mins(5);

/// Between two attempts without any keys. Short, because nothing can be
/// verified meanwhile and Teams repeats an activity after some 15 s.
const FLOOR_WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// The keys that sign inbound tokens: fetched when first needed, kept in memory
/// for 24 hours and outside the process for the next cold start.
///
/// One fetch is in flight at a time; whoever comes meanwhile waits for its
/// result. When a refresh fails, the old keys serve for 7 days.
pub struct SigningKeys {
    http: HttpClient,
    metadata_url: MetadataUrl,
    cache: Arc<dyn KeyCache>,
    now: Now,
    current: RwLock<Option<Arc<KeySet>>>,
    attempts: Mutex<Attempts>,
}

/// When the provider was last asked, and what for.
#[derive(Default)]
struct Attempts {
    any: Option<Timestamp>,
    unknown_key: Option<Timestamp>,
}

/// Why the provider is to be asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    NoKeys,
    Refresh,
    UnknownKey,
}

/// No signing keys could be had, neither from the provider nor from the cache.
///
/// A token cannot be judged then, so trying again later can help.
#[derive(Debug, thiserror::Error)]
#[error("failed to get signing keys")]
pub struct KeysUnavailable(#[source] Option<FetchError>);

/// Why no key was found.
pub(crate) enum NoKey {
    Unknown,
    Unavailable(KeysUnavailable),
}

impl SigningKeys {
    /// Keys that this metadata document announces. Asks nobody yet.
    #[must_use]
    pub fn new(
        http: HttpClient,
        metadata_url: MetadataUrl,
        cache: Arc<dyn KeyCache>,
        now: Now,
    ) -> Self {
        Self {
            http,
            metadata_url,
            cache,
            now,
            current: RwLock::default(),
            attempts: Mutex::default(),
        }
    }

    /// Makes sure that the kept keys are no older than a day: for a daily tick,
    /// so that a bot nobody writes to is ready for a provider that is down.
    ///
    /// # Errors
    ///
    /// [`KeysUnavailable`]: the provider gave nothing usable. The kept keys stay
    /// as they are; try again at the next tick.
    pub async fn refresh(&self) -> Result<(), KeysUnavailable> {
        let mut attempts = self.attempts.lock().await;
        self.load_if_empty().await;
        let now = (self.now)();
        if self.current().is_some_and(|keys| keys.is_fresh(now)) {
            return Ok(());
        }
        self.fetch(&mut attempts, Need::Refresh)
            .await
            .map_err(KeysUnavailable::from)
    }

    /// A key set that knows this key, and is neither stale without need nor too old.
    pub(crate) async fn with_key(&self, kid: &str) -> Result<Arc<KeySet>, NoKey> {
        if let Some(keys) = self.current()
            && keys.is_fresh((self.now)())
            && keys.key(kid).is_some()
        {
            return Ok(keys);
        }

        // Whoever waits here finds what the one before it has fetched.
        let mut attempts = self.attempts.lock().await;
        self.load_if_empty().await;
        let now = (self.now)();
        let need = match self.current() {
            None => Need::NoKeys,
            Some(keys) if !keys.is_usable(now) => Need::NoKeys,
            Some(keys) if !keys.is_fresh(now) => Need::Refresh,
            Some(keys) if keys.key(kid).is_some() => return Ok(keys),
            Some(_) => Need::UnknownKey,
        };
        let mut failed = None;
        if attempts.allow(need, now) {
            failed = self.fetch(&mut attempts, need).await.err();
        }
        drop(attempts);

        match self.current().filter(|keys| keys.is_usable(now)) {
            Some(keys) if keys.key(kid).is_some() => {
                if let Some(error) = failed {
                    tracing::warn!(error = %chain(&error), "signing keys not refreshed, older ones serve");
                }
                Ok(keys)
            }
            // A key that is new since the provider went down is no forgery.
            Some(_) => Err(failed.map_or(NoKey::Unknown, |e| NoKey::Unavailable(e.into()))),
            None => Err(NoKey::Unavailable(KeysUnavailable(failed))),
        }
    }

    async fn load_if_empty(&self) {
        if self.current().is_none()
            && let Some(cached) = self.cache.load().await
        {
            self.replace(KeySet::decode(&cached));
        }
    }

    async fn fetch(&self, attempts: &mut Attempts, need: Need) -> Result<(), FetchError> {
        let now = (self.now)();
        attempts.note(need, now);
        let cached = fetch(&self.http, &self.metadata_url, now).await?;
        let keys = KeySet::decode(&cached).ok_or(FetchError::NoKeys)?;
        self.replace(Some(keys));
        self.cache.save(&cached).await;
        Ok(())
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, keys: Option<KeySet>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = keys.map(Arc::new);
    }
}

impl Attempts {
    fn allow(&self, need: Need, now: Timestamp) -> bool {
        match need {
            Need::NoKeys => is_over(self.any, FLOOR_WITHOUT_KEYS, now),
            Need::Refresh => is_over(self.any, FLOOR, now),
            Need::UnknownKey => is_over(self.unknown_key, FLOOR, now),
        }
    }

    fn note(&mut self, need: Need, now: Timestamp) {
        self.any = Some(now);
        if need == Need::UnknownKey {
            self.unknown_key = Some(now);
        }
    }
}

/// Whether a floor has passed; a clock that was set back does not prolong it.
fn is_over(last: Option<Timestamp>, floor: Duration, now: Timestamp) -> bool {
    last.is_none_or(|last| now.duration_since(last).unsigned_abs() >= floor)
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<FetchError> for KeysUnavailable {
    fn from(error: FetchError) -> Self {
        Self(Some(error))
    }
}

//! A bot's endpoint on the test bench: an authenticator, its provider, a clock
//! that stands, and tokens to try.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use activity::{Activity, Cloud, HostPolicy};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_client::HttpClient;
use inbound_auth::{
    Authenticate, Authenticated, Authenticator, CachedKeys, KeyCache, Now, Refusal, Settings,
};
use jiff::Timestamp;
use jwt::{Algorithm, Header, RsaKey};
use serde_json::{Value, json};

use crate::provider::Provider;

pub(crate) const APP: &str = "5710acff-f313-453f-8b75-44fff54bab14";
pub(crate) const ISSUER: &str = "https://api.botframework.com";
pub(crate) const SERVICE_URL: &str = "https://smba.trafficmanager.net/amer/";
pub(crate) const START: i64 = 1_772_000_000;

pub(crate) static ONE: LazyLock<RsaKey> =
    LazyLock::new(|| RsaKey::from_pem(include_str!("../../../jwt/test-keys/one.pem")).unwrap());
pub(crate) static TWO: LazyLock<RsaKey> =
    LazyLock::new(|| RsaKey::from_pem(include_str!("../../../jwt/test-keys/two.pem")).unwrap());

pub(crate) struct Bench {
    pub(crate) provider: Provider,
    pub(crate) authenticator: Authenticator,
    pub(crate) cache: Arc<MemoryCache>,
    clock: Arc<AtomicI64>,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(jwks(&[("one", &ONE)]), MemoryCache::default()).await
    }

    pub(crate) async fn with(keys: Value, cache: MemoryCache) -> Self {
        let provider = Provider::start(keys).await;
        let cache = Arc::new(cache);
        let clock = Arc::new(AtomicI64::new(START));
        let authenticator = authenticator(&provider.metadata_url(), cache.clone(), clock.clone());
        Self {
            provider,
            authenticator,
            cache,
            clock,
        }
    }

    /// The same bot in a new process, with the same cache and clock.
    pub(crate) fn restart(&mut self) {
        let url = self.provider.metadata_url();
        self.authenticator = authenticator(&url, self.cache.clone(), self.clock.clone());
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Sends `message()` with a token.
    pub(crate) async fn send(&self, token: &str) -> Result<Authenticated<Activity>, Refusal> {
        self.send_body(token, &message()).await
    }

    pub(crate) async fn send_body(
        &self,
        token: &str,
        body: &Value,
    ) -> Result<Authenticated<Activity>, Refusal> {
        let header = format!("Bearer {token}");
        let body = body.to_string();
        let authenticator = &self.authenticator;
        authenticator
            .authenticate(Some(&header), body.as_bytes())
            .await
    }

    /// A good token of `one` at this time.
    pub(crate) fn token(&self) -> String {
        self.token_of("one", &ONE)
    }

    pub(crate) fn token_of(&self, kid: &str, key: &RsaKey) -> String {
        sign(&header(kid), &self.claims(), key)
    }

    pub(crate) fn claims(&self) -> Value {
        json!({
            "serviceurl": SERVICE_URL,
            "nbf": self.now() - 60,
            "exp": self.now() + 3540,
            "iss": ISSUER,
            "aud": APP,
        })
    }
}

fn authenticator(url: &str, cache: Arc<MemoryCache>, clock: Arc<AtomicI64>) -> Authenticator {
    let settings = Settings {
        app_id: APP.into(),
        issuer: ISSUER.into(),
        metadata_url: url.parse().unwrap(),
        hosts: HostPolicy::for_cloud(Cloud::Public),
    };
    let now: Now = Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
    Authenticator::new(HttpClient::new(), settings, cache, now)
}

pub(crate) fn header(kid: &str) -> Header {
    Header {
        kid: Some(kid.into()),
        x5t: Some(kid.into()),
        ..Header::new(Algorithm::RS256)
    }
}

pub(crate) fn sign(header: &Header, claims: &Value, key: &RsaKey) -> String {
    jwt::sign(header, claims, key).unwrap()
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key as the provider lists it, endorsed for Teams.
pub(crate) fn jwk(kid: &str, key: &RsaKey) -> Value {
    json!({
        "kty": "RSA", "use": "sig", "kid": kid, "x5t": kid,
        "n": base64url(key.modulus()), "e": base64url(key.exponent()),
        "x5c": ["MIIC…"],
        "endorsements": ["skype", "msteams"],
    })
}

pub(crate) fn jwks(keys: &[(&str, &RsaKey)]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|(kid, key)| jwk(kid, key)).collect();
    json!({ "keys": keys })
}

pub(crate) fn message() -> Value {
    json!({
        "type": "message",
        "id": "1772000000123",
        "channelId": "msteams",
        "serviceUrl": SERVICE_URL,
        "from": { "id": "29:ada", "aadObjectId": "11111111-aaaa-4aaa-8aaa-111111111111" },
        "recipient": { "id": format!("28:{APP}") },
        "conversation": { "id": "a:ada", "conversationType": "personal", "tenantId": "contoso" },
        "text": "help",
    })
}

/// Keeps keys in memory, as the table would.
#[derive(Default)]
pub(crate) struct MemoryCache(pub(crate) Mutex<Option<CachedKeys>>);

#[async_trait]
impl KeyCache for MemoryCache {
    async fn load(&self) -> Option<CachedKeys> {
        self.0.lock().unwrap().clone()
    }

    async fn save(&self, keys: &CachedKeys) {
        *self.0.lock().unwrap() = Some(keys.clone());
    }
}

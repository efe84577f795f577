//! The Bot Service's OpenID metadata, its signing keys, and the tokens with
//! which Teams calls a bot.
//!
//! Bot Connector authentication, and a token that was seen (protocol reference §2).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::shared::Shared;
use crate::{Algorithm, Reply, TestKey};

/// Who issues the tokens with which Teams calls a bot.
pub const INBOUND_ISSUER: &str = "https://api.botframework.com";

/// Which key signs, and which are published.
pub(crate) struct Signing {
    pub(crate) active: TestKey,
    published: Vec<(TestKey, &'static [&'static str])>,
    ready: Option<Ready>,
}

/// A token that is used again while it is young, as Teams does.
struct Ready {
    token: String,
    key: TestKey,
    audience: String,
    service_url: String,
    signed: Timestamp,
}

/// How long a signed token is used again.
const REUSE: Duration = Duration::from_secs(60);

const OTHER_CHANNELS: (TestKey, &[&str]) = (
    TestKey::OtherChannels,
    &["directline", "email", "facebook", "slack", "sms", "webchat"],
);

impl Default for Signing {
    fn default() -> Self {
        Self {
            active: TestKey::Teams1,
            published: vec![OTHER_CHANNELS, (TestKey::Teams1, &["skype", "msteams"])],
            ready: None,
        }
    }
}

impl Signing {
    /// Signs with the second key from now on, and publishes it.
    pub(crate) fn rotate(&mut self, keep_old: bool) {
        let new = match self.active {
            TestKey::Teams1 => TestKey::Teams2,
            _ => TestKey::Teams1,
        };
        let old = self.active;
        self.active = new;
        self.published = vec![OTHER_CHANNELS, (new, &["msteams"])];
        if keep_old {
            self.published.push((old, &["skype", "msteams"]));
        }
    }

    fn key_set(&self) -> Value {
        let keys: Vec<Value> = self
            .published
            .iter()
            .map(|(key, endorsements)| {
                let mut jwk = key.jwk();
                jwk["endorsements"] = json!(endorsements);
                jwk
            })
            .collect();
        json!({ "keys": keys })
    }
}

pub(crate) fn metadata(shared: &Shared) -> Reply {
    Reply::json(
        200,
        json!({
            "issuer": INBOUND_ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": format!("{}/v1/.well-known/keys", shared.base()),
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }),
    )
}

pub(crate) fn keys(shared: &Shared) -> Reply {
    Reply::json(200, shared.signing().key_set())
}

/// A token with which Teams calls the bot, before it is signed.
///
/// As it comes from [`Simulator::inbound_token`](crate::Simulator::inbound_token)
/// it is a good one. Change it to see a bad one refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InboundToken {
    /// Which key signs.
    pub key: TestKey,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The header: `alg`, `kid`, `typ`, `x5t`.
    pub header: Value,
    /// The claims: `serviceurl`, `nbf`, `exp`, `iss`, `aud`, and no other.
    pub claims: Value,
}

impl InboundToken {
    /// The same token signed by another key, which the header names.
    #[must_use]
    pub fn signed_by(mut self, key: TestKey) -> Self {
        self.key = key;
        self.header["kid"] = key.key_id().into();
        self.header["x5t"] = key.key_id().into();
        self
    }

    /// Sets a claim.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// Takes a claim away.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        if let Some(claims) = self.claims.as_object_mut() {
            claims.remove(name);
        }
        self
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// The token, signed.
    #[must_use]
    pub fn sign(&self) -> String {
        self.key.sign(self.algorithm, &self.header, &self.claims)
    }
}

impl Shared {
    pub(crate) fn signing(&self) -> std::sync::MutexGuard<'_, Signing> {
        self.signing
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A good token for the bot, from now.
    pub(crate) fn inbound_token(&self) -> InboundToken {
        let key = self.signing().active;
        let now = self.settings.clock.now();
        let lifetime = self.settings.inbound_token_lifetime.as_secs();
        let lifetime = i64::try_from(lifetime).unwrap_or(i64::MAX);
        InboundToken {
            key,
            algorithm: Algorithm::Rs256,
            header: json!({
                "alg": "RS256",
                "kid": key.key_id(),
                "typ": "JWT",
                "x5t": key.key_id(),
            }),
            claims: json!({
                "serviceurl": self.service_url(),
                "nbf": now.as_second(),
                "exp": now.as_second().saturating_add(lifetime),
                "iss": INBOUND_ISSUER,
                "aud": self.model().bot.app_id,
            }),
        }
    }

    /// The token for the next delivery: signed, and used again while it is young.
    pub(crate) fn signed_inbound_token(&self) -> String {
        let fresh = self.inbound_token();
        let now = self.settings.clock.now();
        let member = |name: &str| fresh.claims[name].as_str().unwrap_or_default().to_owned();
        let (audience, service_url) = (member("aud"), member("serviceurl"));
        let mut signing = self.signing();
        if let Some(ready) = &signing.ready {
            let age = now.duration_since(ready.signed);
            let young = !age.is_negative()
                && age.unsigned_abs() < REUSE.min(self.settings.inbound_token_lifetime / 2);
            if young
                && ready.key == fresh.key
                && ready.audience == audience
                && ready.service_url == service_url
            {
                return ready.token.clone();
            }
        }
        let token = fresh.sign();
        signing.ready = Some(Ready {
            token: token.clone(),
            key: fresh.key,
            audience,
            service_url,
            signed: now,
        });
        token
    }
}

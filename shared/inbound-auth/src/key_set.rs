use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jwt::{Algorithm, DecodingKey};

use crate::key_cache::CachedKeys;
use crate::seen::Seen;

/// A key set is refreshed when it is older (protocol reference §2.2).
pub(crate) const FRESH_FOR: Duration = Duration::from_hours(24);

/// A key set is used that long when the provider is down.
const USABLE_FOR: Duration = Duration::from_hours(7 * 24);

/// Clocks of two machines may differ by that much; a set from further in the
/// future would stay fresh for ever.
const FUTURE: SignedDuration = SignedDuration::from_mins(10);

/// What is ever taken, whatever the provider announces. RS256 is what Teams
/// uses; the others are what Microsoft's older SDKs take too.
const ACCEPTED: [(&str, Algorithm); 3] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
];

/// The algorithm of this name, if it is ever taken: never `none`, never HMAC.
pub(crate) fn accepted(name: &str) -> Option<Algorithm> {
    ACCEPTED
        .iter()
        .find(|(accepted, _)| *accepted == name)
        .map(|(_, algorithm)| *algorithm)
}

/// Signing keys, decoded and ready for use.
#[derive(Debug)]
pub(crate) struct KeySet {
    fetched_at: Timestamp,
    algorithms: Vec<Algorithm>,
    keys: Vec<Key>,
}

#[derive(Debug)]
pub(crate) struct Key {
    kid: String,
    pub(crate) decoding: DecodingKey,
    pub(crate) teams: bool,
    /// Tokens that this key is known to have signed; gone with the key set, after a day at the latest.
    pub(crate) signed: Seen<()>,
}

impl KeySet {
    /// Decodes a key set, passing over keys that cannot be read.
    ///
    /// `None` when no key or no algorithm is left.
    pub(crate) fn decode(cached: &CachedKeys) -> Option<Self> {
        let keys: Vec<Key> = cached
            .keys
            .iter()
            .filter_map(|key| {
                Some(Key {
                    kid: key.kid.clone(),
                    decoding: DecodingKey::from_rsa_components(&key.n, &key.e).ok()?,
                    teams: key.teams,
                    signed: Seen::default(),
                })
            })
            .collect();
        let algorithms: Vec<Algorithm> = cached
            .algorithms
            .iter()
            .filter_map(|name| accepted(name))
            .collect();
        (!keys.is_empty() && !algorithms.is_empty()).then_some(Self {
            fetched_at: cached.fetched_at,
            algorithms,
            keys,
        })
    }

    pub(crate) fn key(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.is_younger(FRESH_FOR, now)
    }

    pub(crate) fn is_usable(&self, now: Timestamp) -> bool {
        self.is_younger(USABLE_FOR, now)
    }

    fn is_younger(&self, limit: Duration, now: Timestamp) -> bool {
        let age = now.duration_since(self.fetched_at);
        age >= -FUTURE && age < SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
    }
}

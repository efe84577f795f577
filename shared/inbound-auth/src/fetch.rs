//! Reading metadata and keys from the provider (protocol reference §2.1).

use std::time::Duration;

use bytes::Bytes;
use http_client::{HttpClient, HttpError, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use crate::key_cache::{CachedKey, CachedKeys};
use crate::key_set::accepted;
use crate::metadata_url::MetadataUrl;

/// Two of these must fit into the 15 s that Teams waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(4);

const MAX_METADATA: usize = 64 * 1024;
/// Certificates make the key document large; we skip them.
const MAX_KEYS: usize = 1024 * 1024;
const MAX_KEY_COUNT: usize = 200;
const MAX_KID: usize = 256;

/// Why the provider's answer is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("failed to reach the key provider")]
    Unreachable(#[source] HttpError),
    #[error("the key provider answered {0}")]
    Status(StatusCode),
    #[error("the key provider's answer is too large")]
    TooLarge,
    #[error("the key provider's answer is not the expected JSON")]
    Json(#[source] serde_json::Error),
    #[error("the key provider leads to an address that is not https")]
    Address,
    #[error("the key provider announces no RSA algorithm that we take")]
    Algorithms,
    #[error("the key provider announces no usable key")]
    NoKeys,
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
    #[serde(default)]
    id_token_signing_alg_values_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct KeyDocument<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct JsonWebKey {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    endorsements: Option<Vec<String>>,
}

/// Asks the provider for its metadata, then for its keys.
pub(crate) async fn fetch(
    http: &HttpClient,
    metadata_url: &MetadataUrl,
    now: Timestamp,
) -> Result<CachedKeys, FetchError> {
    let body = get(http, metadata_url.as_url(), MAX_METADATA).await?;
    let metadata: Metadata = json(&body)?;
    let key_address = metadata_url
        .key_address(&metadata.jwks_uri)
        .ok_or(FetchError::Address)?;
    let algorithms = algorithms(metadata.id_token_signing_alg_values_supported)?;

    let body = get(http, &key_address, MAX_KEYS).await?;
    let keys = keys(&body)?;
    Ok(CachedKeys {
        fetched_at: now,
        algorithms,
        keys,
    })
}

/// What the provider announces and we take; RS256 when it announces nothing.
fn algorithms(announced: Option<Vec<String>>) -> Result<Vec<String>, FetchError> {
    let announced = announced.unwrap_or_else(|| vec!["RS256".to_owned()]);
    let taken: Vec<String> = announced
        .into_iter()
        .filter(|name| accepted(name).is_some())
        .collect();
    if taken.is_empty() {
        return Err(FetchError::Algorithms);
    }
    Ok(taken)
}

/// The usable keys of a key document; the others are passed over one by one.
fn keys(body: &[u8]) -> Result<Vec<CachedKey>, FetchError> {
    let document: KeyDocument<'_> = serde_json::from_slice(body).map_err(FetchError::Json)?;
    let keys: Vec<CachedKey> = document
        .keys
        .into_iter()
        .filter_map(|raw| serde_json::from_str(raw.get()).ok())
        .filter_map(JsonWebKey::usable)
        .take(MAX_KEY_COUNT)
        .collect();
    if keys.is_empty() {
        return Err(FetchError::NoKeys);
    }
    Ok(keys)
}

impl JsonWebKey {
    fn usable(self) -> Option<CachedKey> {
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let accepted = self
            .alg
            .as_deref()
            .is_none_or(|alg| accepted(alg).is_some());
        let named = !self.kid.is_empty() && self.kid.len() <= MAX_KID;
        let teams = self
            .endorsements
            .is_none_or(|channels| channels.iter().any(|c| c == activity::ChannelId::MSTEAMS));
        (self.kty == "RSA" && signs && accepted && named).then_some(CachedKey {
            kid: self.kid,
            n: self.n,
            e: self.e,
            teams,
        })
    }
}

async fn get(http: &HttpClient, url: &Url, limit: usize) -> Result<Bytes, FetchError> {
    let request = http.get(url).timeout(TIMEOUT);
    let mut response = request.send().await.map_err(FetchError::Unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let body = response.at_most(limit).await;
    let body = body.map_err(FetchError::Unreachable)?;
    body.ok_or(FetchError::TooLarge)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, FetchError> {
    serde_json::from_slice(body).map_err(FetchError::Json)
}

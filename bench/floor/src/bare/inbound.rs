//! An activity of Teams: its token checked, a reply sent.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_runtime::Error;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::http::Teams;
use crate::outbound::{activities_of, segment};

/// A request of a function URL, as much of it as counts.
#[derive(Deserialize)]
pub(crate) struct Request {
    headers: HashMap<String, String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Activity {
    id: String,
    service_url: String,
    conversation: Account,
    from: Account,
    recipient: Account,
}

#[derive(Deserialize, Serialize)]
struct Account {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    r#type: &'static str,
    text: &'static str,
    from: &'a Account,
    recipient: &'a Account,
    conversation: &'a Account,
    reply_to_id: &'a str,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: u64,
    serviceurl: String,
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    n: String,
    e: String,
}

/// The keys, fetched once.
static KEYS: OnceCell<KeySet> = OnceCell::const_new();

pub(crate) async fn answer(teams: &Teams, request: Request) -> Result<(), Error> {
    let activity: Activity = serde_json::from_str(&request.body)?;
    let token = request
        .headers
        .get("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    check(teams, token.ok_or("no token")?, &activity.service_url).await?;
    let reply = serde_json::to_vec(&Reply {
        r#type: "message",
        text: "heard",
        from: &activity.recipient,
        recipient: &activity.from,
        conversation: &activity.conversation,
        reply_to_id: &activity.id,
    })?;
    let conversation = activities_of(&activity.service_url, &activity.conversation.id);
    let url = format!("{conversation}/{}", segment(&activity.id));
    teams.post(&url, reply.into()).await
}

async fn check(teams: &Teams, token: &str, service_url: &str) -> Result<(), Error> {
    let (signed, signature) = token.rsplit_once('.').ok_or("no token of three parts")?;
    let (head, claims) = signed.split_once('.').ok_or("no token of three parts")?;
    let (head, claims): (Head, Claims) = (decode(head)?, decode(claims)?);
    let keys = KEYS.get_or_try_init(|| fetch_keys(teams)).await?;
    let key = keys.keys.iter().find(|key| key.kid == head.kid);
    let key = key.filter(|_| head.alg == "RS256").ok_or("unknown key")?;
    let public = RsaPublicKeyComponents {
        n: URL_SAFE_NO_PAD.decode(&key.n)?,
        e: URL_SAFE_NO_PAD.decode(&key.e)?,
    };
    let signature = URL_SAFE_NO_PAD.decode(signature)?;
    public
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .map_err(|_| "forged")?;
    let good = claims.iss == "https://api.botframework.com"
        && claims.aud == teams.app_id()
        && claims.exp > now()
        && claims.serviceurl == service_url;
    if good {
        Ok(())
    } else {
        Err("not for us".into())
    }
}

async fn fetch_keys(teams: &Teams) -> Result<KeySet, Error> {
    let metadata: Metadata = serde_json::from_slice(&teams.get(teams.metadata()).await?)?;
    Ok(serde_json::from_slice(
        &teams.get(&metadata.jwks_uri).await?,
    )?)
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, Error> {
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor carries nothing of ours, the clock included"
)]
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

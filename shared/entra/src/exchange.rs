//! One token request, one answer.

use std::sync::Arc;

use activity::AppId;
use http_client::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http_client::{HttpClient, HttpError, StatusCode, retry_after};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::access_token::AccessToken;
use crate::credential::{Credential, CredentialError};
use crate::error::{Refusal, TokenError};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// More than any answer of Entra's.
const LONGEST_ANSWER: usize = 64 * 1024;

/// What a token is asked for.
pub(crate) struct Request<'a> {
    pub(crate) app_id: &'a AppId,
    pub(crate) token_url: &'a Url,
    pub(crate) scope: &'a str,
}

/// Asks once.
pub(crate) async fn exchange(
    http: &HttpClient,
    request: &Request<'_>,
    credential: &Credential,
    now: Timestamp,
) -> Result<AccessToken, TokenError> {
    let form = form(request, credential, now)?;
    let mut response = http
        .post(request.token_url)
        .header(CONTENT_TYPE, FORM)
        .body(form)
        .send()
        .await
        .map_err(unreachable)?;
    let status = response.status();
    let body = response.at_most(LONGEST_ANSWER).await;
    let body = body
        .map_err(unreachable)?
        .ok_or(TokenError::Unreadable { status })?;
    if status.is_success() {
        issued(&body, now).ok_or(TokenError::Unreadable { status })
    } else {
        Err(refused(status, response.headers(), &body, now))
    }
}

fn form(
    request: &Request<'_>,
    credential: &Credential,
    now: Timestamp,
) -> Result<String, TokenError> {
    let app_id = request.app_id.as_str();
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials")
        .append_pair("client_id", app_id)
        .append_pair("scope", request.scope);
    match credential {
        Credential::Secret(secret) => form.append_pair("client_secret", secret.expose()),
        Credential::Assertion(assertion) => form
            .append_pair("client_assertion_type", JWT_BEARER)
            .append_pair("client_assertion", assertion.expose()),
        Credential::Certificate(certificate) => {
            let assertion = certificate
                .assertion(app_id, request.token_url.as_str(), now)
                .map_err(|error| TokenError::Credential(CredentialError::permanent(error)))?;
            form.append_pair("client_assertion_type", JWT_BEARER)
                .append_pair("client_assertion", &assertion)
        }
    };
    Ok(form.finish())
}

fn unreachable(error: HttpError) -> TokenError {
    TokenError::Unreachable(Arc::new(error))
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    #[serde(deserialize_with = "seconds")]
    expires_in: i64,
}

/// Older endpoints write the number as text.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(i64),
        Text(String),
    }
    match Seconds::deserialize(deserializer)? {
        Seconds::Number(seconds) => Ok(seconds),
        Seconds::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

fn issued(body: &[u8], now: Timestamp) -> Option<AccessToken> {
    let answer: Issued = serde_json::from_slice(body).ok()?;
    // Counted from before the request, so that it never ends later than Entra means.
    let expires = now
        .checked_add(SignedDuration::from_secs(answer.expires_in))
        .ok()?;
    AccessToken::new(&answer.access_token, expires).ok()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: Option<String>,
    error_description: Option<String>,
    error_codes: Vec<u32>,
    trace_id: Option<String>,
}

fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> TokenError {
    let retry_after = retry_after(headers, now);
    let answer: Option<Refused> = serde_json::from_slice(body).ok();
    // A gateway's own 429 or 5xx counts like Entra's; any other answer without
    // an OAuth error comes from somebody else.
    let temporary = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    match answer {
        Some(answer) if answer.error.is_some() || temporary => TokenError::Refused(Refusal {
            status,
            code: code(&answer),
            error: answer.error,
            trace_id: answer.trace_id,
            retry_after,
        }),
        _ if temporary => TokenError::Refused(Refusal {
            status,
            error: None,
            code: None,
            trace_id: None,
            retry_after,
        }),
        _ => TokenError::Unreadable { status },
    }
}

fn code(answer: &Refused) -> Option<u32> {
    answer.error_codes.first().copied().or_else(|| {
        let text = answer.error_description.as_deref()?;
        let digits = text.strip_prefix("AADSTS")?;
        let end = digits.find(|c: char| !c.is_ascii_digit());
        digits[..end.unwrap_or(digits.len())].parse().ok()
    })
}

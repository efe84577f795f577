//! Request signatures: AWS's Signature Version 4, in headers.
//!
//! See "Create a signed AWS API request" in the IAM User Guide. Hashes and HMACs are ring's. `aws-sigv4`, the SDK's own
//! signer, is what the tests compare with: it derives the day's key anew for every request.

mod canonical;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http_client::Method;
use http_client::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::tz::Offset;
use ring::{digest, hmac};
use url::Url;

use crate::credentials::Credentials;

type Error = Box<dyn std::error::Error + Send + Sync>;

const ALGORITHM: &[u8] = b"AWS4-HMAC-SHA256";
const TERMINATOR: &[u8] = b"aws4_request";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The length of a date without its time: `20150830`.
const DAY: usize = 8;

/// Who signs, where. What the services of a region have in common of their keys is derived once for all of them.
#[derive(Debug)]
pub(crate) struct Signatory {
    credentials: Credentials,
    region: String,
    key: DaysKey,
    token: OnceLock<HeaderValue>,
}

/// Who signs, and for what.
#[derive(Debug)]
pub(crate) struct Signer {
    signatory: Arc<Signatory>,
    /// The name under which the service checks signatures.
    service: &'static str,
    key: DaysKey,
}

impl Signatory {
    pub(crate) fn new(credentials: Credentials, region: String) -> Self {
        Self {
            credentials,
            region,
            key: DaysKey::default(),
            token: OnceLock::new(),
        }
    }

    fn key_of(&self, day: &[u8]) -> hmac::Key {
        self.key.of(day, || {
            let secret = ["AWS4", self.credentials.secret()].concat();
            let of_the_day = next_key(&key(secret.as_bytes()), day);
            next_key(&of_the_day, self.region.as_bytes())
        })
    }

    /// The session's token as it is sent.
    fn session_token(&self) -> Result<Option<HeaderValue>, Error> {
        let Some(token) = self.credentials.session_token() else {
            return Ok(None);
        };
        if self.token.get().is_none() {
            let mut token = HeaderValue::from_str(token)?;
            token.set_sensitive(true);
            self.token.set(token).ok();
        }
        Ok(self.token.get().cloned())
    }
}

impl Signer {
    pub(crate) fn new(signatory: Arc<Signatory>, service: &'static str) -> Self {
        Self {
            signatory,
            service,
            key: DaysKey::default(),
        }
    }

    /// Signs a request with the headers that are there, and adds the headers that the signature needs.
    ///
    /// Everything in `headers` is signed: leave out what somebody on the way may change.
    ///
    /// # Errors
    ///
    /// A header's value, the key's name or the session's token is not of visible ASCII; the time is beyond the calendar.
    pub(crate) fn sign(
        &self,
        method: &Method,
        url: &Url,
        headers: &mut HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), Error> {
        let time = date_time(now)?;
        let day = &time[..DAY];
        headers.insert(DATE, HeaderValue::from_bytes(&time)?);
        if let Some(token) = self.signatory.session_token()? {
            headers.insert(SESSION_TOKEN, token);
        }
        let request = canonical::request(method, url, headers, &hex(&sha256(body)))?;
        let [region, service] = [self.signatory.region.as_bytes(), self.service.as_bytes()];
        let scope = [day, region, service, TERMINATOR].join(&b'/');
        let hash = hex(&sha256(&request.text));
        let to_sign = [ALGORITHM, &time, &scope, &hash].join(&b'\n');
        let mut signature = [0; 32];
        signature.copy_from_slice(hmac::sign(&self.key_of(day), &to_sign).as_ref());
        let authorization = [
            ALGORITHM,
            b" Credential=",
            self.signatory.credentials.key_id().as_bytes(),
            b"/",
            &scope,
            b", SignedHeaders=",
            &request.signed_headers,
            b", Signature=",
            &hex(&signature),
        ];
        let authorization = Bytes::from(authorization.concat());
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_maybe_shared(authorization)?,
        );
        Ok(())
    }

    fn key_of(&self, day: &[u8]) -> hmac::Key {
        self.key.of(day, || {
            let of_the_region = self.signatory.key_of(day);
            let of_the_service = next_key(&of_the_region, self.service.as_bytes());
            next_key(&of_the_service, TERMINATOR)
        })
    }
}

/// A key of a day. The last one is kept, as deriving one takes an HMAC or two for each part of its scope.
#[derive(Debug, Default)]
struct DaysKey(Mutex<Option<([u8; DAY], hmac::Key)>>);

impl DaysKey {
    fn of(&self, day: &[u8], derive: impl FnOnce() -> hmac::Key) -> hmac::Key {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((known, key)) if known == day => key.clone(),
            _ => {
                let key = derive();
                *kept = day.try_into().ok().map(|day| (day, key.clone()));
                key
            }
        }
    }
}

fn next_key(last: &hmac::Key, part: &[u8]) -> hmac::Key {
    key(hmac::sign(last, part).as_ref())
}

fn key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// A time as signatures have it: `20150830T123600Z`.
fn date_time(time: SystemTime) -> Result<[u8; 16], jiff::Error> {
    let time = Offset::UTC.to_datetime(Timestamp::try_from(time)?);
    let year = time.year().unsigned_abs();
    let two = |number: i8| number.unsigned_abs().into();
    let mut text = *b"00000000T000000Z";
    write_number(&mut text[..4], year);
    write_number(&mut text[4..6], two(time.month()));
    write_number(&mut text[6..8], two(time.day()));
    write_number(&mut text[9..11], two(time.hour()));
    write_number(&mut text[11..13], two(time.minute()));
    write_number(&mut text[13..15], two(time.second()));
    Ok(text)
}

/// Writes a number that has as many digits as there are places.
fn write_number(places: &mut [u8], mut number: u16) {
    for place in places.iter_mut().rev() {
        *place = b"0123456789"[usize::from(number % 10)];
        number /= 10;
    }
}

fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
}

#[cfg(test)]
mod tests;

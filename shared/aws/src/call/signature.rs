//! Request signatures: AWS's Signature Version 4, in headers.
//!
//! See "Create a signed AWS API request" in the IAM User Guide. Hashes and HMACs are ring's. `aws-sigv4`, the SDK's own
//! signer, is what the tests compare with: it derives the day's key anew for every request.

mod canonical;

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use http_client::Method;
use http_client::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use http_client::reqwest::Url;
use jiff::Timestamp;
use jiff::tz::Offset;
use ring::{digest, hmac};

use crate::credentials::Credentials;

type Error = Box<dyn std::error::Error + Send + Sync>;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The length of a date without its time: `20150830`.
const DAY: usize = 8;

/// Who signs, and for what.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    region: String,
    /// The name under which the service checks signatures.
    service: &'static str,
    key: Mutex<Option<DaysKey>>,
}

/// The key that all signatures of a day are made with.
#[derive(Clone, Debug)]
struct DaysKey {
    day: String,
    key: hmac::Key,
}

impl Signer {
    pub(crate) fn new(credentials: Credentials, region: String, service: &'static str) -> Self {
        Self {
            credentials,
            region,
            service,
            key: Mutex::new(None),
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
        headers.insert(DATE, HeaderValue::from_str(&time)?);
        if let Some(token) = self.credentials.session_token() {
            let mut token = HeaderValue::from_str(token)?;
            token.set_sensitive(true);
            headers.insert(SESSION_TOKEN, token);
        }
        let request = canonical::request(method, url, headers, &hex(&sha256(body)))?;
        let scope = [day, &self.region, self.service, "aws4_request"].join("/");
        let hash = hex(&sha256(request.text.as_bytes()));
        let to_sign = [ALGORITHM, &time, &scope, &hash].join("\n");
        let signature = hmac::sign(&self.key_of(day), to_sign.as_bytes());
        let authorization = [
            ALGORITHM,
            " Credential=",
            self.credentials.key_id(),
            "/",
            &scope,
            ", SignedHeaders=",
            &request.signed_headers,
            ", Signature=",
            &hex(signature.as_ref()),
        ];
        let authorization = HeaderValue::try_from(authorization.concat())?;
        headers.insert(AUTHORIZATION, authorization);
        Ok(())
    }

    /// The key of a day: the last one is kept, as deriving one takes four HMACs.
    fn key_of(&self, day: &str) -> hmac::Key {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(known) if known.day == day => known.key.clone(),
            _ => {
                let key = self.derive(day);
                *kept = Some(DaysKey {
                    day: day.to_owned(),
                    key: key.clone(),
                });
                key
            }
        }
    }

    fn derive(&self, day: &str) -> hmac::Key {
        let secret = ["AWS4", self.credentials.secret()].concat();
        let parts = [day, &self.region, self.service, "aws4_request"];
        parts.iter().fold(key(secret.as_bytes()), |last, part| {
            key(hmac::sign(&last, part.as_bytes()).as_ref())
        })
    }
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
fn date_time(time: SystemTime) -> Result<String, jiff::Error> {
    let time = Offset::UTC.to_datetime(Timestamp::try_from(time)?);
    let year = time.year().unsigned_abs();
    let mut text = String::with_capacity(16);
    let two = |text: &mut String, number: i8| {
        let number = number.unsigned_abs();
        text.push(char::from(b'0' + number / 10));
        text.push(char::from(b'0' + number % 10));
    };
    for digit in [year / 1000, year / 100 % 10, year / 10 % 10, year % 10] {
        text.push(char::from_digit(digit.into(), 10).unwrap_or('0'));
    }
    two(&mut text, time.month());
    two(&mut text, time.day());
    text.push('T');
    two(&mut text, time.hour());
    two(&mut text, time.minute());
    two(&mut text, time.second());
    text.push('Z');
    Ok(text)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

#[cfg(test)]
mod tests;

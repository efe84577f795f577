use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use serde::de::DeserializeOwned;

use crate::{Algorithm, DecodingKey, verify};

/// A token taken apart, nothing in it checked yet.
///
/// What [`Unverified::claims`] gives may decide which key to look for and
/// whether to look at all; it may be believed once [`Unverified::is_signed_by`]
/// said so for the same value.
#[derive(Clone, Copy)]
pub struct Unverified<'a> {
    /// Header and claims with the dot between them: what is signed.
    signing_input: &'a str,
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Takes a token in compact form apart.
    ///
    /// `None` unless it has three parts of base64url characters, none of them empty.
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        let (signing_input, signature) = token.rsplit_once('.')?;
        let (header, claims) = signing_input.split_once('.')?;
        let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let whole = [header, claims, signature]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(base64url));
        whole.then_some(Self {
            signing_input,
            header,
            claims,
            signature,
        })
    }

    /// Reads the header. `None` if it is not base64url or not the JSON of a `T`.
    #[must_use]
    pub fn header<T: DeserializeOwned>(&self) -> Option<T> {
        read(self.header)
    }

    /// Reads the claims. `None` if they are not base64url or not the JSON of a `T`.
    #[must_use]
    pub fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        read(self.claims)
    }

    /// Whether this key signed the token with this algorithm.
    #[must_use]
    pub fn is_signed_by(&self, key: &DecodingKey, algorithm: Algorithm) -> bool {
        verify(self.signing_input, self.signature, key, algorithm)
    }
}

/// Tells one token from every other, and nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; SHA256_OUTPUT_LEN]);

impl Fingerprint {
    /// The SHA-256 of a token in compact form.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let digest = digest(&SHA256, token.as_bytes());
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

fn read<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}

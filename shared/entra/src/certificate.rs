use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jwt::{Algorithm, Header, KeyError, RsaKey, SignError};
use ring::rand::{self, SystemRandom};
use serde::Serialize;

/// How long an assertion may be used. Entra takes ten minutes at most.
const LIFETIME_SECONDS: i64 = 600;

/// A certificate and its RSA key. Cloning shares them; Debug output has only
/// the thumbprint.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    /// SHA-256 of the certificate, as `x5t#S256` has it.
    thumbprint: String,
    key: RsaKey,
}

impl Certificate {
    /// Reads PEM text that has a certificate and its private key, in any order
    /// and with or without the certificate's chain.
    ///
    /// # Errors
    ///
    /// [`CertificateError`]: what is missing or does not fit. Nothing but
    /// another text will help.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let key = RsaKey::from_pem(text).map_err(CertificateError::Key)?;
        let certificates = jwt::certificates_from_pem(text);
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        // A certificate contains its public key; of a chain, only the leaf has this one.
        let modulus = key.modulus();
        let leaf = certificates
            .iter()
            .find(|der| der.windows(modulus.len()).any(|part| part == modulus))
            .ok_or(CertificateError::Mismatch)?;
        let digest = ring::digest::digest(&ring::digest::SHA256, leaf);
        Ok(Self(Arc::new(Inner {
            thumbprint: URL_SAFE_NO_PAD.encode(digest),
            key,
        })))
    }

    /// The SHA-256 thumbprint in base64url, by which Entra finds the certificate.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// An assertion that the holder of the key is `app_id`, for one token
    /// request to `audience` (protocol reference §1.4).
    pub(crate) fn assertion(
        &self,
        app_id: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.0.thumbprint.clone());
        let now = now.as_second();
        let claims = Claims {
            aud: audience,
            iss: app_id,
            sub: app_id,
            jti: guid(),
            nbf: now,
            iat: now,
            exp: now + LIFETIME_SECONDS,
        };
        jwt::sign(&header, &claims, &self.0.key)
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

/// A random GUID (version 4).
fn guid() -> String {
    let random = rand::generate::<[u8; 16]>(&SystemRandom::new())
        .expect("the operating system gives random bytes, or TLS would not work either")
        .expose();
    let n = u128::from_be_bytes(random) & !(0xf << 76) & !(0xc << 60) | (0x4 << 76) | (0x8 << 60);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        n >> 96,
        (n >> 80) & 0xffff,
        (n >> 64) & 0xffff,
        (n >> 48) & 0xffff,
        n & 0xffff_ffff_ffff
    )
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.thumbprint == other.0.thumbprint
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("thumbprint", &self.0.thumbprint)
            .finish_non_exhaustive()
    }
}

/// Why PEM text was not taken as a certificate with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The private key is missing or unusable.
    #[error("failed to read the certificate's key")]
    Key(#[source] KeyError),
    /// The text has no certificate.
    #[error("failed to find a certificate in the PEM text")]
    NoCertificate,
    /// No certificate in the text belongs to the private key.
    #[error("failed to match the certificate: it belongs to another private key")]
    Mismatch,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_random_and_of_version_4() {
        let (one, other) = (guid(), guid());
        assert_ne!(one, other);
        let parts: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[19]));
    }
}

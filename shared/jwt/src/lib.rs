#![doc = include_str!("../README.md")]

mod compact;
mod key;
mod pem;
mod provider;

pub use compact::{Fingerprint, Unverified};
pub use jsonwebtoken;
pub use jsonwebtoken::{Algorithm, DecodingKey, Header};
pub use key::{KeyError, RsaKey, SignError};
pub use pem::certificates_from_pem;
pub use provider::install;

/// Checks one signature over `signing_input`, the token up to its second dot.
///
/// `algorithm` comes from the caller's configuration, never from the token.
/// False for a signature that is wrong, or not base64url, or for an algorithm
/// that is not RSA.
#[must_use]
pub fn verify(
    signing_input: &str,
    signature: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> bool {
    install();
    jsonwebtoken::crypto::verify(signature, signing_input.as_bytes(), key, algorithm)
        .unwrap_or(false)
}

/// Signs a token with the algorithm that `header` names.
///
/// # Errors
///
/// [`SignError`]: the algorithm is not RS256 or PS256, or the claims do not
/// serialise. Neither depends on time, so trying again cannot help.
pub fn sign(
    header: &Header,
    claims: &impl serde::Serialize,
    key: &RsaKey,
) -> Result<String, SignError> {
    install();
    jsonwebtoken::encode(header, claims, key.encoding_key()).map_err(SignError)
}

use std::fmt;

use jsonwebtoken::EncodingKey;

use crate::{pem, provider};

/// A private RSA key, checked when it is read. Debug output is redacted.
#[derive(Clone)]
pub struct RsaKey {
    encoding: EncodingKey,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    /// Reads a key from PEM text: the first `PRIVATE KEY` (PKCS#8) or
    /// `RSA PRIVATE KEY` (PKCS#1) block. Other blocks, such as certificates, are
    /// passed over.
    ///
    /// # Errors
    ///
    /// - [`KeyError::NoPrivateKey`]: no such block; the text may hold only a
    ///   certificate, or a key that is encrypted.
    /// - [`KeyError::Unusable`]: see [`RsaKey::from_der`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = pem::first_block(text, &["PRIVATE KEY", "RSA PRIVATE KEY"])
            .ok_or(KeyError::NoPrivateKey)?;
        Self::from_der(&der)
    }

    /// Reads a key from PKCS#8 or PKCS#1 DER.
    ///
    /// # Errors
    ///
    /// [`KeyError::Unusable`]: not RSA, damaged, or not of 2048 to 4096 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let pair = provider::key_pair(der).map_err(|_| KeyError::Unusable)?;
        let public: ring::rsa::PublicKeyComponents<Vec<u8>> = pair.public().into();
        Ok(Self {
            encoding: EncodingKey::from_rsa_der(der),
            modulus: public.n,
            exponent: public.e,
        })
    }

    /// The public modulus, big-endian, as `n` of a JSON web key has it before base64url.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian, as `e` of a JSON web key has it before base64url.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    pub(crate) fn encoding_key(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey([redacted])")
    }
}

/// Why a private key was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text has no unencrypted private key.
    #[error("failed to find an unencrypted private key in the PEM text")]
    NoPrivateKey,
    /// The key is not RSA, is damaged, or has a size that is not supported.
    #[error("failed to read the private key: not an RSA key of 2048 to 4096 bits")]
    Unusable,
}

/// Why a token was not signed.
#[derive(Debug, thiserror::Error)]
#[error("failed to sign a token")]
pub struct SignError(#[source] pub(crate) jsonwebtoken::errors::Error);

//! The `CryptoProvider` that jsonwebtoken asks for, over ring.
//!
//! jsonwebtoken 11 ships two back ends: aws-lc-rs (2 MB in every binary) and
//! RustCrypto (whose `rsa` crate has an open advisory, RUSTSEC-2023-0071). Ring
//! is linked already, under TLS.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::rand::SystemRandom;
use ring::signature::{
    self as rsa, RsaEncoding, RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
};

/// Makes ring the cryptography of jsonwebtoken for this process.
///
/// Call it as often as you like; the functions of this crate do so themselves.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An earlier provider can only come from a dependency that installed its
        // own first; jsonwebtoken keeps that one, and RSA works there as well.
        PROVIDER.install_default().unwrap_or_default();
    });
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // Only thumbprints and public parts of private keys need these.
    key_utils: KeyUtils::new_unimplemented(),
};

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    let padding: &'static dyn RsaEncoding = match algorithm {
        Algorithm::RS256 => &rsa::RSA_PKCS1_SHA256,
        Algorithm::PS256 => &rsa::RSA_PSS_SHA256,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    if key.family() != AlgorithmFamily::Rsa {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let pair = key_pair(key.as_bytes()).map_err(|_| ErrorKind::InvalidKeyFormat)?;
    Ok(Box::new(RsaSigner {
        algorithm: *algorithm,
        padding,
        pair,
    }))
}

/// Reads a private key in PKCS#8 or PKCS#1 form.
pub(crate) fn key_pair(der: &[u8]) -> Result<RsaKeyPair, ring::error::KeyRejected> {
    RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let parameters: &'static RsaParameters = match algorithm {
        Algorithm::RS256 => &rsa::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &rsa::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &rsa::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &rsa::RSA_PSS_2048_8192_SHA256,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    if key.family() != AlgorithmFamily::Rsa {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    Ok(Box::new(RsaVerifier {
        algorithm: *algorithm,
        parameters,
        key: key.clone(),
    }))
}

struct RsaSigner {
    algorithm: Algorithm,
    padding: &'static dyn RsaEncoding,
    pair: RsaKeyPair,
}

impl Signer<Vec<u8>> for RsaSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(self.padding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| signature::Error::new())?;
        Ok(signature)
    }
}

impl JwtSigner for RsaSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

struct RsaVerifier {
    algorithm: Algorithm,
    parameters: &'static RsaParameters,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for RsaVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(self.parameters, message, signature)
            }
            DecodingKeyKind::SecretOrDer(der) => {
                rsa::UnparsedPublicKey::new(self.parameters, der).verify(message, signature)
            }
        }
        .map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for RsaVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

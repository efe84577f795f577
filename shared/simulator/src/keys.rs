//! The published test keys, and what is signed and checked with them.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::Value;

/// An RSA key of the folder `test-keys`: public test material, good for
/// nothing but this simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestKey {
    /// Signs what Teams sends to the bot.
    Teams1,
    /// Replaces [`TestKey::Teams1`] when the signing keys rotate.
    Teams2,
    /// Published like the others, but endorsed for channels that are not Teams.
    OtherChannels,
    /// Signs the app tokens of the simulated Entra.
    Entra,
    /// Published nowhere: what it signs must be refused.
    Outsider,
    /// Belongs to [`BOT_CERTIFICATE_PEM`].
    BotCertificate,
    /// Belongs to [`OUTSIDER_CERTIFICATE_PEM`].
    OutsiderCertificate,
}

/// The bot's certificate of the default registration, as PEM.
pub const BOT_CERTIFICATE_PEM: &str = include_str!("../test-keys/bot-certificate.pem");
/// The private key of [`BOT_CERTIFICATE_PEM`], as PEM (PKCS#8).
pub const BOT_CERTIFICATE_KEY_PEM: &str = include_str!("../test-keys/bot-certificate.key.pem");
/// A certificate that is registered nowhere, as PEM.
pub const OUTSIDER_CERTIFICATE_PEM: &str = include_str!("../test-keys/outsider-certificate.pem");
/// The private key of [`OUTSIDER_CERTIFICATE_PEM`], as PEM (PKCS#8).
pub const OUTSIDER_CERTIFICATE_KEY_PEM: &str =
    include_str!("../test-keys/outsider-certificate.key.pem");

/// The signature algorithms that the simulator writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256: what Teams and Entra use.
    Rs256,
    /// RSA-PSS with SHA-256: what client assertions use today.
    Ps256,
}

impl Algorithm {
    /// The name in a JWT's header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }
}

impl TestKey {
    /// The private key as PEM (PKCS#8).
    #[must_use]
    pub fn pem(self) -> &'static str {
        match self {
            Self::Teams1 => include_str!("../test-keys/teams-signing-1.pem"),
            Self::Teams2 => include_str!("../test-keys/teams-signing-2.pem"),
            Self::OtherChannels => include_str!("../test-keys/other-channels-signing.pem"),
            Self::Entra => include_str!("../test-keys/entra-signing.pem"),
            Self::Outsider => include_str!("../test-keys/outsider.pem"),
            Self::BotCertificate => BOT_CERTIFICATE_KEY_PEM,
            Self::OutsiderCertificate => OUTSIDER_CERTIFICATE_KEY_PEM,
        }
    }

    /// The key id: like Microsoft's, a thumbprint in base64url.
    #[must_use]
    pub fn key_id(self) -> String {
        let hash = ring::digest::digest(
            &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            self.pair().public_key().as_ref(),
        );
        URL_SAFE_NO_PAD.encode(hash)
    }

    /// The public key as a JSON web key, without endorsements.
    #[must_use]
    pub fn jwk(self) -> Value {
        let public: RsaPublicKeyComponents<Vec<u8>> = self.pair().public_key().into();
        let id = self.key_id();
        serde_json::json!({
            "kty": "RSA",
            "use": "sig",
            "kid": id,
            "x5t": id,
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "e": URL_SAFE_NO_PAD.encode(public.e),
        })
    }

    /// A signed JWT of exactly this header and these claims.
    ///
    /// Nothing is added and nothing checked: a test forges with it whatever it
    /// likes. The header decides nothing about the signature; `algorithm` does.
    #[must_use]
    pub fn sign(self, algorithm: Algorithm, header: &Value, claims: &Value) -> String {
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let padding: &'static dyn RsaEncoding = match algorithm {
            Algorithm::Rs256 => &RSA_PKCS1_SHA256,
            Algorithm::Ps256 => &RSA_PSS_SHA256,
        };
        let pair = self.pair();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            padding,
            &SystemRandom::new(),
            input.as_bytes(),
            &mut signature,
        )
        .expect("a 2,048 bit key has room for a SHA-256 signature");
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn pair(self) -> &'static RsaKeyPair {
        static PAIRS: [OnceLock<RsaKeyPair>; 7] = [const { OnceLock::new() }; 7];
        PAIRS[self as usize].get_or_init(|| {
            RsaKeyPair::from_pkcs8(
                &pem_body(self.pem()).expect("the crate's own PEM is well-formed"),
            )
            .expect("the crate's own keys are RSA keys in PKCS#8")
        })
    }
}

/// The DER bytes of the first block of a PEM text.
pub(crate) fn pem_body(pem: &str) -> Option<Vec<u8>> {
    let begin = pem.find("-----BEGIN ")?;
    let body = pem[begin..].lines().skip(1);
    let base64: String = body
        .take_while(|line| !line.starts_with("-----END "))
        .map(str::trim)
        .collect();
    STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_signs_and_has_its_own_id() {
        let keys = [
            TestKey::Teams1,
            TestKey::Teams2,
            TestKey::OtherChannels,
            TestKey::Entra,
            TestKey::Outsider,
            TestKey::BotCertificate,
            TestKey::OutsiderCertificate,
        ];
        let mut ids: Vec<_> = keys.iter().map(|key| key.key_id()).collect();
        for key in keys {
            for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
                let token = key.sign(
                    algorithm,
                    &serde_json::json!({"alg": algorithm.name()}),
                    &serde_json::json!({}),
                );
                assert_eq!(token.split('.').count(), 3);
            }
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), keys.len());
    }
}

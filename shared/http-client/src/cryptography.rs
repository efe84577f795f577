use std::sync::Arc;

use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::crypto::ring::{cipher_suite, kx_group};
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, SupportedKxGroup,
    WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SignatureScheme, SupportedCipherSuite};
use webpki::ring as algorithms;

/// What of ring a client of Microsoft's and Amazon's services needs.
///
/// rustls's own provider over ring also has ChaCha20, which is for processors without instructions
/// for AES; X25519, beside the P-256 that certificates need anyway; Ed25519, which no public
/// authority certifies; and keys of clients and servers. All of that would be linked into every
/// function, and what of it would run has an equal that is there.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: CIPHER_SUITES.to_vec(),
        kx_groups: KEY_EXCHANGES.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Ring,
        key_provider: &Ring,
    }
}

const CIPHER_SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// Every server of TLS 1.3 must know P-256 ([RFC 8446, section 9.1](https://www.rfc-editor.org/rfc/rfc8446#section-9.1)),
/// and those of TLS 1.2 do. X25519, which it should know, would be 55 KB of each function as it is packed, and no safer.
const KEY_EXCHANGES: &[&dyn SupportedKxGroup] = &[kx_group::SECP256R1, kx_group::SECP384R1];

/// As rustls's own list, without Ed25519.
const SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithms::ECDSA_P256_SHA256,
        algorithms::ECDSA_P256_SHA384,
        algorithms::ECDSA_P384_SHA256,
        algorithms::ECDSA_P384_SHA384,
        algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        algorithms::RSA_PKCS1_2048_8192_SHA256,
        algorithms::RSA_PKCS1_2048_8192_SHA384,
        algorithms::RSA_PKCS1_2048_8192_SHA512,
        algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    mapping: &[
        // TLS 1.2 does not tie a scheme to a curve.
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384],
        ),
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        ),
        (
            SignatureScheme::RSA_PSS_SHA512,
            &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PSS_SHA384,
            &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PSS_SHA256,
            &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA512,
            &[algorithms::RSA_PKCS1_2048_8192_SHA512],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA384,
            &[algorithms::RSA_PKCS1_2048_8192_SHA384],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA256,
            &[algorithms::RSA_PKCS1_2048_8192_SHA256],
        ),
    ],
};

#[derive(Debug)]
struct Ring;

impl SecureRandom for Ring {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        SystemRandom::new()
            .fill(buffer)
            .map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Ring {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General(
            "this client shows no certificate".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::SignatureVerificationAlgorithm;
    use rustls::version::{TLS12, TLS13};
    use rustls::{
        ClientConfig, ClientConnection, NamedGroup, RootCertStore, ServerConfig, ServerConnection,
        SupportedProtocolVersion,
    };

    use super::*;

    #[test]
    fn nothing_of_rustlss_own_choice_is_missing_but_what_is_left_out() {
        let all = rustls::crypto::ring::default_provider();
        let ours = provider();
        let suites = |provider: &CryptoProvider| -> Vec<_> {
            let of = |suite: &SupportedCipherSuite| format!("{:?}", suite.suite());
            let mut suites: Vec<_> = provider.cipher_suites.iter().map(of).collect();
            suites.retain(|suite| !suite.contains("CHACHA20"));
            suites
        };
        assert_eq!(suites(&ours), suites(&all));
        assert_eq!(ours.cipher_suites.len(), suites(&ours).len());

        let exchanges = |provider: &CryptoProvider| -> Vec<_> {
            let of = |group: &&dyn SupportedKxGroup| group.name();
            let mut groups: Vec<_> = provider.kx_groups.iter().map(of).collect();
            groups.retain(|group| *group != NamedGroup::X25519);
            groups
        };
        assert_eq!(exchanges(&ours), exchanges(&all));
        assert_eq!(ours.kx_groups.len(), exchanges(&ours).len());

        let signatures = |provider: &CryptoProvider| {
            let mut schemes = provider
                .signature_verification_algorithms
                .supported_schemes();
            schemes.retain(|scheme| *scheme != SignatureScheme::ED25519);
            schemes
        };
        assert_eq!(signatures(&ours), signatures(&all));
        let verifies = |provider: &CryptoProvider| {
            let algorithms = provider.signature_verification_algorithms;
            let of = |(scheme, with): &(
                SignatureScheme,
                &[&'static dyn SignatureVerificationAlgorithm],
            )| {
                let ids = |one: &&'static dyn SignatureVerificationAlgorithm| {
                    (one.public_key_alg_id(), one.signature_alg_id())
                };
                (*scheme, with.iter().map(ids).collect::<Vec<_>>())
            };
            let mut mapping: Vec<_> = algorithms.mapping.iter().map(of).collect();
            mapping.retain(|(scheme, _)| *scheme != SignatureScheme::ED25519);
            (mapping, algorithms.all.len())
        };
        let (ours, of_ours) = verifies(&ours);
        let (all, of_all) = verifies(&all);
        assert_eq!(ours, all);
        assert_eq!(of_ours, of_all - 1, "all but Ed25519");
    }

    /// A handshake of ours, over no network, with a server that knows these key exchanges and this version.
    fn handshake(
        groups: &[&'static dyn SupportedKxGroup],
        version: &'static SupportedProtocolVersion,
    ) -> Result<Option<NamedGroup>, Error> {
        let issued = rcgen::generate_simple_self_signed(["smba.example".to_owned()]);
        let issued = issued.expect("a certificate is made");
        let theirs = CryptoProvider {
            kx_groups: groups.to_vec(),
            ..rustls::crypto::ring::default_provider()
        };
        let server = ServerConfig::builder_with_provider(Arc::new(theirs))
            .with_protocol_versions(&[version])?
            .with_no_client_auth()
            .with_single_cert(
                vec![issued.cert.der().clone()],
                PrivateKeyDer::Pkcs8(issued.signing_key.serialize_der().into()),
            )?;
        let mut roots = RootCertStore::empty();
        roots.add(issued.cert.der().clone())?;
        let client = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "smba.example".try_into().expect("a name");
        let mut client = ClientConnection::new(Arc::new(client), name)?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).expect("writing to a Vec");
            }
            server.read_tls(&mut &wire[..]).expect("reading a slice");
            server.process_new_packets()?;
            wire.clear();
            while server.wants_write() {
                server.write_tls(&mut wire).expect("writing to a Vec");
            }
            client.read_tls(&mut &wire[..]).expect("reading a slice");
            client.process_new_packets()?;
        }
        Ok(client
            .negotiated_key_exchange_group()
            .map(SupportedKxGroup::name))
    }

    #[test]
    fn every_server_that_keeps_to_the_standard_is_spoken_to() {
        let everything = rustls::crypto::ring::default_provider().kx_groups;
        for version in [&TLS12, &TLS13] {
            for groups in [&everything[..], &[kx_group::SECP256R1]] {
                let group = handshake(groups, version).unwrap();
                assert_eq!(group, Some(NamedGroup::secp256r1));
            }
            let group = handshake(&[kx_group::SECP384R1], version).unwrap();
            assert_eq!(group, Some(NamedGroup::secp384r1));
            handshake(&[kx_group::X25519], version).unwrap_err();
        }
    }

    #[test]
    fn a_key_is_refused() {
        let key = PrivateKeyDer::Pkcs8(vec![0_u8].into());
        assert!(provider().key_provider.load_private_key(key).is_err());
    }
}

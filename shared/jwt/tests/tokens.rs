//! Signing and verifying.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use jwt::{Algorithm, DecodingKey, Header, KeyError, RsaKey, Unverified};
use serde_json::{Value, json};

const ONE: &str = include_str!("../test-keys/one.pem");
const TWO: &str = include_str!("../test-keys/two.pem");

fn public(key: &RsaKey) -> DecodingKey {
    DecodingKey::from_rsa_raw_components(key.modulus(), key.exponent())
}

fn token(algorithm: Algorithm) -> String {
    let key = RsaKey::from_pem(ONE).unwrap();
    jwt::sign(&Header::new(algorithm), &json!({ "aud": "us" }), &key).unwrap()
}

#[test]
fn what_a_key_signs_verifies_with_that_key_and_that_algorithm_only() {
    let one = public(&RsaKey::from_pem(ONE).unwrap());
    let two = public(&RsaKey::from_pem(TWO).unwrap());
    for (algorithm, other) in [
        (Algorithm::RS256, Algorithm::PS256),
        (Algorithm::PS256, Algorithm::RS256),
    ] {
        let token = token(algorithm);
        let token = Unverified::parse(&token).unwrap();
        assert!(token.is_signed_by(&one, algorithm));
        assert!(!token.is_signed_by(&two, algorithm));
        assert!(!token.is_signed_by(&one, other));
        assert!(!token.is_signed_by(&one, Algorithm::RS512));
        assert_eq!(token.claims::<Value>().unwrap()["aud"], "us");
    }
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let key = public(&RsaKey::from_pem(ONE).unwrap());
    let ours = token(Algorithm::RS256);
    let theirs = {
        let key = RsaKey::from_pem(TWO).unwrap();
        jwt::sign(
            &Header::new(Algorithm::RS256),
            &json!({ "aud": "them" }),
            &key,
        )
        .unwrap()
    };
    let claims = theirs.split('.').nth(1).unwrap();
    let mut parts: Vec<&str> = ours.split('.').collect();
    parts[1] = claims;
    let forged = parts.join(".");
    let forged = Unverified::parse(&forged).unwrap();
    assert!(!forged.is_signed_by(&key, Algorithm::RS256));
}

#[test]
fn no_algorithm_but_rsa_signs_or_verifies() {
    let key = RsaKey::from_pem(ONE).unwrap();
    for algorithm in [
        Algorithm::HS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
        Algorithm::RS512,
        Algorithm::PS512,
    ] {
        assert!(jwt::sign(&Header::new(algorithm), &json!({}), &key).is_err());
    }
    let token = token(Algorithm::RS256);
    let token = Unverified::parse(&token).unwrap();
    for key in [
        public(&key),
        DecodingKey::from_secret(key.modulus()),
        DecodingKey::from_secret(b""),
    ] {
        assert!(!token.is_signed_by(&key, Algorithm::HS256));
        assert!(!token.is_signed_by(&key, Algorithm::ES256));
    }
    let secret = DecodingKey::from_secret(key.modulus());
    assert!(!token.is_signed_by(&secret, Algorithm::RS256));
}

#[test]
fn private_keys_are_read_in_both_forms_and_among_certificates() {
    let pkcs1 = include_str!("../test-keys/one-pkcs1.pem");
    let bundle = format!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{ONE}");
    let windows = ONE.replace('\n', "\r\n");
    let expected = RsaKey::from_pem(ONE).unwrap();
    for text in [pkcs1, &bundle, &windows] {
        let key = RsaKey::from_pem(text).unwrap();
        assert_eq!(key.modulus(), expected.modulus());
        assert_eq!(key.exponent(), [1, 0, 1]);
    }
}

#[test]
fn keys_that_cannot_sign_are_refused_when_read() {
    let small = include_str!("../test-keys/small.pem");
    let elliptic = include_str!("../test-keys/ec.pem");
    for unusable in [small, elliptic] {
        assert_eq!(RsaKey::from_pem(unusable).unwrap_err(), KeyError::Unusable);
    }
    let encrypted = ONE.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let cut = ONE.replace('M', "*");
    for missing in ["", "-----BEGIN PRIVATE KEY-----", &encrypted] {
        assert!(RsaKey::from_pem(missing).is_err(), "{missing}");
    }
    assert_eq!(RsaKey::from_pem(&cut).unwrap_err(), KeyError::NoPrivateKey);
}

#[test]
fn a_private_key_is_not_in_debug_output() {
    let key = RsaKey::from_pem(ONE).unwrap();
    assert_eq!(format!("{key:?}"), "RsaKey([redacted])");
}

#[test]
fn only_three_whole_parts_are_a_token() {
    for text in [
        "", ".", "..", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.",
    ] {
        assert!(Unverified::parse(text).is_none(), "{text}");
    }
    for text in ["a=.b.c", "a.b .c", "a.b.c ", "+.b.c", "a./.c", "ä.b.c"] {
        assert!(Unverified::parse(text).is_none(), "{text}");
    }
    let odd = Unverified::parse("e30x.bm8.AA").unwrap();
    assert!(
        odd.header::<Value>().is_none(),
        "no base64url of whole bytes"
    );
    assert!(odd.claims::<Value>().is_none(), "no JSON");
}

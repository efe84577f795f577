//! Client assertions: how an application proves itself with a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use crate::der;
use crate::keys::pem_body;

/// Why an assertion was refused, as Entra numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u32, pub(crate) &'static str);

const MALFORMED: Refused = Refused(50027, "JWT token is invalid or malformed.");
const WRONG_SIGNATURE: Refused = Refused(
    700027,
    "The certificate with identifier used to sign the client assertion is not registered on \
     application, or the client assertion failed signature validation.",
);
const WRONG_TIME: Refused = Refused(
    700024,
    "Client assertion is not within its valid time range.",
);
const WRONG_AUDIENCE: Refused = Refused(
    700023,
    "Client assertion audience claim does not match Realm issuer.",
);
const WRONG_CLIENT: Refused = Refused(
    700021,
    "Client assertion application identifier doesn't match 'client_id' parameter.",
);

/// The clock skew that is forgiven.
const SKEW: i64 = 300;

/// Checks an assertion against the registered certificates.
pub(crate) fn check(
    assertion: &str,
    certificates: &[&str],
    client_id: &str,
    audience: &str,
    now: i64,
) -> Result<(), Refused> {
    let mut parts = assertion.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(MALFORMED);
    };
    let signed = format!("{header}.{claims}");
    let header = json_part(header)?;
    let claims = json_part(claims)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| MALFORMED)?;

    let certificate = certificates
        .iter()
        .filter_map(|pem| pem_body(pem))
        .find(|der| is_named_by(&header, der))
        .ok_or(WRONG_SIGNATURE)?;
    let key = der::rsa_public_key(&certificate).ok_or(WRONG_SIGNATURE)?;
    let algorithm: &'static dyn ring::signature::VerificationAlgorithm =
        match header.get("alg").and_then(Value::as_str) {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(WRONG_SIGNATURE),
        };
    UnparsedPublicKey::new(algorithm, key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| WRONG_SIGNATURE)?;

    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
        return Err(WRONG_CLIENT);
    }
    if text("aud") != Some(audience) {
        return Err(WRONG_AUDIENCE);
    }
    let ends = time("exp").ok_or(WRONG_TIME)?;
    let begins = time("nbf").or_else(|| time("iat")).unwrap_or(now);
    if ends + SKEW < now || begins - SKEW > now {
        return Err(WRONG_TIME);
    }
    if text("jti").is_none_or(str::is_empty) {
        return Err(MALFORMED);
    }
    Ok(())
}

/// Whether the header names this certificate, by SHA-256 or SHA-1 thumbprint.
fn is_named_by(header: &Value, certificate: &[u8]) -> bool {
    let thumbprint = |algorithm| URL_SAFE_NO_PAD.encode(digest::digest(algorithm, certificate));
    let named = |member: &str| header.get(member).and_then(Value::as_str);
    match (named("x5t#S256"), named("x5t")) {
        (Some(sha256), _) => sha256 == thumbprint(&digest::SHA256),
        (None, Some(sha1)) => sha1 == thumbprint(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        (None, None) => false,
    }
}

fn json_part(part: &str) -> Result<Value, Refused> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| MALFORMED)?;
    serde_json::from_slice(&bytes).map_err(|_| MALFORMED)
}

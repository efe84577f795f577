use jwt::{Algorithm, Unverified};
use serde::Deserialize;
use serde_json::Value;

use crate::TokenFault;
use crate::claims::Claims;
use crate::key_set::accepted;

/// Real ones have some 800 bytes.
const MAX_HEADER: usize = 8 * 1024;

/// What the token's header says. `jku`, `x5u`, `x5c` and `jwk` are not even
/// read: keys come from the configured provider alone.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default)]
    crit: Option<Value>,
}

/// What a token says. Nothing of it is checked but its form.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) claims: Claims,
}

/// Takes the token out of an `Authorization` header.
pub(crate) fn bearer(authorization: Option<&str>) -> Result<&str, TokenFault> {
    let header = authorization.ok_or(TokenFault::Missing)?;
    if header.len() > MAX_HEADER {
        return Err(TokenFault::TooLong);
    }
    let (scheme, token) = header.split_once(' ').ok_or(TokenFault::Malformed)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(TokenFault::Malformed);
    }
    Ok(token)
}

/// Reads a token. What it says depends on nothing but its text.
pub(crate) fn read(unverified: &Unverified<'_>) -> Result<Token, TokenFault> {
    let header: Header = unverified.header().ok_or(TokenFault::Malformed)?;
    let algorithm = accepted(&header.alg).ok_or(TokenFault::Algorithm)?;
    // RFC 7515, section 4.1.11: who does not understand an extension must refuse.
    if header.crit.is_some() {
        return Err(TokenFault::Malformed);
    }
    Ok(Token {
        kid: header.kid,
        algorithm,
        claims: unverified.claims().ok_or(TokenFault::Malformed)?,
    })
}

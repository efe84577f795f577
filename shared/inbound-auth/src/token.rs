use jwt::{Algorithm, Unverified};
use serde::Deserialize;
use serde_json::Value;

use crate::TokenFault;
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

/// A token of which only the form was checked.
pub(crate) struct Token<'a> {
    pub(crate) unverified: Unverified<'a>,
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
}

/// Takes the token out of an `Authorization` header.
pub(crate) fn read(authorization: Option<&str>) -> Result<Token<'_>, TokenFault> {
    let header = authorization.ok_or(TokenFault::Missing)?;
    if header.len() > MAX_HEADER {
        return Err(TokenFault::TooLong);
    }
    let (scheme, token) = header.split_once(' ').ok_or(TokenFault::Malformed)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(TokenFault::Malformed);
    }
    let unverified = Unverified::parse(token).ok_or(TokenFault::Malformed)?;
    let header: Header = unverified.header().ok_or(TokenFault::Malformed)?;
    let algorithm = accepted(&header.alg).ok_or(TokenFault::Algorithm)?;
    // RFC 7515, section 4.1.11: who does not understand an extension must refuse.
    if header.crit.is_some() {
        return Err(TokenFault::Malformed);
    }
    Ok(Token {
        unverified,
        kid: header.kid,
        algorithm,
    })
}

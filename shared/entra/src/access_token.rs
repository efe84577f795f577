use std::fmt;

use http_client::header::HeaderValue;
use jiff::Timestamp;

/// An app token, ready to be sent.
///
/// Whoever holds one can act as the bot: Debug output is redacted, and the
/// header value is marked as sensitive. Cloning shares the text.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    authorization: HeaderValue,
    expires: Timestamp,
}

impl AccessToken {
    /// Takes a token as the authority issued it; it is opaque and sent byte for byte.
    ///
    /// # Errors
    ///
    /// [`NotAToken`]: the text cannot stand in a header.
    pub fn new(token: &str, expires: Timestamp) -> Result<Self, NotAToken> {
        if token.is_empty() {
            return Err(NotAToken);
        }
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| NotAToken)?;
        authorization.set_sensitive(true);
        Ok(Self {
            authorization,
            expires,
        })
    }

    /// The value of the `Authorization` header.
    #[must_use]
    pub fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// When the token ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The text is empty or has characters that a header cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read a token: it is empty or cannot stand in a header")]
pub struct NotAToken;

//! Who we are for AWS.

use std::fmt;

/// An access key, and the token of the session that it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    key_id: String,
    secret: String,
    session_token: Option<String>,
}

impl Credentials {
    pub(crate) fn new(key_id: String, secret: String, session_token: Option<String>) -> Self {
        Self {
            key_id,
            secret,
            session_token,
        }
    }

    /// The key's name.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The key itself.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The session's token: a function's role has one, a user's key has none.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

/// Shows the key's name and neither the key nor the token.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_key_nor_the_token_is_printed() {
        let token = Some("the-token".to_owned());
        let credentials = Credentials::new("AKID".to_owned(), "the-key".to_owned(), token);
        let shown = format!("{credentials:?}");
        assert!(shown.contains("AKID"));
        assert!(!shown.contains("the-"), "{shown}");
    }
}

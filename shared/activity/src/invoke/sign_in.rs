use std::fmt;

use serde::Deserialize;

/// A person came back from signing in. Debug output has no code.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SignInState {
    /// The code to check.
    pub state: Option<String>,
}

impl fmt::Debug for SignInState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInState([redacted])")
    }
}

/// A token that Teams offers for single sign-on. Debug output has no token.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TokenExchange {
    /// Which exchange.
    pub id: Option<String>,
    /// The OAuth connection of the bot resource.
    pub connection_name: Option<String>,
    /// The token.
    pub token: Option<String>,
}

impl fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchange")
            .field("id", &self.id)
            .field("connection_name", &self.connection_name)
            .finish_non_exhaustive()
    }
}

/// Single sign-on failed in the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SignInFailure {
    /// Such as `resourcematchfailed`.
    pub code: Option<String>,
    /// The same for people.
    pub message: Option<String>,
}

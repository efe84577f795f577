use async_trait::async_trait;

use crate::access_token::AccessToken;
use crate::error::TokenError;

/// Where a client gets the token that it sends.
///
/// [`AppTokens`](crate::AppTokens) is the source for the Bot Connector; a test
/// tool that checks no tokens can have a source of its own.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token that is believed to be good.
    ///
    /// # Errors
    ///
    /// See [`TokenError`]; nothing was sent to whoever the token is for.
    async fn token(&self) -> Result<AccessToken, TokenError>;

    /// Says that this token was answered with 401. The next call of
    /// [`token`](TokenSource::token) asks for another; a token that has been
    /// replaced meanwhile changes nothing.
    async fn refused(&self, token: &AccessToken);
}

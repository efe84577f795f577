//! One token, kept until shortly before it ends, and fetched by one task at a time.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::access_token::AccessToken;
use crate::error::TokenError;

/// A token is replaced this long before it ends (protocol reference §1.3), a
/// short-lived one at half its life.
const MARGIN: SignedDuration = SignedDuration::from_secs(300);
/// After a refresh failed, the old token is used this long before the next try.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

#[derive(Default)]
pub(crate) struct TokenCell {
    state: Mutex<State>,
    /// Held by the one task that fetches.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failures: u64,
    last_failure: Option<TokenError>,
}

struct Held {
    token: AccessToken,
    refresh_at: Timestamp,
}

impl TokenCell {
    /// The token, unless it is time for another.
    pub(crate) fn fresh(&self, now: Timestamp) -> Option<AccessToken> {
        let state = self.state();
        let held = state.held.as_ref()?;
        (now < held.refresh_at).then(|| held.token.clone())
    }

    /// Fetches a token, unless somebody else is doing so: then their result is
    /// taken, an error too, and `fetch` is dropped without having started. While
    /// the old token is valid nobody waits for another's fetch, and a failed one
    /// is not an error.
    pub(crate) async fn refresh(
        &self,
        now: impl Fn() -> Timestamp,
        fetch: impl Future<Output = Result<AccessToken, TokenError>>,
    ) -> Result<AccessToken, TokenError> {
        let (valid, failures_before) = self.look(now());
        let _flight = match (self.flight.try_lock(), valid) {
            (Ok(flight), _) => flight,
            (Err(_), Some(valid)) => return Ok(valid),
            (Err(_), None) => self.flight.lock().await,
        };
        if let Some(token) = self.fresh(now()) {
            return Ok(token);
        }
        if let Some(error) = self.failure_since(failures_before) {
            return Err(error);
        }
        let started = now();
        match fetch.await {
            Ok(token) => {
                let lifetime = token.expires().duration_since(started);
                let margin = MARGIN.min(lifetime / 2);
                let refresh_at = token.expires() - margin;
                let mut state = self.state();
                state.last_failure = None;
                state.held = Some(Held {
                    token: token.clone(),
                    refresh_at,
                });
                Ok(token)
            }
            Err(error) => self.fall_back(error, now()),
        }
    }

    /// Forgets the token if it is still this one.
    pub(crate) fn refused(&self, token: &AccessToken) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| held.token == *token) {
            state.held = None;
        }
    }

    fn fall_back(&self, error: TokenError, now: Timestamp) -> Result<AccessToken, TokenError> {
        let mut state = self.state();
        if let Some(held) = state.held.as_mut().filter(|h| now < h.token.expires()) {
            held.refresh_at = (now + PAUSE).min(held.token.expires());
            return Ok(held.token.clone());
        }
        state.failures += 1;
        state.last_failure = Some(error.clone());
        Err(error)
    }

    /// The token while it is valid, and how many fetches have failed.
    fn look(&self, now: Timestamp) -> (Option<AccessToken>, u64) {
        let state = self.state();
        let held = state.held.as_ref();
        let valid = held.filter(|held| now < held.token.expires());
        (valid.map(|held| held.token.clone()), state.failures)
    }

    fn failure_since(&self, failures: u64) -> Option<TokenError> {
        let state = self.state();
        (state.failures > failures).then(|| state.last_failure.clone())?
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change of the state is a single assignment, so a panic leaves none half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

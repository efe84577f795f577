//! A credential that Entra refuses may have been replaced where it is stored.

use std::io;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use entra::{Credential, CredentialError, CredentialSource, Freshness, TokenError};

use crate::authority::{Authority, Clock, secret, text};

/// Gives `kept` until it is told to read again, then `stored`.
struct Store {
    kept: Mutex<&'static str>,
    stored: Result<&'static str, bool>,
    rereads: Mutex<usize>,
}

impl Store {
    fn new(kept: &'static str, stored: Result<&'static str, bool>) -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::new(kept),
            stored,
            rereads: Mutex::new(0),
        })
    }

    fn rereads(&self) -> usize {
        *self.rereads.lock().unwrap()
    }
}

#[async_trait]
impl CredentialSource for Store {
    async fn current(&self, freshness: Freshness) -> Result<Credential, CredentialError> {
        let mut kept = self.kept.lock().unwrap();
        if freshness == Freshness::Reread {
            *self.rereads.lock().unwrap() += 1;
            *kept = self.stored.map_err(|temporary| {
                let cause = io::Error::other("the store is down");
                if temporary {
                    CredentialError::temporary(cause)
                } else {
                    CredentialError::permanent(cause)
                }
            })?;
        }
        Ok(secret(&kept))
    }
}

fn secrets(authority: &Authority) -> Vec<String> {
    let asked = authority.asked();
    asked
        .iter()
        .map(|a| a.form["client_secret"].clone())
        .collect()
}

#[tokio::test]
async fn a_refused_secret_is_read_again_once() {
    for code in [7_000_215, 7_000_222, 700_027] {
        let authority = Authority::start().await;
        authority.then_refuse(401, "invalid_client", code);
        let store = Store::new("old", Ok("new"));
        let tokens = authority.tokens_by(store.clone(), &Clock::default());
        assert_eq!(text(&tokens.connector_token().await.unwrap()), "token-2");
        assert_eq!(secrets(&authority), ["old", "new"]);
        assert_eq!(store.rereads(), 1);
    }
}

#[tokio::test]
async fn a_new_secret_that_is_refused_too_is_the_end() {
    let authority = Authority::start().await;
    authority.then_refuse(401, "invalid_client", 7_000_222);
    authority.then_refuse(401, "invalid_client", 7_000_215);
    let store = Store::new("old", Ok("new"));
    let tokens = authority.tokens_by(store.clone(), &Clock::default());
    let Err(TokenError::Refused(refusal)) = tokens.connector_token().await else {
        panic!("not refused");
    };
    assert_eq!(refusal.code, Some(7_000_215));
    assert_eq!((authority.count(), store.rereads()), (2, 1));
}

#[tokio::test]
async fn a_secret_that_is_still_the_same_is_not_tried_again() {
    let authority = Authority::start().await;
    authority.then_refuse(401, "invalid_client", 7_000_215);
    let store = Store::new("same", Ok("same"));
    let tokens = authority.tokens_by(store.clone(), &Clock::default());
    let error = tokens.connector_token().await.unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!((authority.count(), store.rereads()), (1, 1));
}

#[tokio::test]
async fn other_refusals_are_not_the_credentials_fault() {
    for code in [700_016, 7_000_229, 90_002] {
        let authority = Authority::start().await;
        authority.then_refuse(400, "unauthorized_client", code);
        let store = Store::new("old", Ok("new"));
        let tokens = authority.tokens_by(store.clone(), &Clock::default());
        let error = tokens.connector_token().await.unwrap_err();
        assert!(!error.is_retryable());
        assert_eq!((authority.count(), store.rereads()), (1, 0));
    }
}

#[tokio::test]
async fn a_store_that_is_down_says_whether_to_try_again() {
    for temporary in [true, false] {
        let authority = Authority::start().await;
        authority.then_refuse(401, "invalid_client", 7_000_215);
        let store = Store::new("old", Err(temporary));
        let tokens = authority.tokens_by(store, &Clock::default());
        let error = tokens.connector_token().await.unwrap_err();
        assert!(matches!(error, TokenError::Credential(_)));
        assert_eq!(error.is_retryable(), temporary);
    }
}

//! How long a token is kept, and how many requests that takes.

use std::future::Future;

use axum::Json;
use axum::http::StatusCode;
use entra::{AccessToken, AppTokens, TokenError, TokenSource};
use tokio::task::JoinSet;

use crate::authority::{Authority, Clock, text, token};

type Got = Result<AccessToken, TokenError>;

/// What ten tasks get that ask at the same time.
async fn ten<F: Future<Output = Got> + Send + 'static>(ask: impl Fn() -> F) -> Vec<Got> {
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        tasks.spawn(ask());
    }
    tasks.join_all().await
}

fn asking(tokens: &AppTokens) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = Got> + Send>> {
    let tokens = tokens.clone();
    move || {
        let tokens = tokens.clone();
        Box::pin(async move { tokens.token().await })
    }
}

#[tokio::test]
async fn ten_that_start_cold_make_one_request() {
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    for got in ten(asking(&tokens)).await {
        assert_eq!(text(&got.unwrap()), "token-1");
    }
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn ten_that_start_cold_share_a_failure() {
    let authority = Authority::start().await;
    authority.then_refuse(400, "unauthorized_client", 700_016);
    let tokens = authority.tokens(&Clock::default());
    for got in ten(asking(&tokens)).await {
        assert!(matches!(got, Err(TokenError::Refused(_))));
    }
    assert_eq!(authority.count(), 1);
    // Whoever comes later asks for themselves.
    assert!(tokens.token().await.is_ok());
}

#[tokio::test]
async fn whoever_waits_goes_on_when_the_one_who_asked_gives_up() {
    let authority = Authority::start().await;
    authority.hold();
    let tokens = authority.tokens(&Clock::default());
    let first = tokio::spawn(asking(&tokens)());
    authority.arrival().await;
    let second = tokio::spawn(asking(&tokens)());
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    authority.release();
    assert!(second.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_token_is_kept_until_five_minutes_before_it_ends() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    let tokens = authority.tokens(&clock);
    tokens.token().await.unwrap();
    clock.advance(3600 - 301);
    assert_eq!(text(&tokens.token().await.unwrap()), "token-1");
    clock.advance(1);
    assert_eq!(text(&tokens.token().await.unwrap()), "token-2");
    assert_eq!(authority.count(), 2);
}

#[tokio::test]
async fn a_short_lived_token_is_kept_for_half_its_life() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    authority.then(Json(token("brief", 60)));
    let tokens = authority.tokens(&clock);
    tokens.token().await.unwrap();
    clock.advance(29);
    assert_eq!(text(&tokens.token().await.unwrap()), "brief");
    clock.advance(1);
    assert_eq!(text(&tokens.token().await.unwrap()), "token-2");
}

#[tokio::test]
async fn lifetimes_are_also_read_as_text() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    authority.then(Json(
        serde_json::json!({ "access_token": "old-style", "expires_in": "86399" }),
    ));
    let token = authority.tokens(&clock).token().await.unwrap();
    assert_eq!(
        token.expires().duration_since(clock.time()).as_secs(),
        86399
    );
}

#[tokio::test]
async fn nobody_waits_for_a_refresh_while_the_old_token_is_valid() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    let tokens = authority.tokens(&clock);
    tokens.token().await.unwrap();
    clock.advance(3400);
    authority.hold();
    let refreshing = tokio::spawn(asking(&tokens)());
    authority.arrival().await;
    authority.arrival().await;
    assert_eq!(text(&tokens.token().await.unwrap()), "token-1");
    authority.release();
    assert_eq!(text(&refreshing.await.unwrap().unwrap()), "token-2");
    assert_eq!(text(&tokens.token().await.unwrap()), "token-2");
    assert_eq!(authority.count(), 2);
}

#[tokio::test]
async fn the_old_token_is_kept_when_a_refresh_fails() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    let tokens = authority.tokens(&clock);
    tokens.token().await.unwrap();
    clock.advance(3400);
    authority.then_refuse(401, "invalid_client", 7_000_222);
    assert_eq!(text(&tokens.token().await.unwrap()), "token-1");
    assert_eq!(authority.count(), 2);
    // It is tried again, though not at once.
    assert_eq!(text(&tokens.token().await.unwrap()), "token-1");
    assert_eq!(authority.count(), 2);
    clock.advance(30);
    assert_eq!(text(&tokens.token().await.unwrap()), "token-3");
}

#[tokio::test]
async fn a_token_that_has_ended_is_not_used() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    let tokens = authority.tokens(&clock);
    tokens.token().await.unwrap();
    clock.advance(3600);
    authority.then((StatusCode::NOT_FOUND, "nobody here"));
    assert!(matches!(
        tokens.token().await,
        Err(TokenError::Unreadable { .. })
    ));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    let old = tokens.token().await.unwrap();
    for _ in 0..10 {
        tokens.refused(&old);
    }
    let new = tokens.token().await.unwrap();
    assert_eq!(text(&new), "token-2");
    // Somebody who was slower to hear of it.
    tokens.refused(&old);
    assert_eq!(tokens.token().await.unwrap(), new);
    assert_eq!(authority.count(), 2);
}

#[tokio::test]
async fn a_refused_token_is_not_fallen_back_on() {
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    let old = tokens.token().await.unwrap();
    tokens.refused(&old);
    authority.then_refuse(400, "unauthorized_client", 700_016);
    assert!(tokens.token().await.is_err());
}

#[tokio::test]
async fn a_refused_graph_token_is_replaced_too() {
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    let connector = tokens.token().await.unwrap();
    let old = tokens.graph_token(&"customer".into()).await.unwrap();
    tokens.refused(&old);
    let new = tokens.graph_token(&"customer".into()).await.unwrap();
    assert_ne!(new, old);
    assert_eq!(tokens.token().await.unwrap(), connector);
}

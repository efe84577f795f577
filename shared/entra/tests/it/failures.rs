//! What Entra says besides a token.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::{Json, response::Redirect};
use entra::{AppTokens, AppType, Fixed, Refusal, TokenError};
use http_client::HttpClient;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::authority::{Authority, Clock, secret, text, token};

fn refusal(error: TokenError) -> Refusal {
    match error {
        TokenError::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn trouble_that_entra_calls_temporary_is_tried_again() {
    let authority = Authority::start().await;
    let soon = [(RETRY_AFTER, "0")];
    authority.then((StatusCode::SERVICE_UNAVAILABLE, soon.clone(), "<html>"));
    authority.then((
        StatusCode::BAD_REQUEST,
        soon,
        Json(json!({ "error": "temporarily_unavailable" })),
    ));
    let tokens = authority.tokens(&Clock::default());
    assert_eq!(text(&tokens.connector_token().await.unwrap()), "token-3");
}

#[tokio::test]
async fn it_is_tried_three_times() {
    let authority = Authority::start().await;
    for _ in 0..4 {
        authority.then((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "0")], ""));
    }
    let tokens = authority.tokens(&Clock::default());
    let error = tokens.connector_token().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(refusal(error).status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(authority.count(), 3);
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let authority = Authority::start().await;
    authority.then((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "40")], ""));
    let tokens = authority.tokens(&Clock::default());
    let error = tokens.connector_token().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)));
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn a_refusal_says_what_an_operator_needs_and_nothing_else() {
    let authority = Authority::start().await;
    authority.then_refuse(401, "invalid_client", 7_000_229);
    let tokens = authority.tokens(&Clock::default());
    let error = tokens.connector_token().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to get an app token: Entra refused it: status 401, AADSTS7000229, invalid_client"
    );
    let refusal = refusal(error);
    assert_eq!(
        refusal.trace_id.as_deref(),
        Some("0000aaaa-11bb-cccc-dd22-eeeeee333333")
    );
}

#[tokio::test]
async fn the_code_is_also_found_in_the_description() {
    let authority = Authority::start().await;
    authority.then((
        StatusCode::BAD_REQUEST,
        Json(json!({ "error": "invalid_client", "error_description": "AADSTS50000: x" })),
    ));
    let tokens = authority.tokens(&Clock::default());
    let error = tokens.connector_token().await.unwrap_err();
    assert_eq!(refusal(error).code, Some(50_000));
}

#[tokio::test]
async fn an_answer_that_is_not_entras_is_not_believed() {
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    let long = "x".repeat(100_000);
    for (number, answer) in [
        (StatusCode::OK, String::new()),
        (StatusCode::OK, "<html>hello</html>".to_owned()),
        (StatusCode::OK, json!({ "access_token": "t" }).to_string()),
        (StatusCode::OK, token("", 3600).to_string()),
        (StatusCode::OK, token("line\nbreak", 3600).to_string()),
        (StatusCode::OK, token("t", i64::MAX).to_string()),
        (StatusCode::OK, token(&long, 3600).to_string()),
        (StatusCode::NOT_FOUND, "{}".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        authority.then(answer);
        let error = tokens.connector_token().await.unwrap_err();
        assert!(matches!(error, TokenError::Unreadable { .. }), "{number}");
    }
}

#[tokio::test]
async fn a_credential_does_not_follow_a_redirect() {
    let (authority, other) = (Authority::start().await, Authority::start().await);
    let target = format!("{}/t/oauth2/v2.0/token", other.url);
    authority.then(Redirect::temporary(&target));
    authority.then((StatusCode::FOUND, [(LOCATION, target)], ""));
    let tokens = authority.tokens(&Clock::default());
    for _ in 0..2 {
        let error = tokens.connector_token().await.unwrap_err();
        assert!(matches!(error, TokenError::Unreadable { .. }));
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_worth_another_try_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut authority = Authority::start().await;
    authority.url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let tokens = AppTokens::new(
        HttpClient::new(),
        authority.registration(AppType::SingleTenant),
        std::sync::Arc::new(Fixed(secret("sesame"))),
        Clock::default().now(),
    );
    let error = tokens.connector_token().await.unwrap_err();
    assert!(error.is_retryable());
    assert!(matches!(error, TokenError::Unreachable(_)));
    assert!(!error.source().unwrap().to_string().contains("http://"));
}

/// Documented answers, where the collection of fixtures is at hand.
#[tokio::test]
async fn documented_answers_are_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/teams/token-endpoint-responses.json");
    let Ok(text_of) = std::fs::read_to_string(path) else {
        return;
    };
    let documented: Value = serde_json::from_str(&text_of).unwrap();
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    let answer = |name: &str| {
        let status = documented[name]["status"].as_u64().unwrap();
        let status = StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
        (status, Json(documented[name]["body"].clone()))
    };
    authority.then(answer("missing_service_principal"));
    let error = tokens.connector_token().await.unwrap_err();
    assert_eq!(refusal(error).code, Some(7_000_229));
    authority.then(answer("success"));
    let token = tokens.connector_token().await.unwrap();
    assert_eq!(text(&token), "OPAQUE-ACCESS-TOKEN");
}

//! Who gets the token, and what happens when it is refused.

use std::sync::Arc;

use activity::{ActivityInput, Cloud, HostPolicy, ServiceUrl};
use axum::http::StatusCode;
use axum::response::Redirect;
use connector::retry::{End, Outcome};
use connector::{Connector, ConnectorError};
use entra::{AccessToken, TokenError, TokenSource};
use http_client::HttpClient;
use serde_json::json;

use crate::fake::Fake;

fn hello() -> ActivityInput {
    ActivityInput::message_text("hello")
}

fn refusal() -> String {
    json!({ "error": { "code": "AuthorizationError", "message": "x" } }).to_string()
}

#[tokio::test]
async fn no_token_is_fetched_for_a_host_that_is_not_trusted() {
    let fake = Fake::start().await;
    let policy = HostPolicy::for_cloud(Cloud::Public);
    let connector = Connector::new(HttpClient::new(), fake.tokens.clone(), policy);
    for url in [
        fake.url.clone(),
        "https://evil.trafficmanager.net/amer"
            .parse::<ServiceUrl>()
            .unwrap(),
        "https://smba.infra.gov.teams.microsoft.us/teams"
            .parse()
            .unwrap(),
    ] {
        let error = connector
            .send(&url, &"a:1".into(), &hello())
            .await
            .unwrap_err();
        assert!(matches!(error, ConnectorError::UntrustedServiceUrl { .. }));
        assert_eq!(error.outcome(), Outcome::Refused(End::UntrustedHost));
    }
    assert_eq!(fake.tokens.asked(), 0);
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn an_id_that_would_be_another_path_is_not_sent() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    for id in ["", ".", ".."] {
        let error = connector
            .send(&fake.url, &id.into(), &hello())
            .await
            .unwrap_err();
        assert!(matches!(error, ConnectorError::BadId));
    }
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn the_token_does_not_follow_a_redirect() {
    let (fake, other) = (Fake::start().await, Fake::start().await);
    let connector = fake.connector();
    fake.then(Redirect::temporary(other.url.as_str()));
    let error = connector
        .send(&fake.url, &"a:1".into(), &hello())
        .await
        .unwrap_err();
    assert_eq!(
        error.rejection().unwrap().status,
        StatusCode::TEMPORARY_REDIRECT
    );
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn after_a_401_another_token_is_tried_once() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    fake.then((StatusCode::UNAUTHORIZED, refusal()));
    fake.then((StatusCode::CREATED, r#"{"id":"1"}"#));
    let sent = connector
        .send(&fake.url, &"a:1".into(), &hello())
        .await
        .unwrap();
    assert_eq!(sent.id, Some("1".into()));
    let asked = fake.asked();
    assert_eq!(asked[0].headers["authorization"], "Bearer token-1");
    assert_eq!(asked[1].headers["authorization"], "Bearer token-2");
    assert_eq!(asked[0].body, asked[1].body);
}

#[tokio::test]
async fn a_second_401_is_a_configuration_error() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    for _ in 0..3 {
        fake.then((StatusCode::UNAUTHORIZED, ""));
    }
    let error = connector
        .send(&fake.url, &"a:1".into(), &hello())
        .await
        .unwrap_err();
    assert!(matches!(error.outcome(), Outcome::Rejected(meaning)
        if meaning == connector::retry::Meaning::Final(End::Misconfigured)));
    assert_eq!((fake.asked().len(), fake.tokens.refusals()), (2, 1));
}

#[tokio::test]
async fn another_token_does_not_register_a_bot() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let body = json!({ "error": { "code": "BotNotRegistered" } }).to_string();
    fake.then((StatusCode::UNAUTHORIZED, body));
    assert!(
        connector
            .send(&fake.url, &"a:1".into(), &hello())
            .await
            .is_err()
    );
    assert_eq!((fake.asked().len(), fake.tokens.refusals()), (1, 0));
}

/// Has one token and will not get another.
struct Stubborn(AccessToken);

#[async_trait::async_trait]
impl TokenSource for Stubborn {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        Ok(self.0.clone())
    }

    async fn refused(&self, _: &AccessToken) {}
}

#[tokio::test]
async fn the_same_token_is_not_tried_twice() {
    let fake = Fake::start().await;
    let token = AccessToken::new("only", jiff::Timestamp::MAX).unwrap();
    let connector = Connector::new(
        HttpClient::new(),
        Arc::new(Stubborn(token)),
        HostPolicy::loopback(),
    );
    fake.then((StatusCode::UNAUTHORIZED, refusal()));
    assert!(
        connector
            .send(&fake.url, &"a:1".into(), &hello())
            .await
            .is_err()
    );
    assert_eq!(fake.asked().len(), 1);
}

/// Has no token.
struct Broke;

#[async_trait::async_trait]
impl TokenSource for Broke {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        Err(TokenError::Unreadable {
            status: StatusCode::OK,
        })
    }

    async fn refused(&self, _: &AccessToken) {}
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let fake = Fake::start().await;
    let connector = Connector::new(HttpClient::new(), Arc::new(Broke), HostPolicy::loopback());
    let error = connector
        .send(&fake.url, &"a:1".into(), &hello())
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NoToken);
    assert!(fake.asked().is_empty());
}

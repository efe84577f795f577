//! A real token of Teams with the real keys of its time, from a public test
//! suite that is kept beside the repository where it is developed.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use activity::{Cloud, HostPolicy};
use http_client::HttpClient;
use inbound_auth::{Authenticate, Authenticator, NoKeyCache, Refusal, Settings, TokenFault};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::provider::Provider;

fn fixture(name: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/teams");
    let text = fs::read(folder.join(name)).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

#[tokio::test]
async fn a_recorded_token_verifies_while_it_was_valid() {
    let (Some(vector), Some(keys)) = (
        fixture("auth-inbound-token-vector.json"),
        fixture("auth-jwks-with-endorsements.json"),
    ) else {
        return;
    };
    let provider = Provider::start(keys).await;
    let part = |name: &str| vector[name].as_str().unwrap().to_owned();
    let token = [
        part("header_b64url"),
        part("payload_b64url"),
        part("signature_b64url"),
    ]
    .join(".");
    let claims = &vector["claims"];
    let body = json!({
        "type": "message",
        "channelId": "msteams",
        "serviceUrl": claims["serviceurl"],
        "conversation": { "id": "a:1", "tenantId": "t" },
    });
    let judge = async |at: &str| {
        let at = Timestamp::from_second(vector[at].as_i64().unwrap()).unwrap();
        let settings = Settings {
            app_id: claims["aud"].as_str().unwrap().into(),
            issuer: claims["iss"].as_str().unwrap().into(),
            metadata_url: provider.metadata_url().parse().unwrap(),
            hosts: HostPolicy::for_cloud(Cloud::Public),
        };
        let authenticator = Authenticator::new(
            HttpClient::new(),
            settings,
            Arc::new(NoKeyCache),
            Arc::new(move || at),
        );
        let header = format!("Bearer {token}");
        authenticator
            .authenticate(Some(&header), body.to_string().as_bytes())
            .await
    };
    judge("valid_at_unix").await.unwrap();
    judge("within_skew_at_unix").await.unwrap();
    let expired = judge("expired_at_unix").await.unwrap_err();
    assert!(matches!(expired, Refusal::Token(TokenFault::Expired)));
}

//! What is asked, for each kind of registration and credential.

use std::collections::BTreeMap;
use std::sync::Arc;

use activity::{Cloud, TenantId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entra::{AppTokens, AppType, Certificate, CertificateError, Credential, Fixed, Registration};
use entra::{Secret, TokenSource};
use http_client::HttpClient;
use jwt::jsonwebtoken::DecodingKey;
use jwt::{Algorithm, RsaKey};
use serde_json::{Value, json};

use crate::authority::{APP, Asked, Authority, Clock, HOME, secret, text};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn form(asked: &Asked) -> BTreeMap<&str, &str> {
    let pairs = asked.form.iter();
    pairs.map(|(k, v)| (k.as_str(), v.as_str())).collect()
}

fn test_key(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../simulator/test-keys");
    std::fs::read_to_string(format!("{folder}/{name}.pem")).unwrap()
}

#[tokio::test]
async fn a_single_tenant_bot_asks_its_home_tenant() {
    let authority = Authority::start().await;
    let tokens = authority.tokens_by(Arc::new(Fixed(secret("se=s&me +~é"))), &Clock::default());
    let token = tokens.token().await.unwrap();
    assert_eq!(text(&token), "token-1");
    let asked = &authority.asked()[0];
    assert_eq!(asked.tenant, HOME);
    assert_eq!(asked.content_type, "application/x-www-form-urlencoded");
    assert_eq!(
        form(asked),
        BTreeMap::from([
            ("grant_type", "client_credentials"),
            ("client_id", APP),
            ("client_secret", "se=s&me +~é"),
            ("scope", "https://api.botframework.com/.default"),
        ])
    );
}

#[tokio::test]
async fn a_legacy_multi_tenant_bot_asks_the_bot_frameworks_tenant() {
    let authority = Authority::start().await;
    let tokens = AppTokens::new(
        HttpClient::new(),
        authority.registration(AppType::MultiTenant),
        Arc::new(Fixed(secret("sesame"))),
        Clock::default().now(),
    );
    tokens.connector_token().await.unwrap();
    assert_eq!(authority.asked()[0].tenant, "botframework.com");
}

#[tokio::test]
async fn each_cloud_has_its_scopes() {
    for (cloud, connector, graph) in [
        (
            Cloud::Public,
            "https://api.botframework.com",
            "https://graph.microsoft.com",
        ),
        (
            Cloud::Gcc,
            "https://api.botframework.com",
            "https://graph.microsoft.com",
        ),
        (
            Cloud::UsGov,
            "https://api.botframework.us",
            "https://graph.microsoft.us",
        ),
        (
            Cloud::UsGovDoD,
            "https://api.botframework.us",
            "https://dod-graph.microsoft.us",
        ),
        (
            Cloud::China,
            "https://api.botframework.azure.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        ),
    ] {
        let authority = Authority::start().await;
        let registration = Registration::new(cloud, APP.into(), HOME.into(), AppType::SingleTenant);
        let tokens = AppTokens::new(
            HttpClient::new(),
            registration.with_authority(&authority.url).unwrap(),
            Arc::new(Fixed(secret("sesame"))),
            Clock::default().now(),
        );
        tokens.connector_token().await.unwrap();
        tokens.graph_token(&HOME.into()).await.unwrap();
        let scopes: Vec<String> = authority
            .asked()
            .iter()
            .map(|asked| asked.form["scope"].clone())
            .collect();
        assert_eq!(
            scopes,
            [format!("{connector}/.default"), format!("{graph}/.default")]
        );
    }
}

#[tokio::test]
async fn graph_has_a_token_for_each_tenant() {
    let authority = Authority::start().await;
    let tokens = authority.tokens(&Clock::default());
    let (one, other) = (TenantId::from("one"), TenantId::from("other"));
    let first = tokens.graph_token(&one).await.unwrap();
    let second = tokens.graph_token(&other).await.unwrap();
    assert_eq!(tokens.graph_token(&one).await.unwrap(), first);
    assert_ne!(first, second);
    let tenants: Vec<String> = authority
        .asked()
        .into_iter()
        .map(|asked| asked.tenant)
        .collect();
    assert_eq!(tenants, ["one", "other"]);
}

#[tokio::test]
async fn a_certificate_signs_an_assertion() {
    let authority = Authority::start().await;
    let clock = Clock::default();
    let pem = test_key("bot-certificate") + &test_key("bot-certificate.key");
    let certificate = Certificate::from_pem(&pem).unwrap();
    let tokens = authority.tokens_by(
        Arc::new(Fixed(Credential::Certificate(certificate.clone()))),
        &clock,
    );
    tokens.connector_token().await.unwrap();

    let asked = &authority.asked()[0];
    assert!(!asked.form.contains_key("client_secret"));
    assert_eq!(asked.form["client_assertion_type"], ASSERTION_TYPE);
    let assertion = &asked.form["client_assertion"];
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let key = RsaKey::from_pem(&pem).unwrap();
    let public = DecodingKey::from_rsa_raw_components(key.modulus(), key.exponent());
    assert!(jwt::verify(signed, signature, &public, Algorithm::PS256));

    let parts: Vec<Value> = signed
        .split('.')
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        json!({ "typ": "JWT", "alg": "PS256", "x5t#S256": certificate.thumbprint() })
    );
    let now = clock.time().as_second();
    let mut claims = parts[1].clone();
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().unwrap().len(), 36);
    assert_eq!(
        claims,
        json!({
            "aud": format!("{}/{HOME}/oauth2/v2.0/token", authority.url),
            "iss": APP,
            "sub": APP,
            "nbf": now,
            "iat": now,
            "exp": now + 600,
        })
    );
}

#[test]
fn of_a_chain_the_certificate_of_the_key_is_named() {
    let key = test_key("bot-certificate.key");
    let (leaf, other) = (
        test_key("bot-certificate"),
        test_key("outsider-certificate"),
    );
    let alone = Certificate::from_pem(&format!("{leaf}{key}")).unwrap();
    for pem in [
        format!("{leaf}{other}{key}"),
        format!("{other}{leaf}{key}"),
        format!("{key}{other}{leaf}").replace('\n', "\r\n"),
    ] {
        assert_eq!(Certificate::from_pem(&pem), Ok(alone.clone()));
    }
}

#[test]
fn a_pem_text_that_does_not_do_says_why() {
    let (key, other) = (
        test_key("bot-certificate.key"),
        test_key("outsider-certificate"),
    );
    let error = |pem: &str| Certificate::from_pem(pem).unwrap_err();
    assert_eq!(error(&key), CertificateError::NoCertificate);
    assert_eq!(error(&format!("{key}{other}")), CertificateError::Mismatch);
    assert!(matches!(error(&other), CertificateError::Key(_)));
    assert!(matches!(error("sesame"), CertificateError::Key(_)));
}

#[tokio::test]
async fn an_assertion_of_another_issuer_is_passed_on() {
    let authority = Authority::start().await;
    let assertion = Credential::Assertion(Secret::new("a.b.c"));
    let tokens = authority.tokens_by(Arc::new(Fixed(assertion)), &Clock::default());
    tokens.connector_token().await.unwrap();
    assert_eq!(
        form(&authority.asked()[0]),
        BTreeMap::from([
            ("grant_type", "client_credentials"),
            ("client_id", APP),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", "a.b.c"),
            ("scope", "https://api.botframework.com/.default"),
        ])
    );
}

#[tokio::test]
async fn debug_output_has_no_secrets() {
    let authority = Authority::start().await;
    let token = authority.tokens(&Clock::default()).token().await.unwrap();
    let certificate = test_key("bot-certificate") + &test_key("bot-certificate.key");
    let certificate = Certificate::from_pem(&certificate).unwrap();
    let shown = format!(
        "{token:?} {:?} {:?} {:?} {:?}",
        token.authorization(),
        secret("sesame"),
        Credential::Assertion(Secret::new("sesame")),
        Credential::Certificate(certificate),
    );
    for secret in ["token-1", "sesame", "PRIVATE", "MII"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

//! Credentials in Secrets Manager, against one on loopback whose secret can be rotated.

#![expect(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws::{AwsClients, SecretsManager, Settings};
use axum::http::StatusCode;
use axum::{Json, Router};
use entra::{Credential, CredentialSource as _, Freshness, Secret};
use registration::StoredCredential;
use serde_json::{Value, json};

/// Secrets Manager with one secret; without one it answers that there is none.
#[derive(Clone, Default)]
struct Store {
    secret: Arc<Mutex<Option<String>>>,
    reads: Arc<AtomicUsize>,
}

impl Store {
    fn holds(&self, secret: &str) {
        *self.secret.lock().unwrap() = Some(secret.to_owned());
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    async fn start() -> (Self, SecretsManager) {
        let store = Self::default();
        let answering = store.clone();
        let app = Router::new().fallback(async move || answering.answer());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let settings = Settings::emulator(&endpoint);
        let clients = AwsClients::new(http_client::HttpClient::new(), settings);
        (store, SecretsManager::new(&clients))
    }

    fn answer(&self) -> (StatusCode, Json<Value>) {
        self.reads.fetch_add(1, Ordering::SeqCst);
        match &*self.secret.lock().unwrap() {
            Some(secret) => (StatusCode::OK, Json(json!({ "SecretString": secret }))),
            None => (
                StatusCode::BAD_REQUEST,
                Json(json!({ "__type": "ResourceNotFoundException" })),
            ),
        }
    }
}

fn password(text: &str) -> Credential {
    Credential::Secret(Secret::new(text))
}

#[tokio::test]
async fn a_password_is_read_once_and_again_when_it_was_refused() {
    let (store, secrets) = Store::start().await;
    let credential = StoredCredential::password(secrets, "tidings/teams");
    assert_eq!(store.reads(), 0, "nothing is read at start");

    store.holds("old\n");
    for _ in 0..3 {
        let current = credential.current(Freshness::Cached).await.unwrap();
        assert_eq!(current, password("old"));
    }
    assert_eq!(store.reads(), 1);

    store.holds("new");
    let current = credential.current(Freshness::Reread).await.unwrap();
    assert_eq!(current, password("new"));
    let current = credential.current(Freshness::Cached).await.unwrap();
    assert_eq!(current, password("new"));
    assert_eq!(store.reads(), 2);
}

#[tokio::test]
async fn a_missing_secret_is_for_somebody_to_mend() {
    let (_, secrets) = Store::start().await;
    let credential = StoredCredential::password(secrets, "tidings/none");
    let error = credential.current(Freshness::Cached).await.unwrap_err();
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_text_that_is_no_certificate_is_refused_and_not_kept() {
    let (store, secrets) = Store::start().await;
    let credential = StoredCredential::certificate(secrets, "tidings/certificate");
    store.holds("not a certificate");
    let error = credential.current(Freshness::Cached).await.unwrap_err();
    assert!(!error.is_retryable());
    store.holds(&format!(
        "{}{}",
        include_str!("../../simulator/test-keys/bot-certificate.pem"),
        include_str!("../../simulator/test-keys/bot-certificate.key.pem"),
    ));
    let current = credential.current(Freshness::Cached).await.unwrap();
    assert!(matches!(current, Credential::Certificate(_)));
}

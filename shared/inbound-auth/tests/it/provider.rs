//! A key provider over real HTTP that counts, and fails on demand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the provider does when asked.
#[derive(Clone)]
pub(crate) enum Mood {
    Well,
    Status(u16),
    Metadata(Value),
    Keys(Value),
    HugeKeys,
    RedirectTo(String),
}

pub(crate) struct Provider {
    pub(crate) address: String,
    state: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    address: String,
    keys: Mutex<Value>,
    mood: Mutex<Mood>,
    metadata_reads: AtomicUsize,
    key_reads: AtomicUsize,
}

impl Provider {
    pub(crate) async fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Shared {
            address: address.clone(),
            keys: Mutex::new(keys),
            mood: Mutex::new(Mood::Well),
            metadata_reads: AtomicUsize::new(0),
            key_reads: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/openid", get(metadata))
            .route("/keys", get(keys_document))
            .with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            state,
            server,
        }
    }

    pub(crate) fn metadata_url(&self) -> String {
        format!("{}/openid", self.address)
    }

    pub(crate) fn set_keys(&self, keys: Value) {
        *self.state.keys.lock().unwrap() = keys;
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// How often metadata and keys were read.
    pub(crate) fn reads(&self) -> (usize, usize) {
        (
            self.state.metadata_reads.load(Ordering::SeqCst),
            self.state.key_reads.load(Ordering::SeqCst),
        )
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn announce(address: &str, algorithms: &Value) -> Value {
    json!({
        "issuer": "https://api.botframework.com",
        "authorization_endpoint": "https://invalid.botframework.com",
        "jwks_uri": format!("{address}/keys"),
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    })
}

async fn metadata(State(state): State<Arc<Shared>>) -> Response {
    state.metadata_reads.fetch_add(1, Ordering::SeqCst);
    let mood = state.mood.lock().unwrap().clone();
    match mood {
        Mood::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Mood::RedirectTo(place) => (StatusCode::FOUND, [(header::LOCATION, place)]).into_response(),
        Mood::Metadata(document) => axum::Json(document).into_response(),
        _ => axum::Json(announce(&state.address, &json!(["RS256"]))).into_response(),
    }
}

async fn keys_document(State(state): State<Arc<Shared>>) -> Response {
    state.key_reads.fetch_add(1, Ordering::SeqCst);
    let mood = state.mood.lock().unwrap().clone();
    match mood {
        Mood::Keys(document) => axum::Json(document).into_response(),
        Mood::HugeKeys => format!("{{\"keys\":[\"{}\"]}}", "x".repeat(2 << 20)).into_response(),
        _ => axum::Json(state.keys.lock().unwrap().clone()).into_response(),
    }
}

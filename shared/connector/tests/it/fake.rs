//! A Connector that records what it is asked and answers from a script.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use activity::{HostPolicy, ServiceUrl};
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use connector::Connector;
use entra::{AccessToken, TokenError, TokenSource};
use http_client::HttpClient;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method, path and query, as they stood on the wire.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Fake {
    pub(crate) url: ServiceUrl,
    pub(crate) tokens: Arc<Tokens>,
    script: Arc<Script>,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Response>>,
    asked: Mutex<Vec<Asked>>,
}

impl Fake {
    /// Answers 200 with `{}` unless told otherwise.
    pub(crate) async fn start() -> Self {
        let script = Arc::new(Script::default());
        let app = Router::new().fallback(answer).with_state(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/amer/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url: url.parse().unwrap(),
            tokens: Arc::default(),
            script,
        }
    }

    /// A client that trusts this machine.
    pub(crate) fn connector(&self) -> Connector {
        let tokens = self.tokens.clone();
        Connector::new(HttpClient::new(), tokens, HostPolicy::loopback())
    }

    /// Adds an answer.
    pub(crate) fn then(&self, answer: impl IntoResponse) {
        let answer = answer.into_response();
        self.script.answers.lock().unwrap().push_back(answer);
    }

    /// Adds an answer that is JSON text.
    pub(crate) fn then_json(&self, status: u16, body: impl ToString) {
        self.then((StatusCode::from_u16(status).unwrap(), body.to_string()));
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Asked {
        self.asked().pop().unwrap()
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    script.asked.lock().unwrap().push(Asked {
        line: format!("{method} {}", uri.path_and_query().unwrap()),
        headers,
        body,
    });
    let scripted = script.answers.lock().unwrap().pop_front();
    scripted.unwrap_or_else(|| "{}".into_response())
}

/// Gives `token-1`, and the next one whenever one was refused.
#[derive(Default)]
pub(crate) struct Tokens {
    refused: AtomicUsize,
    asked: AtomicUsize,
}

impl Tokens {
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn refusals(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let number = self.refusals() + 1;
        Ok(AccessToken::new(&format!("token-{number}"), Timestamp::MAX).unwrap())
    }

    async fn refused(&self, token: &AccessToken) {
        let current = format!("Bearer token-{}", self.refusals() + 1);
        if token.authorization().as_bytes() == current.as_bytes() {
            self.refused.fetch_add(1, Ordering::SeqCst);
        }
    }
}

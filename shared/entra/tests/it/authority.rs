//! A token endpoint that records what it is asked and answers from a script.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use activity::Cloud;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use entra::{AccessToken, AppTokens, AppType, Credential, CredentialSource, Fixed, Now};
use entra::{Registration, Secret};
use http_client::HttpClient;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) const APP: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
pub(crate) const HOME: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) tenant: String,
    pub(crate) content_type: String,
    pub(crate) form: HashMap<String, String>,
}

pub(crate) struct Authority {
    pub(crate) url: String,
    script: Arc<Script>,
}

struct Script {
    answers: Mutex<VecDeque<Response>>,
    asked: Mutex<Vec<Asked>>,
    /// An answer needs a permit; there are plenty unless a test takes them.
    permits: Semaphore,
    arrivals: Semaphore,
}

impl Authority {
    /// Answers `token-1`, `token-2`, …, each good for an hour, unless told otherwise.
    pub(crate) async fn start() -> Self {
        let script = Arc::new(Script {
            answers: Mutex::default(),
            asked: Mutex::default(),
            permits: Semaphore::new(1000),
            arrivals: Semaphore::new(0),
        });
        let app = Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(answer))
            .with_state(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, script }
    }

    /// Adds an answer that is given instead of a token.
    pub(crate) fn then(&self, answer: impl IntoResponse) {
        let answer = answer.into_response();
        self.script.answers.lock().unwrap().push_back(answer);
    }

    /// Adds a refusal as Entra words it.
    pub(crate) fn then_refuse(&self, status: u16, error: &str, code: u32) {
        self.then((
            StatusCode::from_u16(status).unwrap(),
            Json(json!({
                "error": error,
                "error_description": format!("AADSTS{code}: No. Trace ID: t Timestamp: 2025"),
                "error_codes": [code],
                "trace_id": "0000aaaa-11bb-cccc-dd22-eeeeee333333",
            })),
        ));
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.script.asked.lock().unwrap().len()
    }

    /// Answers nobody until [`release`](Self::release).
    pub(crate) fn hold(&self) {
        self.script.permits.forget_permits(1000);
    }

    pub(crate) fn release(&self) {
        self.script.permits.add_permits(1000);
    }

    /// Returns when one more request has arrived.
    pub(crate) async fn arrival(&self) {
        self.script.arrivals.acquire().await.unwrap().forget();
    }

    pub(crate) fn registration(&self, app_type: AppType) -> Registration {
        Registration::new(Cloud::Public, APP.into(), HOME.into(), app_type)
            .with_authority(&self.url)
            .unwrap()
    }

    /// Tokens of a single-tenant registration with the secret `sesame`.
    pub(crate) fn tokens(&self, clock: &Clock) -> AppTokens {
        self.tokens_by(Arc::new(Fixed(secret("sesame"))), clock)
    }

    pub(crate) fn tokens_by(
        &self,
        credentials: Arc<dyn CredentialSource>,
        clock: &Clock,
    ) -> AppTokens {
        AppTokens::new(
            HttpClient::new(),
            self.registration(AppType::SingleTenant),
            credentials,
            clock.now(),
        )
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let number = {
        let mut asked = script.asked.lock().unwrap();
        asked.push(Asked {
            tenant,
            content_type: headers["content-type"].to_str().unwrap().to_owned(),
            form,
        });
        asked.len()
    };
    script.arrivals.add_permits(1);
    let _permit = script.permits.acquire().await.unwrap();
    let scripted = script.answers.lock().unwrap().pop_front();
    scripted.unwrap_or_else(|| Json(token(&format!("token-{number}"), 3600)).into_response())
}

pub(crate) fn token(text: &str, expires_in: i64) -> Value {
    json!({
        "token_type": "Bearer",
        "expires_in": expires_in,
        "ext_expires_in": expires_in,
        "access_token": text,
    })
}

pub(crate) fn secret(text: &str) -> Credential {
    Credential::Secret(Secret::new(text))
}

/// The token inside the header value.
pub(crate) fn text(token: &AccessToken) -> &str {
    let value = token.authorization().to_str().unwrap();
    value.strip_prefix("Bearer ").unwrap()
}

/// A clock that stands until it is moved.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn time(&self) -> Timestamp {
        let start: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let seconds = self.0.load(Ordering::SeqCst);
        Timestamp::from_second(start.as_second() + seconds).unwrap()
    }

    pub(crate) fn now(&self) -> Now {
        let clock = self.clone();
        Arc::new(move || clock.time())
    }
}

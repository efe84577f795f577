//! The control API, for `curl` and for programs in other languages.
//!
//! It is protected as far as something without credentials can be: it is on
//! loopback, answers to loopback host names only, and takes JSON only, so that
//! no web page can use it through a browser.

mod acting;
mod looking;
mod scripting;
mod signing;

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HOST};
use serde::de::DeserializeOwned;
use serde_json::json;

pub(crate) use looking::overview;

use crate::shared::Shared;
use crate::{Chat, Conversation, Person, Team};

type Simulation = State<Arc<Shared>>;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(overview))
        .route("/people", get(looking::people))
        .route("/conversations", get(looking::conversations))
        .route("/messages", get(looking::messages))
        .route("/messages/next", get(looking::next_message))
        .route("/requests", get(looking::requests))
        .route("/deliveries", get(looking::deliveries))
        .route("/unread", get(looking::unread))
        .route("/tally", get(looking::tally))
        .route("/counts", get(looking::counts))
        .route("/traffic", get(looking::traffic))
        .route("/events", get(looking::events))
        .route("/install", post(acting::install))
        .route("/uninstall", post(acting::uninstall))
        .route("/say", post(acting::say))
        .route("/press", post(acting::press))
        .route("/submit", post(acting::submit))
        .route("/react", post(acting::react))
        .route("/edit", post(acting::edit))
        .route("/delete", post(acting::delete))
        .route("/members", post(acting::members))
        .route("/team", post(acting::team_event))
        .route("/block", post(acting::block))
        .route("/redeliver", post(acting::redeliver))
        .route("/deliver", post(acting::deliver))
        .route("/sign", post(signing::sign))
        .route("/endpoint", post(scripting::endpoint))
        .route(
            "/faults",
            get(scripting::faults_met)
                .post(scripting::faults)
                .delete(scripting::clear_faults),
        )
        .route(
            "/fault-file",
            post(scripting::fault_file).delete(scripting::no_fault_file),
        )
        .route("/rotate-keys", post(scripting::rotate_keys))
        .route("/revoke-tokens", post(scripting::revoke_tokens))
        .route("/reset", post(scripting::reset))
        .fallback(async || Problem::not_found("no such path; see docs/simulator.md"))
        .layer(middleware::from_fn(loopback_names_only))
}

/// Refuses requests that name another host than this one: a web page that
/// tricked a browser into resolving its own name to loopback.
async fn loopback_names_only(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        next.run(request).await
    } else {
        Problem(
            StatusCode::FORBIDDEN,
            "this host name is not loopback".to_owned(),
        )
        .into_response()
    }
}

/// Why a request to the control API had no effect.
struct Problem(StatusCode, String);

impl Problem {
    fn not_found(what: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, what.into())
    }

    fn bad(what: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, what.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// A body of JSON, whose members must all be known.
struct Asked<T>(T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let body = written(
            request,
            &["application/json"],
            "send JSON: curl --json '{…}'",
        )
        .await?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| Problem::bad(error.to_string()))
    }
}

/// A body of one of these kinds, none of which a web page can send unasked.
async fn written(request: Request, kinds: &[&str], advice: &str) -> Result<Bytes, Problem> {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kinds.iter().any(|known| kind.starts_with(known)) {
        return Err(Problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            advice.to_owned(),
        ));
    }
    axum::body::to_bytes(request.into_body(), 1024 * 1024)
        .await
        .map_err(|_| Problem(StatusCode::PAYLOAD_TOO_LARGE, "too large".to_owned()))
}

fn person(shared: &Arc<Shared>, who: &str) -> Result<Person, Problem> {
    Person::find(shared, who).ok_or_else(|| {
        let names: Vec<String> = Person::all(shared)
            .iter()
            .take(10)
            .map(Person::name)
            .collect();
        Problem::not_found(format!(
            "nobody is called {who}; there are {}",
            names.join(", ")
        ))
    })
}

fn team(shared: &Arc<Shared>, name: &str) -> Result<Team, Problem> {
    Team::find(shared, name).ok_or_else(|| {
        let names: Vec<String> = Team::all(shared).iter().map(Team::name).collect();
        Problem::not_found(format!(
            "no team is called {name}; there are {}",
            names.join(", ")
        ))
    })
}

fn chat(shared: &Arc<Shared>, name: &str) -> Result<Chat, Problem> {
    Chat::find(shared, name).ok_or_else(|| Problem::not_found(format!("no chat is called {name}")))
}

/// A conversation, by its id or by the name of a person, channel or chat.
fn conversation(shared: &Arc<Shared>, name: &str) -> Result<Conversation, Problem> {
    if let Some(conversation) = Conversation::find(shared, name) {
        return Ok(conversation);
    }
    if let Some(chat) = Chat::find(shared, name) {
        return Ok(chat.conversation());
    }
    for team in Team::all(shared) {
        let prefix = format!("{} / ", team.name());
        let channel = name.strip_prefix(&prefix).unwrap_or(name);
        if let Some(channel) = team.find_channel(channel) {
            return Ok(channel);
        }
    }
    match Person::find(shared, name) {
        Some(person) => Ok(person.chat()),
        None => Err(Problem::not_found(format!(
            "no conversation {name}; see /_simulator/conversations"
        ))),
    }
}

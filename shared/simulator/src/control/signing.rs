//! Signing a request that somebody else sends.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::Value;

use crate::control::Simulation;

/// `POST /_simulator/sign`: the envelope of a function URL, with a good token as its `authorization` header.
///
/// For a sample event that is handed to a function without Teams in between.
pub(super) async fn sign(
    State(shared): Simulation,
    Json(mut envelope): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let fields = envelope.as_object_mut().ok_or(StatusCode::BAD_REQUEST)?;
    let headers = fields
        .entry("headers")
        .or_insert_with(|| Value::Object(serde_json::Map::new()))
        .as_object_mut()
        .ok_or(StatusCode::BAD_REQUEST)?;
    let token = format!("Bearer {}", shared.inbound_token().sign());
    headers.insert("authorization".to_owned(), token.into());
    Ok(Json(envelope))
}

//! What a local run offers of AWS over HTTP besides its table, on one address: queues, the bus, schedules.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::bus::Bus;
use super::schedules::{LocalSchedules, Refused};
use super::sqs_face::SqsFace;

/// The services.
#[derive(Clone)]
pub struct AwsFace {
    /// SQS.
    pub queues: SqsFace,
    /// EventBridge.
    pub bus: Bus,
    /// EventBridge Scheduler.
    pub schedules: LocalSchedules,
}

impl AwsFace {
    /// The HTTP service.
    pub fn router(self) -> Router {
        let schedule = post(create).put(update).delete(delete).get(get);
        Router::new()
            .route("/schedules/{name}", schedule)
            .fallback(post(by_target))
            .layer(super::sqs_face::largest_body())
            .with_state(self)
    }
}

/// The services of AWS's JSON protocols are told apart by a header.
async fn by_target(State(face): State<AwsFace>, headers: HeaderMap, body: String) -> Response {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    match target {
        Some("AWSEvents.PutEvents") => match serde_json::from_str::<Value>(&body) {
            Ok(request) => match face.bus.put_events(&request) {
                Ok(answer) => answered(200, &answer),
                Err(error) => refused(400, "ValidationException", &error.to_string()),
            },
            Err(error) => refused(400, "SerializationException", &error.to_string()),
        },
        _ => face.queues.handle(target, &body).await,
    }
}

async fn create(State(face): State<AwsFace>, Path(name): Path<String>, body: String) -> Response {
    with(&body, |request| face.schedules.create(&name, request))
}

async fn update(State(face): State<AwsFace>, Path(name): Path<String>, body: String) -> Response {
    with(&body, |request| face.schedules.update(&name, request))
}

async fn delete(State(face): State<AwsFace>, Path(name): Path<String>) -> Response {
    told(face.schedules.delete(&name))
}

async fn get(State(face): State<AwsFace>, Path(name): Path<String>) -> Response {
    told(face.schedules.get(&name))
}

fn with(body: &str, answer: impl FnOnce(&Value) -> Result<Value, Refused>) -> Response {
    match serde_json::from_str(body) {
        Ok(request) => told(answer(&request)),
        Err(error) => refused(400, "ValidationException", &error.to_string()),
    }
}

fn told(answer: Result<Value, Refused>) -> Response {
    match answer {
        Ok(answer) => answered(200, &answer),
        Err(error) => refused(error.status, error.code, &error.message),
    }
}

fn answered(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    (status, kind, body.to_string()).into_response()
}

fn refused(status: u16, code: &str, message: &str) -> Response {
    let body = json!({ "__type": code, "Message": message });
    let mut response = answered(status, &body);
    if let Ok(code) = code.parse() {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

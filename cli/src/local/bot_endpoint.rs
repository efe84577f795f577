//! The bot's messaging endpoint on loopback: HTTP in front of the `messages` function, as a
//! function URL is on AWS; and a door for notifications beside it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use startup::Clock;

use super::function::Function;
use super::queue::InProcessQueue;

/// The largest request a function URL takes.
const LARGEST_REQUEST: usize = 6 * 1024 * 1024;

/// What stands behind the endpoint.
#[derive(Clone)]
pub struct BotEndpoint {
    /// The `messages` function.
    pub messages: Function,
    /// Where `POST /notifications` puts what it gets.
    pub notifications: InProcessQueue,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl BotEndpoint {
    /// The HTTP service.
    pub fn router(self) -> Router {
        Router::new()
            .route("/notifications", post(notify))
            .fallback(any(invoke))
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .with_state(self)
    }
}

async fn invoke(
    State(endpoint): State<BotEndpoint>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let event = function_url_event(&endpoint, peer, &method, &uri, &headers, &body);
    match endpoint.messages.invoke(event).await {
        Ok(answer) => http_response(&answer),
        Err(error) => {
            tracing::error!(error = %error, "the messaging endpoint failed");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

/// The envelope of a function URL (payload format 2.0).
///
/// See the Lambda developer guide, "Invoking Lambda function URLs".
fn function_url_event(
    endpoint: &BotEndpoint,
    peer: SocketAddr,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Value {
    let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        by_name
            .entry(name.as_str())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let is_json = by_name
        .get("content-type")
        .is_some_and(|kind| kind.contains("json"));
    let (body, is_base64) = match std::str::from_utf8(body) {
        Ok(text) if is_json => (text.to_owned(), false),
        _ => (STANDARD.encode(body), true),
    };
    let now = endpoint.clock.now();
    let host = by_name.get("host").cloned().unwrap_or_default();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": by_name,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": method.as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": peer.ip().to_string(),
                "userAgent": headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default(),
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

fn http_response(answer: &Value) -> Response {
    let status = answer["statusCode"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok())
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).unwrap_or_default(),
        _ => body.as_bytes().to_vec(),
    };
    let mut response = (status, body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::try_from(name.as_str());
        let value = HeaderValue::try_from(value.as_str().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Puts a notification, an event or the bodies of a whole SQS sample on the notification queue.
async fn notify(State(endpoint): State<BotEndpoint>, body: String) -> Response {
    let mut queued = Vec::new();
    for body in queue_bodies(&body) {
        let sent = endpoint.notifications.send(
            body.body,
            body.attributes,
            Duration::ZERO,
            endpoint.clock.now(),
        );
        match sent {
            Ok(id) => queued.push(id),
            Err(error) => {
                let error = json!({ "error": error.to_string(), "queued": queued });
                return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
            }
        }
    }
    (
        StatusCode::ACCEPTED,
        [(header::CONTENT_TYPE, "application/json")],
        // With a line end, for whoever reads it in a terminal.
        format!("{}\n", json!({ "queued": queued })),
    )
        .into_response()
}

/// A message to put on a queue.
#[derive(Debug, PartialEq, Eq)]
pub struct QueueBody {
    /// The body.
    pub body: String,
    /// The string message attributes.
    pub attributes: BTreeMap<String, String>,
}

/// The messages in `text`: those of an SQS event if it is one, else the text itself.
pub fn queue_bodies(text: &str) -> Vec<QueueBody> {
    let records = serde_json::from_str::<Map<String, Value>>(text)
        .ok()
        .and_then(|mut event| event.remove("Records"));
    let Some(Value::Array(records)) = records else {
        return vec![QueueBody {
            body: text.to_owned(),
            attributes: BTreeMap::new(),
        }];
    };
    records
        .iter()
        .map(|record| QueueBody {
            body: match &record["body"] {
                Value::String(body) => body.clone(),
                // SNS hands Lambda its envelope as `Sns`, and a queue the same envelope as the body.
                _ if record["Sns"].is_object() => record["Sns"].to_string(),
                _ => record.to_string(),
            },
            attributes: record["messageAttributes"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| {
                    let value = value["stringValue"].as_str()?;
                    Some((name.clone(), value.to_owned()))
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqs_event_is_taken_apart_and_anything_else_taken_whole() {
        let event = r#"{"Records":[{"body":"{\"a\":1}","messageAttributes":{"original-message-id":{"stringValue":"7","dataType":"String"}}},{"body":"b"}]}"#;
        let bodies = queue_bodies(event);
        assert_eq!(bodies.len(), 2);
        assert_eq!(bodies[0].body, r#"{"a":1}"#);
        assert_eq!(bodies[0].attributes["original-message-id"], "7");
        assert_eq!(queue_bodies("not json")[0].body, "not json");
    }
}

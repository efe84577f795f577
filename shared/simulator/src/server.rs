//! The HTTP side: one listener for Connector, Entra, keys and the control API.

use std::io;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, SERVER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::fault_file::{Asked, End, Trouble};
use crate::faults::{Call, Fault};
use crate::ids::new_guid;
use crate::model::Place;
use crate::operation::{Address, Operation};
use crate::requests::Request;
use crate::shared::Shared;
use crate::{Event, Reply, ReplyBody, connector, control, entra, openid};

/// More than this is not read: a message is far smaller.
const BODY_LIMIT: usize = 1024 * 1024;

/// Everything that the simulator serves.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/_simulator", control::router())
        .route("/_simulator/", get(control::overview))
        .fallback(microsoft)
        .with_state(shared)
}

/// Serves a request to what is Microsoft's in the real world.
async fn microsoft(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> Response {
    let (head, body) = request.into_parts();
    let address = Address::of(&head.method, head.uri.path());
    let body = axum::body::to_bytes(body, BODY_LIMIT).await;
    let call = Call {
        operation: address.operation,
        conversation: (!address.first.is_empty()).then(|| address.first.clone()),
        at: shared.settings.clock.now(),
    };
    if address.operation.is_of_the_connector() {
        shared.traffic().came(call.at);
    }
    let (trouble, place) = shared.trouble(&call, &address, body.as_deref().unwrap_or_default());
    for happening in &trouble.happens {
        shared.happen(*happening, place);
    }
    if !trouble.delay.is_zero() {
        tokio::time::sleep(trouble.delay).await;
    }
    let serve = || match &body {
        Ok(body) => answer(&shared, &address, &head, body),
        Err(_) => Reply::too_big(),
    };
    let (reply, cut) = match &trouble.end {
        End::Serve => (serve(), false),
        End::Answer { reply, accepted } => {
            if *accepted {
                serve();
            }
            (reply.clone(), false)
        }
        End::Reset { accepted: true } => (serve(), true),
        End::Reset { accepted: false } => (Reply::json(201, json!({"id": "0"})), true),
    };
    shared.note(&head, call, &reply, &trouble);
    if cut { broken(&reply) } else { response(reply) }
}

fn answer(shared: &Shared, address: &Address, head: &Parts, body: &Bytes) -> Reply {
    match address.operation {
        Operation::Token => entra::token(shared, &address.first, &head.headers, body),
        Operation::OpenIdMetadata => openid::metadata(shared),
        Operation::SigningKeys => openid::keys(shared),
        Operation::Unknown => Reply::empty(404),
        _ => connector::serve(shared, address, head.uri.query(), &head.headers, body),
    }
}

impl Shared {
    /// What goes wrong with a request, and what it is about: what a test lined up, else what the
    /// fault source says, else what the fault file has.
    fn trouble(&self, call: &Call, address: &Address, body: &[u8]) -> (Trouble, Option<Place>) {
        let nothing = (Trouble::default(), None);
        if call.operation == Operation::Unknown {
            return nothing;
        }
        if let Some(fault) = self.fault(call) {
            return (fault.into(), None);
        }
        let Some(plan) = self.plan() else {
            return nothing;
        };
        let place = connector::subject(&self.model(), address, body);
        let asked = Asked {
            operation: call.operation,
            place,
            at: call.at,
        };
        (plan.before(asked), place)
    }

    fn fault(&self, call: &Call) -> Option<Fault> {
        self.script.take(call).or_else(|| {
            let faults = self.faults.read().unwrap_or_else(PoisonError::into_inner);
            faults.as_ref()?.before(call)
        })
    }

    /// Remembers a request and how it was answered.
    fn note(&self, head: &Parts, call: Call, reply: &Reply, trouble: &Trouble) {
        let code = reply.code();
        if reply.status == 429 && matches!(trouble.end, End::Answer { .. }) {
            self.traffic().throttled_by_fault();
        }
        if reply.status >= 400 {
            self.tell(|| Event::Refused {
                operation: call.operation,
                status: reply.status,
                code: code.clone(),
            });
        }
        self.requests().add(Request {
            at: call.at,
            operation: call.operation,
            method: head.method.to_string(),
            target: head
                .uri
                .path_and_query()
                .map_or_else(String::new, ToString::to_string),
            subject: call.conversation,
            status: reply.status,
            code,
            faulted: !trouble.is_none(),
        });
        self.changed();
    }
}

/// An answer with the headers that the real services send.
fn response(reply: Reply) -> Response {
    let (kind, body) = match reply.body {
        ReplyBody::Empty => (None, Bytes::new()),
        ReplyBody::Json(value) => (
            Some("application/json; charset=utf-8".to_owned()),
            Bytes::from(value.to_string()),
        ),
        ReplyBody::Html(text) => (
            Some("text/html".to_owned()),
            Bytes::from_static(text.as_bytes()),
        ),
        ReplyBody::Bytes {
            content_type,
            bytes,
        } => (Some(content_type), bytes),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(SERVER, HeaderValue::from_static("Microsoft-HTTPAPI/2.0"));
    let correlation = format!("{}.0", &new_guid().replace('-', "")[..22]);
    let context = format!("tcid=0,server=simulator,cv={correlation}");
    for (name, value) in [("ms-cv", correlation), ("contextid", context)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if let Some(kind) = kind.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        headers.insert(CONTENT_TYPE, kind);
    }
    if let Some(seconds) = reply.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer whose connection breaks after the first bytes.
fn broken(reply: &Reply) -> Response {
    let parts = [
        Ok(Bytes::from_static(b"{\"id\"")),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ];
    let mut response = Response::new(Body::from_stream(futures_util::stream::iter(parts)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("64"));
    response
}

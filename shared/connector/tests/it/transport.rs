//! A Connector in the same process.

use std::sync::{Arc, Mutex};

use activity::{ActivityInput, HostPolicy};
use async_trait::async_trait;
use bytes::Bytes;
use connector::retry::{Meaning, Outcome};
use connector::{Body, Connector, Transport, TransportError};
use http::{Request, Response};
use http_client::HttpClient;

use crate::fake::Tokens;

type Answer = fn() -> Result<Response<Body>, TransportError>;

struct Local {
    answer: Answer,
    heard: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl Transport for Local {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        self.heard.lock().unwrap().push(request);
        (self.answer)()
    }
}

fn connector(answer: Answer) -> (Arc<Local>, Connector) {
    let local = Arc::new(Local {
        answer,
        heard: Mutex::default(),
    });
    let connector = Connector::new(
        HttpClient::new(),
        Arc::<Tokens>::default(),
        HostPolicy::loopback(),
    );
    (local.clone(), connector.through(local))
}

async fn outcome(answer: Answer) -> Result<Option<String>, Outcome> {
    let (_, connector) = connector(answer);
    let url = "http://127.0.0.1:1/teams".parse().unwrap();
    let hello = ActivityInput::message_text("hello");
    match connector.send(&url, &"a:1".into(), &hello).await {
        Ok(sent) => Ok(sent.id.map(|id| id.to_string())),
        Err(error) => Err(error.outcome()),
    }
}

fn answered(status: u16, body: Body) -> Result<Response<Body>, TransportError> {
    Ok(Response::builder().status(status).body(body).unwrap())
}

fn broken() -> TransportError {
    TransportError::Unanswered("it broke".into())
}

#[tokio::test]
async fn the_request_is_the_one_that_would_be_written() {
    let (local, connector) = connector(|| answered(201, Ok(r#"{"id":"17"}"#.into())));
    let url = "http://127.0.0.1:1/teams".parse().unwrap();
    let hello = ActivityInput::message_text("hello");
    let sent = connector.send(&url, &"a:1".into(), &hello).await.unwrap();
    assert_eq!(sent.id.unwrap().as_str(), "17");
    let heard = local.heard.lock().unwrap();
    let request = &heard[0];
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.uri(),
        "http://127.0.0.1:1/teams/v3/conversations/a%3A1/activities"
    );
    assert!(request.headers().contains_key("authorization"));
    assert_eq!(
        request.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    assert!(request.body().windows(5).any(|part| part == b"hello"));
}

#[tokio::test]
async fn what_comes_back_means_what_it_means_over_the_network() {
    let not_sent = || Err(TransportError::NotSent("nobody there".into()));
    assert_eq!(outcome(not_sent).await, Err(Outcome::NotSent));
    assert_eq!(outcome(|| Err(broken())).await, Err(Outcome::Unanswered));
    // The status counts when the answer breaks off.
    assert_eq!(outcome(|| answered(201, Err(broken()))).await, Ok(None));
    assert_eq!(
        outcome(|| answered(429, Err(broken()))).await,
        Err(Outcome::Rejected(Meaning::Throttled))
    );
}

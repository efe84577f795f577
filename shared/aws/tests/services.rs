//! The SDK clients over our HTTP client, against canned answers on loopback.

#![expect(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::sync::{Arc, Mutex};

use aws::{AwsClients, BusEvent, EventBus, OutgoingMessage, Queue, QueueError, SecretError};
use aws::{SecretsManager, Settings, SqsQueue, StepFunctions, TaskTokens as _, TokenOutcome};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// One request as the service saw it.
struct Seen {
    headers: HeaderMap,
    body: Value,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

type Answers = Vec<(u16, Value)>;

/// An AWS service that answers in turn, the last answer over and over.
#[derive(Clone, Default)]
struct Service {
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Answers>>,
}

impl Service {
    async fn start(answers: Answers) -> (Self, AwsClients) {
        let service = Self {
            answers: Arc::new(Mutex::new(answers)),
            ..Self::default()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let settings = Settings::from_lookup(&|name| {
            Some(match name {
                "AWS_REGION" => "eu-west-1".to_owned(),
                "AWS_ACCESS_KEY_ID" => "AKIDEXAMPLE".to_owned(),
                "AWS_SECRET_ACCESS_KEY" => "hidden".to_owned(),
                "AWS_SESSION_TOKEN" => "session-of-lambda".to_owned(),
                "AWS_ENDPOINT_URL" => endpoint.clone(),
                _ => return None,
            })
        });
        let clients = AwsClients::new(http_client::HttpClient::new(), settings.unwrap());
        (service, clients)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }
}

async fn answer(
    State(service): State<Service>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, axum::Json<Value>) {
    let body = serde_json::from_slice(&body).unwrap();
    service.seen().push(Seen { headers, body });
    let mut answers = service.answers.lock().unwrap();
    let (status, answer) = match answers.len() {
        1 => answers[0].clone(),
        _ => answers.remove(0),
    };
    (StatusCode::from_u16(status).unwrap(), axum::Json(answer))
}

fn sent() -> (u16, Value) {
    let sent = json!({ "Successful": [{ "Id": "0", "MessageId": "m", "MD5OfMessageBody": "d" }], "Failed": [] });
    (200, sent)
}

#[tokio::test]
async fn a_message_goes_out_signed_with_delay_and_attributes() {
    let (service, clients) = Service::start(vec![sent()]).await;
    let queue = SqsQueue::new(&clients, "https://sqs.example/1/delivery");
    let mut message = OutgoingMessage::new("{}").delayed(std::time::Duration::from_secs(90));
    message.attributes = vec![("error-type".into(), "contract".into())];
    queue.send(vec![message]).await.unwrap();

    let seen = service.seen();
    assert_eq!(seen[0].header("x-amz-target"), "AmazonSQS.SendMessageBatch");
    assert_eq!(seen[0].header("x-amz-security-token"), "session-of-lambda");
    let authorization = seen[0].header("authorization");
    assert!(authorization.contains("AKIDEXAMPLE/"));
    assert!(authorization.contains("/eu-west-1/sqs/aws4_request"));
    assert_eq!(
        seen[0].body,
        json!({
            "QueueUrl": "https://sqs.example/1/delivery",
            "Entries": [{
                "Id": "0",
                "MessageBody": "{}",
                "DelaySeconds": 90,
                "MessageAttributes": {
                    "error-type": { "StringValue": "contract", "DataType": "String" },
                },
            }],
        })
    );
}

#[tokio::test]
async fn every_refused_message_is_named_by_its_place() {
    let refused = json!({
        "Successful": [],
        "Failed": [{ "Id": "11", "SenderFault": false, "Code": "InternalError" }],
    });
    let (service, clients) = Service::start(vec![sent(), (200, refused)]).await;
    let queue = SqsQueue::new(&clients, "https://sqs.example/1/delivery");
    let error = queue
        .send(vec![OutgoingMessage::new("{}"); 12])
        .await
        .expect_err("one was refused");
    assert!(error.is_retryable());
    let QueueError::Partly { failed } = error else {
        panic!("not {error}")
    };
    assert_eq!(failed[0].index, 11);
    assert_eq!(service.seen().len(), 2, "ten and two");
}

#[tokio::test]
async fn a_missing_queue_is_an_operators_matter() {
    let gone = json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no" });
    let (service, clients) = Service::start(vec![(400, gone)]).await;
    let queue = SqsQueue::new(&clients, "https://sqs.example/1/none");
    let error = queue
        .send(vec![OutgoingMessage::new("{}")])
        .await
        .expect_err("there is no queue");
    assert!(matches!(error, QueueError::Refused { .. }));
    assert!(!error.is_retryable());
    assert_eq!(service.seen().len(), 1, "asking again would not help");
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let (service, clients) = Service::start(vec![(500, json!({})), sent()]).await;
    let queue = SqsQueue::new(&clients, "https://sqs.example/1/delivery");
    queue.send(vec![OutgoingMessage::new("{}")]).await.unwrap();
    assert_eq!(service.seen().len(), 2);
}

#[tokio::test]
async fn nobody_listening_is_worth_another_try_later() {
    let clients = AwsClients::new(
        http_client::HttpClient::new(),
        Settings::emulator("http://127.0.0.1:1"),
    );
    let queue = SqsQueue::new(&clients, "https://sqs.example/1/delivery");
    let error = queue
        .send(vec![OutgoingMessage::new("{}")])
        .await
        .expect_err("nobody listens");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_secret_is_read_each_time_it_is_asked_for() {
    let first = json!({ "SecretString": "old" });
    let then = json!({ "SecretString": "new" });
    let (service, clients) = Service::start(vec![(200, first), (200, then)]).await;
    let secrets = SecretsManager::new(&clients);
    assert_eq!(secrets.read("tidings/teams").await.unwrap(), "old");
    assert_eq!(secrets.read("tidings/teams").await.unwrap(), "new");
    assert_eq!(service.seen()[0].body["SecretId"], "tidings/teams");
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_says_why() {
    for (answer, expected) in [
        ("ResourceNotFoundException", "the secret does not exist"),
        (
            "AccessDeniedException",
            "the secret may not be read (AccessDeniedException)",
        ),
    ] {
        let (_, clients) = Service::start(vec![(400, json!({ "__type": answer }))]).await;
        let secrets = SecretsManager::new(&clients);
        let error = secrets.read("x").await.expect_err("it was refused");
        assert_eq!(error.to_string(), expected);
        assert!(!error.is_retryable());
    }
    let binary = json!({ "SecretBinary": "AAAA" });
    let (_, clients) = Service::start(vec![(200, binary)]).await;
    let secrets = SecretsManager::new(&clients);
    assert!(matches!(secrets.read("x").await, Err(SecretError::NotText)));
}

#[tokio::test]
async fn a_refused_event_is_an_error() {
    let event = |detail: &str| BusEvent {
        source: "tidings.deliver".into(),
        detail_type: "tidings.delivered".into(),
        detail: detail.into(),
    };
    let ok = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] });
    let refused = json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "InternalFailure" }] });
    let (service, clients) = Service::start(vec![(200, ok), (200, refused)]).await;
    let bus = EventBus::new(&clients, "tidings");
    bus.put(vec![event("{}")]).await.unwrap();
    let entry = &service.seen()[0].body["Entries"][0].clone();
    assert_eq!(entry["EventBusName"], "tidings");
    assert_eq!(entry["Source"], "tidings.deliver");
    let error = bus
        .put(vec![event("{}")])
        .await
        .expect_err("it was refused");
    assert_eq!(
        error.to_string(),
        "the event bus refused an event (InternalFailure)"
    );
}

#[tokio::test]
async fn a_workflow_goes_on_with_the_first_answer_alone() {
    let late =
        json!({ "__type": "com.amazonaws.states#TaskTimedOut", "message": "Task Timed Out" });
    let (service, clients) = Service::start(vec![(200, json!({})), (400, late)]).await;
    let workflows = StepFunctions::new(&clients);
    let output = || r#"{"verb":"approve"}"#.to_owned();
    let first = workflows.succeed("token", output()).await.unwrap();
    assert_eq!(first, TokenOutcome::Answered);
    let second = workflows.succeed("token", output()).await.unwrap();
    assert_eq!(second, TokenOutcome::NobodyWaits);

    let seen = service.seen();
    let target = seen[0].header("x-amz-target");
    assert_eq!(target, "AWSStepFunctions.SendTaskSuccess");
    let authorization = seen[0].header("authorization");
    assert!(authorization.contains("/eu-west-1/states/aws4_request"));
    let asked = json!({ "taskToken": "token", "output": output() });
    assert_eq!(seen[0].body, asked);
}

#[tokio::test]
async fn an_answer_that_may_not_be_given_says_so() {
    let denied = json!({ "__type": "AccessDeniedException", "message": "not authorized" });
    let (_service, clients) = Service::start(vec![(400, denied)]).await;
    let workflows = StepFunctions::new(&clients);
    let error = workflows.succeed("token", "{}".to_owned()).await;
    let error = error.expect_err("it was denied").to_string();
    assert_eq!(
        error,
        "Step Functions refused an answer (AccessDeniedException)"
    );
}

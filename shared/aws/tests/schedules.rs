//! What is asked of EventBridge Scheduler, against canned answers on loopback.

#![expect(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use aws::{AwsClients, Schedule, ScheduleError, ScheduleName, Scheduler, SchedulerConfig};
use aws::{Schedules as _, Settings, When};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use serde_json::{Value, json};

/// A request as the service saw it.
struct Seen {
    line: String,
    authorization: String,
    content_type: String,
    body: Value,
}

/// An EventBridge Scheduler that answers in turn with a status and, where it is an error, its name; then that all is well.
#[derive(Clone, Default)]
struct Service {
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Service {
    async fn start(mut answers: Vec<(u16, &'static str)>) -> (Self, Scheduler) {
        answers.reverse();
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
                "AWS_ENDPOINT_URL_SCHEDULER" => endpoint.clone(),
                _ => return None,
            })
        });
        let clients = AwsClients::new(http_client::HttpClient::new(), settings.unwrap());
        let config = SchedulerConfig {
            group: "tidings".to_owned(),
            target: "arn:aws:lambda:eu-west-1:1:function:polls".to_owned(),
            role: "arn:aws:iam::1:role/scheduler".to_owned(),
            dead_letters: "arn:aws:sqs:eu-west-1:1:letters".to_owned(),
            longest_retry_seconds: 3_600,
            retries: 10,
        };
        (service, Scheduler::new(&clients, config))
    }

    fn lines(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|seen| seen.line.clone()).collect()
    }
}

async fn answer(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(HeaderName, String); 1], axum::Json<Value>) {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    service.seen.lock().unwrap().push(Seen {
        line: format!("{method} {uri}"),
        authorization: header("authorization"),
        content_type: header("content-type"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let answer = service.answers.lock().unwrap().pop();
    let (status, error) = answer.unwrap_or((200, ""));
    let name = HeaderName::from_static("x-amzn-errortype");
    let arn = json!({ "ScheduleArn": "arn" });
    (
        StatusCode::from_u16(status).unwrap(),
        [(name, format!("{error}:http://internal"))],
        axum::Json(arn),
    )
}

fn once() -> Schedule {
    Schedule {
        name: ScheduleName::of("poll/lunch/open"),
        when: When::At("2026-03-29T01:30:00.9Z".parse().unwrap()),
        input: r#"{"poll":"lunch","do":"open"}"#.to_owned(),
    }
}

const CONFLICT: (u16, &str) = (409, "ConflictException");
const NOT_FOUND: (u16, &str) = (404, "ResourceNotFoundException");

#[tokio::test]
async fn a_schedule_for_once_names_its_time_target_and_dead_letters() {
    let (service, schedules) = Service::start(vec![]).await;
    schedules.set(once()).await.unwrap();

    let seen = service.seen.lock().unwrap();
    assert_eq!(seen[0].line, format!("POST /schedules/{}", once().name));
    let scope = "/eu-west-1/scheduler/aws4_request";
    assert!(seen[0].authorization.contains(scope));
    assert_eq!(seen[0].content_type, "application/json");
    assert_eq!(
        seen[0].body,
        json!({
            "GroupName": "tidings",
            "ScheduleExpression": "at(2026-03-29T01:30:00)",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": "arn:aws:lambda:eu-west-1:1:function:polls",
                "RoleArn": "arn:aws:iam::1:role/scheduler",
                "Input": r#"{"poll":"lunch","do":"open"}"#,
                "DeadLetterConfig": { "Arn": "arn:aws:sqs:eu-west-1:1:letters" },
                "RetryPolicy": {
                    "MaximumEventAgeInSeconds": 3_600,
                    "MaximumRetryAttempts": 10,
                },
            },
        })
    );
}

#[tokio::test]
async fn a_schedule_that_never_ends_has_a_rate_and_stays() {
    let (service, schedules) = Service::start(vec![]).await;
    for minutes in [1, 90] {
        let when = When::EveryMinutes(NonZeroU32::new(minutes).unwrap());
        schedules.set(Schedule { when, ..once() }).await.unwrap();
    }
    let seen = service.seen.lock().unwrap();
    assert_eq!(seen[0].body["ScheduleExpression"], "rate(1 minute)");
    assert_eq!(seen[1].body["ScheduleExpression"], "rate(90 minutes)");
    assert_eq!(seen[1].body["ActionAfterCompletion"], "NONE");
}

#[tokio::test]
async fn one_that_is_there_is_changed_and_one_that_fired_meanwhile_is_made_anew() {
    let path = format!("/schedules/{}", once().name);
    let (service, schedules) = Service::start(vec![CONFLICT]).await;
    schedules.set(once()).await.unwrap();
    let expected = [format!("POST {path}"), format!("PUT {path}")];
    assert_eq!(service.lines(), expected);
    {
        let seen = service.seen.lock().unwrap();
        assert_eq!(seen[0].body, seen[1].body);
    }

    let (service, schedules) = Service::start(vec![CONFLICT, NOT_FOUND]).await;
    schedules.set(once()).await.unwrap();
    assert_eq!(service.lines()[2], format!("POST {path}"));
}

#[tokio::test]
async fn one_that_is_fought_over_may_be_set_later() {
    let (service, schedules) = Service::start(vec![CONFLICT, NOT_FOUND, CONFLICT]).await;
    let error = schedules.set(once()).await.expect_err("no end of it");
    assert!(error.is_retryable());
    assert_eq!(service.lines().len(), 3);
}

#[tokio::test]
async fn removing_one_that_is_gone_is_fine() {
    let (service, schedules) = Service::start(vec![NOT_FOUND]).await;
    schedules.remove(&once().name).await.unwrap();
    schedules.remove(&once().name).await.unwrap();
    let line = format!("DELETE /schedules/{}?groupName=tidings", once().name);
    assert_eq!(service.lines(), [line.clone(), line]);
}

#[tokio::test]
async fn what_is_refused_says_why_and_what_may_pass_is_tried_again() {
    let (service, schedules) = Service::start(vec![(400, "ValidationException")]).await;
    let error = schedules.set(once()).await.expect_err("it was refused");
    assert!(matches!(&error, ScheduleError::Refused { code } if code == "ValidationException"));
    assert!(!error.is_retryable());
    assert_eq!(service.lines().len(), 1);

    let (service, schedules) = Service::start(vec![(429, "ThrottlingException"), NOT_FOUND]).await;
    let error = schedules.set(once()).await.expect_err("no such group");
    let text = "EventBridge Scheduler refused a schedule (ResourceNotFoundException)";
    assert_eq!(error.to_string(), text);
    assert_eq!(service.lines().len(), 2);
}
